#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/any.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/none.hpp>

#include "support.hpp"

using namespace dropout_test;
namespace vc = vaecollapse;

namespace {

/// The smallest dropout policy: it drops every second column and offers nothing else.
struct Smallest {
  explicit Smallest(int) {}
  Smallest(const Smallest&) = default;
  Smallest& operator=(const Smallest&) = delete;
  void apply(const Symbols&, std::span<const std::uint32_t>, const Draws&, Corruption& out) const {
    for (std::size_t column = 1; column < out.ids.size(); column += 2) out.ids[column] = 0;
  }
};
struct NotConst {
  void apply(const Symbols&, std::span<const std::uint32_t>, const Draws&, Corruption&);
};
struct CannotCopy : Smallest {
  CannotCopy(const CannotCopy&) = delete;
};

static_assert(vc::InputCorruption<Smallest>);
static_assert(vc::InputCorruption<vc::NoDropout>);
static_assert(vc::InputCorruption<vc::CharacterDropout<0.3>>);
static_assert(vc::InputCorruption<vc::CharacterDropout<>>);
static_assert(vc::InputCorruption<vc::ContiguousDropout<0.1, 3.5>>);
static_assert(vc::InputCorruption<vc::AnyCorruption>);
static_assert(
    vc::InputCorruption<vc::Chain<vc::CharacterDropout<0.2>, vc::ContiguousDropout<0.1, 3.5>>>);
static_assert(!vc::CorruptsInputs<NotConst>);
static_assert(vc::CorruptsInputs<CannotCopy> && !vc::CopyableCorruption<CannotCopy>);

}  // namespace

TEST_CASE("the smallest policy goes wherever a policy goes") {
  const Words words({5}, {4});
  const std::vector<Symbol> expected{100, 0, 102, 0};
  CHECK(words.corrupt(Smallest(0)).ids == expected);
  CHECK(words.corrupt(vc::AnyCorruption(Smallest(0))).ids == expected);
  CHECK(words.corrupt(vc::Chain(vc::NoDropout(), Smallest(0))).ids == expected);
}

TEST_CASE("no dropout reads the inputs") {
  const Words words({5, 2, 9}, {4, 0, 2});
  const Corruption corruption = words.corrupt(vc::NoDropout());
  CHECK(corruption.ids == words.ids);
  CHECK(corruption.unit_rate == 0.0);
}

TEST_CASE("a corruption is started afresh each time and keeps its memory") {
  const Words large = Words::of_length(8, 6), small({5}, {4});
  Corruption corruption;
  vc::corrupt(vc::CharacterDropout<1>(), large.symbols(), large.rows, Draws(7, 0), corruption);
  const Symbol* memory = corruption.ids.data();
  corruption.unit_rate = 0.5;
  vc::corrupt(vc::NoDropout(), small.symbols(), small.rows, Draws(7, 0), corruption);
  CHECK(corruption.ids == small.ids);
  CHECK(corruption.ids.data() == memory);
  CHECK(corruption.unit_rate == 0.0);
  CHECK(corruption.units == 0);
}

TEST_CASE("an empty batch is no trouble") {
  const Words nothing({}, {});
  CHECK(nothing.corrupt(vc::CharacterDropout<0.5>()).ids.empty());
  CHECK(nothing.corrupt(vc::ContiguousDropout<0.5, 3>()).ids.empty());
}

TEST_CASE("rows and plans that do not fit are named") {
  const Words words({5, 6}, {3, 2});
  Corruption corruption;
  const std::vector<std::uint32_t> too_few{5};
  CHECK_THROWS_WITH_AS(
      vc::corrupt(vc::CharacterDropout<0.5>(), words.symbols(), too_few, Draws(7, 0), corruption),
      "CharacterDropout: rows is [1], the batch is [2]: there must be one corpus row for each row "
      "of the batch",
      vc::ShapeError);
  corruption = {};
  CHECK_THROWS_WITH_AS(
      vc::ContiguousDropout<>(0.5, 3).apply(words.symbols(), words.rows, Draws(7, 0), corruption),
      "ContiguousDropout: inputs is [5], the corruption is [0]: a corruption begins as a "
      "copy of the inputs: call `corrupt`",
      vc::ShapeError);
}
