// The built-in corpus: which sentences of the language it holds.
#include "text_vae/built_in.hpp"

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/tasks/text/synthetic.hpp>

TEST_CASE("a small corpus tests by no sentence that a run without files trains on") {
  const text_vae::BuiltInSizes usual;
  const auto small = text_vae::make_built_in({.train = 5, .dev = 3, .test = 2, .seed = usual.seed});
  const vaecollapse::text::SyntheticLanguage language{vaecollapse::Seed(usual.seed)};
  const auto first_dev = static_cast<vaecollapse::Row>(usual.train);
  const auto first_test = static_cast<vaecollapse::Row>(usual.train + usual.dev);
  const auto train = language.sentences(1), dev = language.sentences(1, first_dev),
             test = language.sentences(1, first_test);
  CHECK(small.train.size() == 5);
  CHECK(small.dev.size() == 3);
  CHECK(small.test.size() == 2);
  CHECK(small.train[0] == train[0]);
  CHECK(small.dev[0] == dev[0]);
  CHECK(small.test[0] == test[0]);
  CHECK(train[0] != dev[0]);
}
