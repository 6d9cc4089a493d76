// expect: give the plan a name, and let it outlive the Scope
#include <vector>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/nn/gru.hpp>

namespace vc = vaecollapse;

auto states(vc::Tape<float>& tape, const vc::Gru& gru, const vc::Contribution<float>& input,
            const std::vector<vc::Index>& lengths) {
  return gru.sequence(tape, std::span(&input, 1), vc::SequencePlan(lengths));
}
