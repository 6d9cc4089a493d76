// The shared task's own files, where they are at hand: VAECOLLAPSE_SHARED_DATA names their folder.
#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>
#include <vaecollapse/tasks/reinflection/scores.hpp>

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

namespace {

/// The folder with a slash at its end; empty, with a message, if it is not given.
std::string folder() {
  const char* given = std::getenv("VAECOLLAPSE_SHARED_DATA");
  if (given != nullptr) return std::string(given) + "/";
  MESSAGE("skipped: VAECOLLAPSE_SHARED_DATA does not name the SIGMORPHON 2016 files");
  return "";
}

struct File {
  const char* name;
  reinflection::Task task;
  std::size_t rows;
};

constexpr File files[] = {
    {"arabic-task1-train", reinflection::Task::inflection, 12250},
    {"arabic-task3-dev", reinflection::Task::reinflection, 1600},
    {"arabic-task3-train", reinflection::Task::reinflection, 12797},
    {"finnish-task3-train", reinflection::Task::reinflection, 12800},
    {"german-task3-train", reinflection::Task::reinflection, 12777},
    {"hungarian-task3-train", reinflection::Task::reinflection, 19200},
    {"turkish-task1-train", reinflection::Task::inflection, 12336},
    {"turkish-task3-dev", reinflection::Task::reinflection, 1600},
    {"turkish-task3-train", reinflection::Task::reinflection, 12798},
};

/// What copying the source scores.
reinflection::Scores copied(const std::vector<reinflection::Example>& examples,
                            reinflection::Scoring scoring) {
  reinflection::Scorer scorer(scoring);
  for (const reinflection::Example& example : examples) {
    scorer.add(reinflection::question(example), example.target, std::vector{example.source});
  }
  return scorer.scores();
}

}  // namespace

TEST_CASE("every row is read") {
  const std::string path = folder();
  if (path.empty()) return;
  for (const File& file : files) {
    CAPTURE(file.name);
    CHECK(reinflection::read_file(path + file.name, file.task).size() == file.rows);
  }
}

TEST_CASE("Turkish task 3: characters, tags, and the score of copying the source") {
  const std::string path = folder();
  if (path.empty()) return;
  const auto train =
      reinflection::read_file(path + "turkish-task3-train", reinflection::Task::reinflection);
  const auto dev =
      reinflection::read_file(path + "turkish-task3-dev", reinflection::Task::reinflection);
  const reinflection::Corpus corpus(dev, reinflection::vocabulary_of(train),
                                    reinflection::Features::of(train));
  CHECK(corpus.size() == 1600);
  CHECK(corpus.unknown_tags() == 0);
  CHECK(corpus.unknown_characters() == 0);
  // Counted by another program. The test file is of the same kind: published are .0056 and 4.57.
  const reinflection::Scores scores = copied(dev, reinflection::Scoring::per_row);
  CHECK(scores.accuracy == doctest::Approx(0.0025));
  CHECK(scores.levenshtein == doctest::Approx(4.6125));
  CHECK(scores.normalised_levenshtein == doctest::Approx(0.43088755));
  CHECK(scores.mrr == scores.accuracy);
}

TEST_CASE("rows that ask the same question collapse in the official score") {
  const std::string path = folder();
  if (path.empty()) return;
  const auto train =
      reinflection::read_file(path + "hungarian-task3-train", reinflection::Task::reinflection);
  CHECK(copied(train, reinflection::Scoring::per_row).units == 19200);
  CHECK(copied(train, reinflection::Scoring::official).units == 19198);
}

TEST_CASE("sets in Arabic descriptions, atomic and expanded") {
  const std::string path = folder();
  if (path.empty()) return;
  const auto train =
      reinflection::read_file(path + "arabic-task3-train", reinflection::Task::reinflection);
  const auto atomic = reinflection::Features::of(train);
  const auto expanded = reinflection::Features::of(train, reinflection::SetValues::expanded);
  CHECK(atomic.id("mood={IND/COND/IMP}") != vc::no_symbol);
  CHECK(expanded.id("mood={IND/COND/IMP}") == vc::no_symbol);
  CHECK(expanded.id("mood=COND") != vc::no_symbol);
}
