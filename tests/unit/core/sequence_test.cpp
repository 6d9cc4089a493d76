#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/sequence.hpp>

namespace vc = vaecollapse;
using vc::Index;
using Lengths = std::vector<Index>;

TEST_CASE("SequencePlan: rows by falling length, stable, columns time-major") {
  const vc::SequencePlan plan(Lengths{2, 0, 4, 2, 1});
  CHECK(plan.batch() == 5);
  CHECK(plan.steps() == 4);
  CHECK(plan.columns() == 9);
  const Lengths order(plan.order().begin(), plan.order().end());
  CHECK(order == Lengths{2, 0, 3, 4, 1});
  const Lengths active{4, 3, 1, 1}, offset{0, 4, 7, 8};
  for (Index t = 0; t < plan.steps(); ++t) {
    CHECK(plan.active(t) == active[static_cast<std::size_t>(t)]);
    CHECK(plan.offset(t) == offset[static_cast<std::size_t>(t)]);
  }
  CHECK(plan.offset(4) == 9);
  CHECK(plan.position(1) == 4);
  CHECK(plan.column(2, 3) == 8);
  CHECK(plan.column(3, 1) == 6);
}

TEST_CASE("SequencePlan: every (row, step) has a column of its own") {
  for (const Lengths& lengths :
       {Lengths{1}, Lengths{3, 3, 3}, Lengths{1, 2, 3, 4, 5}, Lengths{0, 7, 0, 2}, Lengths{9, 1}}) {
    const vc::SequencePlan plan(lengths);
    std::vector<int> seen(static_cast<std::size_t>(plan.columns()));
    for (Index row = 0; row < plan.batch(); ++row) {
      CHECK(plan.length(row) == lengths[static_cast<std::size_t>(row)]);
      CHECK(plan.order()[static_cast<std::size_t>(plan.position(row))] == row);
      for (Index t = 0; t < plan.length(row); ++t) {
        ++seen[static_cast<std::size_t>(plan.column(row, t))];
      }
    }
    CHECK(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }));
  }
}

TEST_CASE("SequencePlan: no rows, and rows without symbols") {
  const vc::SequencePlan unplanned, none(Lengths{}), empty(Lengths{0, 0});
  CHECK(unplanned.batch() == 0);
  CHECK(unplanned.steps() == 0);
  CHECK(unplanned.columns() == 0);
  CHECK(none.batch() == 0);
  CHECK(none.steps() == 0);
  CHECK(none.columns() == 0);
  CHECK(empty.batch() == 2);
  CHECK(empty.steps() == 0);
  CHECK(empty.columns() == 0);
}

TEST_CASE("SequencePlan: a plan is assigned again and again") {
  vc::SequencePlan plan(Lengths{5, 1, 2});
  plan.assign(Lengths{1, 3});
  CHECK(plan.batch() == 2);
  CHECK(plan.steps() == 3);
  CHECK(plan.columns() == 4);
  CHECK(plan.order()[0] == 1);
}

TEST_CASE("SequencePlan: a negative length is an error") {
  CHECK_THROWS_WITH_AS(vc::SequencePlan(Lengths{3, -1}),
                       "SequencePlan: the length of row 1 is -1, it must be at least 0", vc::Error);
}

TEST_CASE("TagSets: the tags of each row") {
  const Lengths first{0, 2, 2, 3};
  const std::vector<vc::Symbol> ids{4, 1, 0};
  const vc::TagSets tags{first, ids};
  CHECK(tags.batch() == 3);
  REQUIRE(tags.of(0).size() == 2);
  CHECK(tags.of(0)[1] == 1);
  CHECK(tags.of(1).empty());
  REQUIRE(tags.of(2).size() == 1);
  CHECK(tags.of(2)[0] == 0);
  CHECK(vc::TagSets{}.batch() == 0);
}
