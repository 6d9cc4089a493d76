// expect: give the Parameters a name
#include <vaecollapse/core/parameters.hpp>

namespace vc = vaecollapse;

auto zeros(const vc::Layout& layout) { return vc::Parameters<float>(layout).gradients(); }
