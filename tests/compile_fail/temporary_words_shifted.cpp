// expect: give the Words a name, and let them outlive the Scope
#include <vaecollapse/data/words.hpp>

namespace vc = vaecollapse;

vc::Symbols inputs() { return vc::Words::from({"evler", "kitap"}).shifted(); }
