// Examples as ids.
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/corpus.hpp>

namespace vc = vaecollapse;

using Ids = std::vector<vc::Symbol>;

namespace {

vc::Example example(const char* line, vc::Answers answers = vc::Answers::required) {
  return vc::parse_row("test", 1, line, vc::Task::reinflection, answers);
}

Ids ids(std::span<const vc::Symbol> span) { return {span.begin(), span.end()}; }

}  // namespace

TEST_CASE("rows keep their order and hold characters only") {
  const std::vector<vc::Example> rows = {example("ab\tpos=N\tb"), example("b\tnum=SG,pos=N\taa")};
  const vc::Corpus corpus(rows, vc::Vocabulary::of(rows), vc::Features::of(rows));
  CHECK(corpus.size() == 2);
  CHECK(ids(corpus.source(0)) == Ids{3, 4});
  CHECK(ids(corpus.target(0)) == Ids{4});
  CHECK(ids(corpus.tags(0)) == Ids{1});
  CHECK(ids(corpus.source(1)) == Ids{4});
  CHECK(ids(corpus.target(1)) == Ids{3, 3});
  CHECK(ids(corpus.tags(1)) == Ids{0, 1});
  CHECK(corpus.unknown_characters() == 0);
  CHECK(corpus.unknown_tags() == 0);
  CHECK(corpus.unanswered() == 0);
}

TEST_CASE("what the training data did not have is counted") {
  const std::vector<vc::Example> train = {example("ab\tpos=N\tb")};
  const std::vector<vc::Example> dev = {example("axx\tpos=V\tby"), example("a\tpos=N,num=SG\tb")};
  const vc::Corpus corpus(dev, vc::Vocabulary::of(train), vc::Features::of(train));
  CHECK(ids(corpus.source(0)) == Ids{3, 0, 0});
  CHECK(corpus.tags(0).empty());
  CHECK(corpus.unknown_characters() == 3);
  CHECK(corpus.unknown_tags() == 2);
}

TEST_CASE("rows without answers are counted, and clear starts again") {
  const std::vector<vc::Example> rows = {example("ab\tpos=N", vc::Answers::optional)};
  const vc::Vocabulary vocabulary;
  const vc::Features features;
  vc::Corpus corpus(rows, vocabulary, features);
  CHECK(corpus.unanswered() == 1);
  CHECK(corpus.target(0).empty());
  corpus.clear();
  CHECK(corpus.size() == 0);
  CHECK(corpus.unanswered() == 0);
  CHECK(corpus.unknown_characters() == 0);
  CHECK(corpus.unknown_tags() == 0);
  corpus.add(rows[0], vocabulary, features);
  CHECK(ids(corpus.source(0)) == Ids{0, 0});
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
