// expect: give the Layout a name
#include <vaecollapse/core/layout.hpp>

namespace vc = vaecollapse;

vc::Layout declare();
const vc::Layout::Entry* entry() { return declare().find("weight"); }
