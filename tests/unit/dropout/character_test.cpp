#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/character.hpp>

#include "support.hpp"

using namespace dropout_test;
namespace vc = vaecollapse;

TEST_CASE("beta 0 drops nothing, beta 1 all but the start symbol") {
  const Words words({3, 8, 1}, {4, 1, 0});
  CHECK(words.corrupt(vc::CharacterDropout<0>()).ids == words.ids);
  const Corruption all = words.corrupt(vc::CharacterDropout<1>());
  CHECK(words.row(all, 0) == std::vector<Symbol>{100, 0, 0, 0});
  CHECK(words.row(all, 1) == std::vector<Symbol>{100});
  CHECK(all.unit_rate == 0.0);
}

TEST_CASE("options: the zero vector, another symbol, the start symbol too") {
  const Words words({3}, {3});
  const vc::CharacterDropout<1> zero({.replacement = vc::no_symbol});
  CHECK(words.corrupt(zero).ids == std::vector<Symbol>{100, -1, -1});
  CHECK(words.corrupt(vc::CharacterDropout<>(1, {.replacement = 4})).ids ==
        std::vector<Symbol>{100, 4, 4});
  CHECK(words.corrupt(vc::CharacterDropout<>(1, {.drop_start = true})).ids ==
        std::vector<Symbol>{0, 0, 0});
}

TEST_CASE("the share dropped is beta; the start symbol is never dropped; targets never change") {
  const Words words = Words::of_length(20000, 10);
  const std::vector<Symbol> before = words.ids;
  for (const double beta : {0.1, 0.3, 0.8}) {
    const Corruption corruption = words.corrupt(vc::CharacterDropout<>(beta));
    const Rate rate = measure(words, corruption, 1, beta);
    CAPTURE(beta);
    CAPTURE(rate.mean);
    CHECK(std::abs(rate.errors_from_expected) < too_many_errors);
    bool start_dropped = false;
    for (Index b = 0; b < words.plan.batch(); ++b) {
      start_dropped = start_dropped || words.dropped(corruption, b, 0);
    }
    CHECK_FALSE(start_dropped);
  }
  CHECK(words.ids == before);
}

TEST_CASE("coins are per position and per example: the same position is not dropped batch-wide") {
  const Words words = Words::of_length(1000, 20);
  const Corruption corruption = words.corrupt(vc::CharacterDropout<0.5>());
  for (Index t = 1; t < 20; ++t) {
    int dropped = 0;
    for (Index b = 0; b < 1000; ++b) dropped += words.dropped(corruption, b, t);
    CAPTURE(t);
    CHECK(std::abs(dropped - 500) < 90);  // 5.7 deviations: 1 in 10^7 for all positions together
  }
}

TEST_CASE("a row drops the same whatever batch it stands in") {
  const vc::CharacterDropout<0.5> dropout;
  const Words many({3, 8, 1, 4}, {9, 12, 5, 12}), turned({4, 1, 8, 3}, {12, 5, 12, 9});
  const Corruption corruption = many.corrupt(dropout), other = turned.corrupt(dropout);
  for (Index b = 0; b < 4; ++b) CHECK(many.row(corruption, b) == turned.row(other, 3 - b));
  const Words alone({8}, {12});
  CHECK(alone.row(alone.corrupt(dropout), 0) == many.row(corruption, 1));
  CHECK(many.row(corruption, 1) != many.row(corruption, 3));
}

TEST_CASE("steps and seeds draw anew") {
  const vc::CharacterDropout<0.5> dropout;
  const Words words = Words::of_length(4, 20);
  const std::vector<Symbol> first = words.corrupt(dropout, Draws(7, 0)).ids;
  CHECK(words.corrupt(dropout, Draws(7, 0)).ids == first);
  CHECK(words.corrupt(dropout, Draws(7, 1)).ids != first);
  CHECK(words.corrupt(dropout, Draws(8, 0)).ids != first);
}

TEST_CASE("the template and the run-time form drop the same") {
  const Words words = Words::of_length(30, 12);
  CHECK(words.corrupt(vc::CharacterDropout<0.3>()).ids ==
        words.corrupt(vc::CharacterDropout<>(0.3)).ids);
  CHECK(vc::CharacterDropout<0.3>{}.beta() == 0.3);
}

TEST_CASE("a beta that is no probability is refused") {
  CHECK_THROWS_WITH_AS(vc::CharacterDropout<>(1.5),
                       "CharacterDropout: beta is 1.500000, it must lie between 0 and 1",
                       vc::Error);
  CHECK_THROWS_AS(vc::CharacterDropout<>(-0.1), vc::Error);
  CHECK_THROWS_AS(vc::CharacterDropout<>{std::numeric_limits<double>::quiet_NaN()}, vc::Error);
}
