#include <limits>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/embedding.hpp>

#include "support.hpp"

using namespace dropout_test;
namespace vc = vaecollapse;

TEST_CASE("embedding dropout asks for units and changes no symbol") {
  const Words words({3, 8, 1}, {4, 1, 0});
  const Corruption corruption = words.corrupt(vc::EmbeddingDropout<0.3>());
  CHECK(corruption.ids == words.ids);
  CHECK(corruption.unit_rate == 0.3);
  CHECK(corruption.stream == vc::Stream::embedding_dropout);
  CHECK(words.corrupt(vc::EmbeddingDropout<>(0.3)).unit_rate == 0.3);
  CHECK(words.corrupt(vc::EmbeddingDropout<0>()).unit_rate == 0.0);
  CHECK(words.corrupt(vc::EmbeddingDropout<1>()).unit_rate == 1.0);
}

TEST_CASE("in a chain it leaves symbols to the others, and two of it drop as one") {
  const Words words = Words::of_length(20, 10);
  const Corruption both =
      words.corrupt(vc::Chain<vc::EmbeddingDropout<0.4>, vc::CharacterDropout<0.5>>());
  CHECK(both.ids == words.corrupt(vc::CharacterDropout<0.5>()).ids);
  CHECK(both.unit_rate == 0.4);
  const Corruption twice =
      words.corrupt(vc::Chain<vc::EmbeddingDropout<0.5>, vc::EmbeddingDropout<0.25>>());
  CHECK(twice.unit_rate == doctest::Approx(1 - 0.5 * 0.75));
}

TEST_CASE("a p that is no probability is refused") {
  CHECK(vc::EmbeddingDropout<0.3>{}.p() == 0.3);
  CHECK_THROWS_WITH_AS(vc::EmbeddingDropout<>(1.5),
                       "EmbeddingDropout: p is 1.500000, it must lie between 0 and 1", vc::Error);
  CHECK_THROWS_AS(vc::EmbeddingDropout<>(-0.1), vc::Error);
  CHECK_THROWS_AS(vc::EmbeddingDropout<>{std::numeric_limits<double>::quiet_NaN()}, vc::Error);
}
