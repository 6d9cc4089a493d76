#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/compat/batch_wide.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/contiguous.hpp>

#include "unit/dropout/support.hpp"

using namespace dropout_test;
namespace vc = vaecollapse;

static_assert(vc::InputCorruption<vc::compat::BatchWide<vc::CharacterDropout<0.3>>>);

TEST_CASE("a batch-wide mask drops the same positions in every word, others in every step") {
  const Words words({5, 9, 2}, {12, 12, 7});
  const vc::compat::BatchWide dropout{vc::CharacterDropout<0.4>()};
  const Corruption corruption = words.corrupt(dropout);
  Index dropped = 0;
  for (Index t = 0; t < 12; ++t) {
    dropped += words.dropped(corruption, 0, t) ? 1 : 0;
    CHECK(words.dropped(corruption, 0, t) == words.dropped(corruption, 1, t));
    if (t < 7) CHECK(words.dropped(corruption, 0, t) == words.dropped(corruption, 2, t));
  }
  CHECK(dropped > 0);
  CHECK(dropped < 11);
  CHECK(words.corrupt(dropout, Draws(7, 1)).ids != corruption.ids);
  // Without the switch the words differ.
  const Corruption apart = words.corrupt(vc::CharacterDropout<0.4>());
  CHECK(words.row(apart, 0) != words.row(apart, 1));
}

TEST_CASE("a batch-wide mask is drawn like any other, at the same rate") {
  // One word a batch, and a batch a step: words of different steps do not depend on each other.
  const Words word({0}, {40});
  const vc::compat::BatchWide dropout{vc::ContiguousDropout<0.1, 3.5>()};
  const double expected = vc::contiguous_drop_rate(0.1, 3.5);
  constexpr std::uint64_t steps = 4000;
  double total = 0, squares = 0;
  for (std::uint64_t step = 0; step < steps; ++step) {
    const Corruption corruption = word.corrupt(dropout, Draws(7, step));
    double share = 0;
    for (Index t = 25; t < 40; ++t) share += word.dropped(corruption, 0, t) / 15.0;
    total += share;
    squares += share * share;
  }
  const double mean = total / steps;
  const double deviation = std::sqrt((squares / steps - mean * mean) / steps);
  CHECK(std::abs(mean - expected) < too_many_errors * deviation);
}
