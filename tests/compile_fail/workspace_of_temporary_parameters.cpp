// expect: give the Parameters a name
#include <vaecollapse/autodiff/workspace.hpp>

namespace vc = vaecollapse;

void compute(const vc::Layout& layout) {
  vc::Workspace<float> workspace(vc::Parameters<float>(layout, vc::Seed{1}));
}
