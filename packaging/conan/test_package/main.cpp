#include <vaecollapse/core/sequence.hpp>

int main() {
  const vaecollapse::Index lengths[] = {2, 5, 3};
  return vaecollapse::SequencePlan(lengths).columns() == 10 ? 0 : 1;
}
