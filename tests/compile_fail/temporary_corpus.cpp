// expect: give the Corpus a name
#include <vaecollapse/data/corpus.hpp>

namespace vc = vaecollapse;

vc::Corpus read();
std::span<const vc::Symbol> first() { return read().source(0); }
