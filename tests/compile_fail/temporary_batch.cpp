// expect: give the Batch a name, and let it outlive the Scope
#include <vaecollapse/data/batch.hpp>

namespace vc = vaecollapse;

vc::Symbols sources(const vc::Corpus& corpus, std::span<const vc::Row> rows) {
  return vc::Batch(corpus, rows).source();
}
