// expect: give the Parameters a name
#include <vaecollapse/core/parameters.hpp>

namespace vc = vaecollapse;

auto start(const vc::Layout& layout) { return vc::Parameters<float>(layout, vc::Seed{1}).values(); }
