#include "text_vae/built_in.hpp"

#include <algorithm>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/tasks/text/synthetic.hpp>

namespace text_vae {

BuiltInCorpus make_built_in(const BuiltInSizes& sizes) {
  using vaecollapse::Row;
  const vaecollapse::text::SyntheticLanguage language{vaecollapse::Seed(sizes.seed)};
  const auto train = static_cast<Row>(sizes.train), dev = static_cast<Row>(sizes.dev),
             test = static_cast<Row>(sizes.test);
  // Whatever the sizes, none of them is a training sentence of the usual ones.
  constexpr BuiltInSizes usual;
  const Row first_dev = std::max(train, static_cast<Row>(usual.train));
  const Row first_test = first_dev + std::max(dev, static_cast<Row>(usual.dev));
  return {.train = language.sentences(train),
          .dev = language.sentences(dev, first_dev),
          .test = language.sentences(test, first_test)};
}

}  // namespace text_vae
