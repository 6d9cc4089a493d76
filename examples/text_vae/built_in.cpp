#include "text_vae/built_in.hpp"

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/tasks/text/synthetic.hpp>

namespace text_vae {

BuiltInCorpus make_built_in(const BuiltInSizes& sizes) {
  using vaecollapse::Row;
  const vaecollapse::text::SyntheticLanguage language{vaecollapse::Seed(sizes.seed)};
  const auto train = static_cast<Row>(sizes.train), dev = static_cast<Row>(sizes.dev),
             test = static_cast<Row>(sizes.test);
  return {.train = language.sentences(train),
          .dev = language.sentences(dev, train),
          .test = language.sentences(test, train + dev)};
}

}  // namespace text_vae
