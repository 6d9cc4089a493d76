// expect: ArithmeticOperands
// A matrix is added to a matrix, a column, a scalar or a number, and to nothing else.
#include <vaecollapse/autodiff/ops/arithmetic.hpp>

namespace vc = vaecollapse;

auto sum(vc::Tape<float>& tape, vc::Var<float, 3> cube, vc::Var<float, 2> matrix) {
  return vc::add(tape, cube, matrix);
}
