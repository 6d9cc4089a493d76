// How a batch lays out its examples, and that a warm one keeps its memory.
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/words.hpp>

namespace vc = vaecollapse;

namespace {

/// Row `row` of ragged symbols, gathered again.
std::vector<vc::Symbol> gathered(const vc::Symbols& symbols, vc::Index row) {
  std::vector<vc::Symbol> ids;
  for (vc::Index t = 0; t < symbols.plan->length(row); ++t) {
    ids.push_back(symbols.ids[static_cast<std::size_t>(symbols.plan->column(row, t))]);
  }
  return ids;
}

using Ids = std::vector<vc::Symbol>;

/// Rows in a type of their own, with no more than batches ask for.
struct ThreeRows {
  vc::Index size() const { return 3; }
  std::span<const vc::Symbol> source(vc::Row row) const { return sources[row]; }
  std::span<const vc::Symbol> target(vc::Row row) const { return targets[row]; }
  std::span<const vc::Symbol> tags(vc::Row row) const { return tag_sets[row]; }

  std::vector<Ids> sources{{3, 4}, {5}, {3, 4, 5, 3}};
  std::vector<Ids> targets{{3, 4, 5}, {3}, {4, 4}};
  std::vector<Ids> tag_sets{{0, 1}, {2}, {0, 2}};
};

struct Fixture {
  ThreeRows rows;
  vc::Corpus corpus;

  Fixture() {
    for (vc::Row row = 0; row < 3; ++row) {
      corpus.add(rows.source(row), rows.target(row), rows.tags(row));
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a batch keeps the given order of rows") {
  const std::vector<vc::Row> order = {2, 0, 1};
  const vc::Batch batch(corpus, order);
  CHECK(batch.size() == 3);
  CHECK(std::vector<vc::Row>(batch.rows().begin(), batch.rows().end()) == order);
  CHECK(gathered(batch.source(), 0) == Ids{3, 4, 5, 3});
  CHECK(gathered(batch.source(), 1) == Ids{3, 4});
  CHECK(gathered(batch.source(), 2) == Ids{5});
  CHECK(batch.source().ids.size() == 7);
}

TEST_CASE_FIXTURE(Fixture, "inputs start, targets end, on one plan") {
  const vc::Batch batch(corpus, std::vector<vc::Row>{1, 0, 2});
  CHECK(batch.inputs().plan == batch.targets().plan);
  CHECK(gathered(batch.inputs(), 1) == Ids{vc::Vocabulary::start, 3, 4, 5});
  CHECK(gathered(batch.targets(), 1) == Ids{3, 4, 5, vc::Vocabulary::end});
  CHECK(gathered(batch.inputs(), 0) == Ids{vc::Vocabulary::start, 3});
  CHECK(gathered(batch.targets(), 0) == Ids{3, vc::Vocabulary::end});
}

TEST_CASE_FIXTURE(Fixture, "tags are the examples' own") {
  const vc::Batch batch(corpus, std::vector<vc::Row>{2, 0, 1});
  const vc::TagSets tags = batch.tags();
  CHECK(tags.batch() == 3);
  const auto of = [&](vc::Index row) { return Ids(tags.of(row).begin(), tags.of(row).end()); };
  CHECK(of(0) == Ids{0, 2});
  CHECK(of(1) == Ids{0, 1});
  CHECK(of(2) == Ids{2});
}

TEST_CASE_FIXTURE(Fixture, "the end symbol after sources is an option") {
  const vc::Batch batch(corpus, std::vector<vc::Row>{1}, {.end_of_source = true});
  CHECK(gathered(batch.source(), 0) == Ids{5, vc::Vocabulary::end});
  CHECK(batch.ends_sources());
  CHECK_FALSE(vc::Batch(corpus, std::vector<vc::Row>{1}).ends_sources());
}

TEST_CASE_FIXTURE(Fixture, "a row without an answer has an empty target") {
  corpus.add(Ids{3, 4}, {}, Ids{1});
  const vc::Batch batch(corpus, std::vector<vc::Row>{3});
  CHECK(gathered(batch.inputs(), 0) == Ids{vc::Vocabulary::start});
  CHECK(gathered(batch.targets(), 0) == Ids{vc::Vocabulary::end});
}

TEST_CASE("empty batches are batches") {
  const vc::Batch unassigned;
  CHECK(unassigned.size() == 0);
  CHECK(unassigned.tags().batch() == 0);
  CHECK(unassigned.source().plan->columns() == 0);
  const vc::Batch assigned(vc::Corpus{}, std::vector<vc::Row>{});
  CHECK(assigned.targets().ids.empty());
}

TEST_CASE_FIXTURE(Fixture, "a row outside the corpus is an error") {
  CHECK_THROWS_WITH_AS(vc::Batch(corpus, std::vector<vc::Row>{0, 3}),
                       "batch: row is 3: the corpus has 3 rows", vc::Error);
}

TEST_CASE_FIXTURE(Fixture, "rows of any type fill a batch") {
  const std::vector<vc::Row> order = {2, 0, 2, 1};
  const vc::Batch batch(rows, order, {.end_of_source = true});
  const vc::Batch same(corpus, order, {.end_of_source = true});
  for (vc::Index i = 0; i < batch.size(); ++i) {
    CHECK(gathered(batch.source(), i) == gathered(same.source(), i));
    CHECK(gathered(batch.inputs(), i) == gathered(same.inputs(), i));
    CHECK(gathered(batch.targets(), i) == gathered(same.targets(), i));
    CHECK(std::ranges::equal(batch.tags().of(i), same.tags().of(i)));
  }
  CHECK_THROWS_WITH_AS(vc::Batch(rows, std::vector<vc::Row>{3}),
                       "batch: row is 3: the corpus has 3 rows", vc::Error);
}

TEST_CASE_FIXTURE(Fixture, "a warm batch stays where it is") {
  vc::Batch batch(corpus, std::vector<vc::Row>{0, 1, 2});
  const vc::Symbol* source = batch.source().ids.data();
  const vc::Symbol* inputs = batch.inputs().ids.data();
  const vc::Symbol* targets = batch.targets().ids.data();
  const vc::Symbol* tags = batch.tags().ids.data();
  const vc::Index* first = batch.tags().first.data();
  for (const std::vector<vc::Row>& next : {std::vector<vc::Row>{2}, {0, 1}, {2, 1, 0}}) {
    batch.assign(corpus, next);
    CHECK(batch.source().ids.data() == source);
    CHECK(batch.inputs().ids.data() == inputs);
    CHECK(batch.targets().ids.data() == targets);
    CHECK(batch.tags().ids.data() == tags);
    CHECK(batch.tags().first.data() == first);
  }
}

TEST_CASE("words stand for their symbols") {
  const auto words = vc::Words::from({"evler", "ev"});
  CHECK(words.symbols() == 3 + 4);  // e l r v
  CHECK(words.size() == 2);
  const vc::Symbols targets = words;
  CHECK(gathered(targets, 1) == Ids{3, 6, vc::Vocabulary::end});
  CHECK(gathered(words.shifted(), 1) == Ids{vc::Vocabulary::start, 3, 6});
  CHECK(words.vocabulary().decode(gathered(targets, 0)) == U"evler");
  CHECK(targets.plan == words.shifted().plan);
}

TEST_CASE("words may hold an empty one, but not none and no broken one") {
  const auto words = vc::Words::from({"", "a"});
  CHECK(gathered(words, 0) == Ids{vc::Vocabulary::end});
  CHECK_THROWS_WITH_AS(vc::Words::from({}), "Words::from: found no words, expected one at least",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::Words::from({"a\x80"}),
                       "utf8::decode: found a stray continuation byte at byte 1, expected UTF-8",
                       vc::Error);
}
