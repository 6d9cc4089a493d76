// Examples as ids, and the counts of what the model does not know.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/corpus.hpp>

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

using Ids = std::vector<vc::Symbol>;

namespace {

reinflection::Example example(const char* line,
                              reinflection::Answers answers = reinflection::Answers::required) {
  return reinflection::parse_row("test", 1, line, reinflection::Task::reinflection, answers);
}

Ids ids(std::span<const vc::Symbol> span) { return {span.begin(), span.end()}; }

}  // namespace

TEST_CASE("rows keep their order and hold characters only") {
  const std::vector<reinflection::Example> rows = {example("ab\tpos=N\tb"),
                                                   example("b\tnum=SG,pos=N\taa")};
  const reinflection::Corpus corpus(rows, reinflection::vocabulary_of(rows),
                                    reinflection::Features::of(rows));
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
  const std::vector<reinflection::Example> train = {example("ab\tpos=N\tb")};
  const std::vector<reinflection::Example> dev = {example("axx\tpos=V\tby"),
                                                  example("a\tpos=N,num=SG\tb")};
  const reinflection::Corpus corpus(dev, reinflection::vocabulary_of(train),
                                    reinflection::Features::of(train));
  CHECK(ids(corpus.source(0)) == Ids{3, 0, 0});
  CHECK(corpus.tags(0).empty());
  CHECK(corpus.unknown_characters() == 3);
  CHECK(corpus.unknown_tags() == 2);
}

TEST_CASE("rows without answers are counted, and clear starts again") {
  const std::vector<reinflection::Example> rows = {
      example("ab\tpos=N", reinflection::Answers::optional)};
  const vc::Vocabulary vocabulary;
  const reinflection::Features features;
  reinflection::Corpus corpus(rows, vocabulary, features);
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

TEST_CASE("an example that is refused leaves the counts as they were") {
  const std::vector<reinflection::Example> rows = {example("ab\tpos=N\tb")};
  const vc::Vocabulary vocabulary;
  const reinflection::Features features;
  reinflection::Corpus corpus(rows, vocabulary, features);
  reinflection::Example too_long = rows[0];
  too_long.target = std::u32string(std::size_t{1} << 25, U'a');
  too_long.has_target = false;
  CHECK_THROWS_AS(corpus.add(too_long, vocabulary, features), vc::Error);
  CHECK(corpus.size() == 1);
  CHECK(corpus.unknown_characters() == 3);
  CHECK(corpus.unknown_tags() == 1);
  CHECK(corpus.unanswered() == 0);
}

TEST_CASE("the vocabulary of examples has the characters of sources and of targets") {
  const std::vector<reinflection::Example> forward = {example("cab\tk=v\tx"),
                                                      example("ba\tk=v\ty")};
  const std::vector<reinflection::Example> backward = {forward[1], forward[0]};
  const vc::Vocabulary vocabulary = reinflection::vocabulary_of(forward);
  CHECK(vocabulary.characters() == U"abcxy");
  CHECK(vocabulary == reinflection::vocabulary_of(backward));
}
