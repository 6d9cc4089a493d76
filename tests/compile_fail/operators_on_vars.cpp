// expect: write add(cx, a, b)
// expect: write subtract(cx, a, b)
// expect: write multiply(cx, a, b), or matmul
// expect: write divide(cx, a, b)
// expect: write scale(cx, a, -1)
// expect: write a = add(cx, a, b)
// expect: write a = subtract(cx, a, b)
// expect: write a = multiply(cx, a, b)
// expect: write a = divide(cx, a, b)
// A Var does not know where to compute, so it has no operators; each says what to write.
#include <vaecollapse/autodiff/var.hpp>

namespace vc = vaecollapse;

void compute(vc::Var<float, 2> a, vc::Var<float, 1> column) {
  a + a;
  a - 1;
  2.0 * a;
  a / column;
  -a;
  a += a;
  a -= column;
  a *= 2;
  a /= a;
}
