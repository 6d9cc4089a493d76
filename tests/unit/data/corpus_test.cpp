// Rows of symbols: the concept and the plain corpus.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/corpus.hpp>

namespace vc = vaecollapse;

using Ids = std::vector<vc::Symbol>;

namespace {

Ids ids(std::span<const vc::Symbol> span) { return {span.begin(), span.end()}; }

/// Gives vectors where spans are wanted: each would be a copy.
struct CopiesRows {
  vc::Index size() const { return 1; }
  Ids source(vc::Row) const { return {3}; }
  Ids target(vc::Row) const { return {3}; }
  Ids tags(vc::Row) const { return {}; }
};

struct HasNoTags {
  vc::Index size() const { return 0; }
  std::span<const vc::Symbol> source(vc::Row) const { return {}; }
  std::span<const vc::Symbol> target(vc::Row) const { return {}; }
};

static_assert(vc::SymbolRows<vc::Corpus>);
static_assert(!vc::SymbolRows<CopiesRows>);
static_assert(!vc::SymbolRows<HasNoTags>);
static_assert(!vc::SymbolRows<Ids>);

}  // namespace

TEST_CASE("rows keep their order and are what was added") {
  vc::Corpus corpus;
  corpus.add(Ids{3, 4}, Ids{4}, Ids{1});
  corpus.add(Ids{4}, Ids{3, 3}, Ids{0, 1});
  CHECK(corpus.size() == 2);
  CHECK(ids(corpus.source(0)) == Ids{3, 4});
  CHECK(ids(corpus.target(0)) == Ids{4});
  CHECK(ids(corpus.tags(0)) == Ids{1});
  CHECK(ids(corpus.source(1)) == Ids{4});
  CHECK(ids(corpus.target(1)) == Ids{3, 3});
  CHECK(ids(corpus.tags(1)) == Ids{0, 1});
}

TEST_CASE("a row may be without tags, without an answer, and without anything") {
  vc::Corpus corpus;
  corpus.add(Ids{3}, Ids{5});
  corpus.add(Ids{4}, {}, Ids{2});
  corpus.add({}, {});
  CHECK(corpus.size() == 3);
  CHECK(corpus.tags(0).empty());
  CHECK(corpus.target(1).empty());
  CHECK(ids(corpus.tags(1)) == Ids{2});
  CHECK(corpus.source(2).empty());
}

TEST_CASE("clear starts again, in the same memory") {
  vc::Corpus corpus;
  corpus.add(Ids{3, 4, 5}, Ids{4}, Ids{1});
  const vc::Symbol* source = corpus.source(0).data();
  corpus.clear();
  CHECK(corpus.size() == 0);
  corpus.add(Ids{6, 7}, Ids{}, Ids{0});
  CHECK(corpus.size() == 1);
  CHECK(ids(corpus.source(0)) == Ids{6, 7});
  CHECK(corpus.source(0).data() == source);
}

TEST_CASE("a target that is too long is not added") {
  vc::Corpus corpus;
  corpus.add(Ids{3}, Ids{3});
  const Ids too_long(std::size_t{1} << 25, 3);
  CHECK_THROWS_AS(corpus.add(Ids{3}, too_long), vc::Error);
  CHECK(corpus.size() == 1);
  CHECK_NOTHROW(corpus.add(too_long, Ids{3}));
  CHECK(corpus.size() == 2);
}

TEST_CASE("a target has no more characters than there are draws for") {
  CHECK_NOTHROW(vc::detail::require_length(0, (std::size_t{1} << 25) - 1));
  CHECK_THROWS_WITH_AS(vc::detail::require_length(7, std::size_t{1} << 25),
                       "corpus: row 7, counted from 0, has a target of 33554432 characters: there "
                       "are draws for 33554431 at most",
                       vc::Error);
}

TEST_CASE("a corpus has no more rows than there are numbers for") {
  CHECK_NOTHROW(vc::detail::require_row((vc::Index{1} << 32) - 1));
  CHECK_THROWS_WITH_AS(vc::detail::require_row(vc::Index{1} << 32),
                       "corpus: there are 4294967296 rows: there is no number for another",
                       vc::Error);
}

TEST_CASE("the first rows are kept, and rows added anew stand behind them") {
  vc::Corpus corpus;
  for (const vc::Symbol one : {3, 4, 5}) corpus.add(Ids{one, one}, Ids{one}, Ids{one, 0});
  corpus.keep_first(1);
  REQUIRE(corpus.size() == 1);
  corpus.add(Ids{6}, Ids{7, 7}, Ids{});
  REQUIRE(corpus.size() == 2);
  CHECK(ids(corpus.source(0)) == Ids{3, 3});
  CHECK(ids(corpus.tags(0)) == Ids{3, 0});
  CHECK(ids(corpus.source(1)) == Ids{6});
  CHECK(ids(corpus.target(1)) == Ids{7, 7});
  CHECK(corpus.tags(1).empty());
  corpus.keep_first(0);
  CHECK(corpus.size() == 0);
  corpus.add(Ids{8}, Ids{9});
  CHECK(ids(corpus.target(0)) == Ids{9});
}
