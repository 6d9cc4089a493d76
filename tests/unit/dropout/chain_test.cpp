#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/any.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/none.hpp>

#include "support.hpp"

using namespace dropout_test;
namespace vc = vaecollapse;

TEST_CASE("a chain drops what any of its policies drops, at the rate of independent ones") {
  const Words words = Words::of_length(12000, 40);
  const vc::Chain<vc::CharacterDropout<0.2>, vc::ContiguousDropout<0.1, 3.5>> chain;
  const double expected = 1 - (1 - 0.2) * (1 - vc::contiguous_drop_rate(0.1, 3.5));
  const Rate rate = measure(words, words.corrupt(chain), 25, expected);
  CAPTURE(rate.mean);
  CHECK(std::abs(rate.errors_from_expected) < too_many_errors);
}

TEST_CASE("two policies of one kind draw apart") {
  const Words words = Words::of_length(20000, 10);
  const vc::Chain twice{vc::CharacterDropout<0.2>(), vc::CharacterDropout<0.2>()};
  const Rate rate = measure(words, words.corrupt(twice), 1, 0.36);
  CAPTURE(rate.mean);
  CHECK(std::abs(rate.errors_from_expected) < too_many_errors);
}

TEST_CASE(
    "the first policy of a chain drops what it would drop alone, the later one has the word") {
  const Words words = Words::of_length(50, 12);
  const vc::CharacterDropout<0.5> zero({.replacement = vc::no_symbol});
  const vc::CharacterDropout<1> all;
  CHECK(words.corrupt(vc::Chain(zero, vc::NoDropout())).ids == words.corrupt(zero).ids);
  CHECK(words.corrupt(vc::Chain(zero, all)).ids == words.corrupt(all).ids);
  CHECK(words.corrupt(vc::Chain<>()).ids == words.ids);
}

TEST_CASE("chains nest, erased or not") {
  const Words words = Words::of_length(50, 12);
  const vc::CharacterDropout<0.1> a;
  const vc::ContiguousDropout<0.1, 2> b;
  const vc::CharacterDropout<0.3> c({.replacement = vc::no_symbol});
  const std::vector<Symbol> flat = words.corrupt(vc::Chain(a, b, c)).ids;
  CHECK(words.corrupt(vc::Chain(vc::Chain(a, b), c)).ids == flat);
  CHECK(words.corrupt(vc::Chain(a, vc::Chain(b, c))).ids == flat);
  const vc::AnyCorruption any = vc::Chain(vc::AnyCorruption(vc::Chain(a, b)), vc::AnyCorruption(c));
  CHECK(words.corrupt(any).ids == flat);
  const vc::AnyCorruption copy = any;
  CHECK(words.corrupt(copy).ids == flat);
}

TEST_CASE("a chain that asks for more random units than there are is an error") {
  vc::Corruption corruption;
  CHECK(corruption.take_units(3) == 0);
  CHECK(corruption.take_units(vc::Draws::units - 3) == 3);
  CHECK_THROWS_WITH_AS(
      corruption.take_units(1),
      "dropout: the policies ask for more than 4194304 random units at each position", vc::Error);
  CHECK_THROWS_AS(corruption.take_units(~0u), vc::Error);
}
