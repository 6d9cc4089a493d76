// expect: give the vector a name
#include <vector>

#include <vaecollapse/core/sequence.hpp>

namespace vc = vaecollapse;

vc::Symbols symbols(const vc::SequencePlan& plan) {
  return {&plan, std::vector<vc::Symbol>{3, 4, 2}};
}
