// The scores of a file, per row and by question.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/scores.hpp>

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

namespace {

using Guesses = std::vector<std::u32string>;

}  // namespace

TEST_CASE("per row, every row weighs the same") {
  reinflection::Scorer scorer(reinflection::Scoring::per_row);
  scorer.add("q", U"evler", Guesses{U"evler"});
  scorer.add("q", U"evler", Guesses{U"evlar", U"evler"});
  scorer.add("r", U"kitaplar", Guesses{U"kitap"});
  scorer.add("s", U"göz", Guesses{U"gözü", U"göz", U"göl"});
  const reinflection::Scores scores = scorer.scores();
  CHECK(scores.rows == 4);
  CHECK(scores.units == 4);
  CHECK(scores.accuracy == doctest::Approx(0.25));
  CHECK(scores.levenshtein == doctest::Approx((0 + 1 + 3 + 1) / 4.0));
  CHECK(scores.normalised_levenshtein == doctest::Approx((0 + 0.2 + 0.375 + 1.0 / 3.0) / 4.0));
  CHECK(scores.mrr == doctest::Approx((1 + 0.5 + 0 + 0.5) / 4.0));
}

TEST_CASE("official, rows of one question collapse into one unit") {
  reinflection::Scorer scorer(reinflection::Scoring::official);
  for (int i = 0; i < 3; ++i) scorer.add("q", U"evler", Guesses{U"evler"});
  scorer.add("r", U"kitaplar", Guesses{U"kitap"});
  const reinflection::Scores scores = scorer.scores();
  CHECK(scores.rows == 4);
  CHECK(scores.units == 2);
  CHECK(scores.accuracy == 0.5);
  CHECK(scores.levenshtein == 1.5);
  CHECK(scores.normalised_levenshtein == doctest::Approx(0.1875));
  CHECK(scores.mrr == 0.5);
}

TEST_CASE("official, any gold form of a question is right") {
  for (const auto& guess : {U"evler", U"evlar"}) {
    reinflection::Scorer scorer(reinflection::Scoring::official);
    scorer.add("q", U"evler", Guesses{guess});
    scorer.add("q", U"evlar", Guesses{guess});
    const reinflection::Scores scores = scorer.scores();
    CHECK(scores.accuracy == 1.0);
    CHECK(scores.levenshtein == 0.0);
    CHECK(scores.mrr == 1.0);
  }
}

TEST_CASE("official, the first row's first guess is the answer") {
  reinflection::Scorer scorer(reinflection::Scoring::official);
  scorer.add("q", U"a", Guesses{});
  scorer.add("q", U"a", Guesses{U"b"});
  scorer.add("q", U"a", Guesses{U"a"});
  const reinflection::Scores scores = scorer.scores();
  CHECK(scores.accuracy == 0.0);
  CHECK(scores.mrr == 0.5);
}

TEST_CASE("official equals per row where no question repeats") {
  reinflection::Scorer rows(reinflection::Scoring::per_row),
      questions(reinflection::Scoring::official);
  for (reinflection::Scorer* scorer : {&rows, &questions}) {
    scorer->add("b", U"abc", Guesses{U"abd", U"abc"});
    scorer->add("a", U"abc", Guesses{U"abc"});
  }
  CHECK(rows.scores().levenshtein == questions.scores().levenshtein);
  CHECK(rows.scores().mrr == questions.scores().mrr);
  CHECK(questions.scores().units == 2);
}

TEST_CASE("a missing or empty guess costs the gold's length") {
  for (const auto scoring : {reinflection::Scoring::per_row, reinflection::Scoring::official}) {
    for (const Guesses& guesses : {Guesses{}, Guesses{U""}}) {
      reinflection::Scorer scorer(scoring);
      scorer.add("q", U"evler", guesses);
      const reinflection::Scores scores = scorer.scores();
      CHECK(scores.accuracy == 0.0);
      CHECK(scores.levenshtein == 5.0);
      CHECK(scores.normalised_levenshtein == 1.0);
      CHECK(scores.mrr == 0.0);
    }
  }
}

TEST_CASE("places after the twentieth do not count") {
  Guesses guesses(19, U"x");
  guesses.push_back(U"gold");
  for (const double mrr : {0.05, 0.0}) {
    reinflection::Scorer scorer(reinflection::Scoring::per_row);
    scorer.add("q", U"gold", guesses);
    CHECK(scorer.scores().mrr == mrr);
    guesses.insert(guesses.begin(), U"x");
  }
}

TEST_CASE("no rows and empty golds are errors") {
  reinflection::Scorer scorer(reinflection::Scoring::per_row);
  CHECK_THROWS_WITH_AS(scorer.scores(), "Scorer::scores: no rows", vc::Error);
  CHECK_THROWS_WITH_AS(scorer.add("q", U"", Guesses{U"a"}), "Scorer::add: the gold form is empty",
                       vc::Error);
}
