// expect: void tanh(Cx&, const Given&...) = delete;  // write x.columns in place of a sequence x
// Ops of matrices take the columns of a sequence.
#include <vaecollapse/autodiff/ops/activation.hpp>

namespace vc = vaecollapse;

void compute(vc::Tape<float>& tape, vc::Sequence<float> states) { vc::tanh(tape, states); }
