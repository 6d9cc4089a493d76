// The scores of SIGMORPHON 2016, in two ways of counting.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/metrics/edit_distance.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/metrics/ranking.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// The shared task looked at no more guesses than these.
inline constexpr std::size_t longest_ranking = 20;

/// The unit of the averages: a row, or a question (rows that give the same source and MSD
/// are one), as in the shared task's own evaluation.
enum class Scoring { per_row, official };

/// Means over `units`.
struct Scores {
  double accuracy = 0.0;                ///< share of exact matches, 0 .. 1
  double levenshtein = 0.0;             ///< in code points
  double normalised_levenshtein = 0.0;  ///< each distance divided by its gold form's length
  double mrr = 0.0;                     ///< mean reciprocal rank
  Index rows = 0;                       ///< rows added
  Index units = 0;                      ///< rows, or different questions
};

/// Scores guesses row by row. Only the first guess counts, save for the MRR; no guess, or an
/// empty first one, is wrong and costs the length of the gold form.
///
/// In `Scoring::official` the rows of a question collapse into one unit: their lists of guesses
/// are joined in order of rows, so the first row's first guess is the answer, and every score is
/// the best over the question's different gold forms. The task's own script does the same, but
/// stops where the golds of one question differ, for it assumes one; any of them counts as right
/// here, because nothing in the question tells which is meant. It also forgets to charge for a
/// missing guess (distance 0); here that costs the gold's length.
/// \source Cotterell et al. 2016, and the evaluation script of the shared task
class Scorer {
 public:
  explicit Scorer(Scoring scoring) : scoring_(scoring) {}

  /// Adds one row. `question` is what two rows share if they are one question; guesses are best
  /// first. \throws Error for an empty gold form
  void add(std::string_view question, std::u32string_view gold,
           std::span<const std::u32string> guesses) {
    if (gold.empty()) raise(Error("Scorer::add: the gold form is empty"));
    ++sum_.rows;
    if (scoring_ == Scoring::per_row) {
      count(score(gold, guesses), sum_);
      return;
    }
    Question& same = questions_[std::string(question)];
    if (std::find(same.golds.begin(), same.golds.end(), gold) == same.golds.end()) {
      same.golds.emplace_back(gold);
    }
    same.guesses.insert(same.guesses.end(), guesses.begin(), guesses.end());
  }

  /// The scores of all rows so far. \throws Error if there are none
  Scores scores() {
    if (sum_.rows == 0) raise(Error("Scorer::scores: no rows"));
    Scores mean = sum_;
    for (const auto& [key, question] : questions_) count(best(question), mean);
    const auto units = static_cast<double>(mean.units);
    mean.accuracy /= units;
    mean.levenshtein /= units;
    mean.normalised_levenshtein /= units;
    mean.mrr /= units;
    return mean;
  }

 private:
  struct Question {
    std::vector<std::u32string> golds;
    std::vector<std::u32string> guesses;
  };

  static void count(const Scores& one, Scores& sum) {
    sum.accuracy += one.accuracy;
    sum.levenshtein += one.levenshtein;
    sum.normalised_levenshtein += one.normalised_levenshtein;
    sum.mrr += one.mrr;
    ++sum.units;
  }

  Scores score(std::u32string_view gold, std::span<const std::u32string> guesses) {
    const std::u32string_view guess = guesses.empty() ? std::u32string_view() : guesses.front();
    Scores one;
    one.accuracy = exact_match(guess, gold) ? 1.0 : 0.0;
    one.levenshtein = static_cast<double>(distance_(guess, gold));
    one.normalised_levenshtein = one.levenshtein / static_cast<double>(gold.size());
    one.mrr = reciprocal_rank(guesses.first(std::min(guesses.size(), longest_ranking)), gold);
    return one;
  }

  Scores best(const Question& question) {
    Scores top = score(question.golds.front(), question.guesses);
    for (const std::u32string& gold : question.golds) {
      const Scores one = score(gold, question.guesses);
      top.accuracy = std::max(top.accuracy, one.accuracy);
      top.levenshtein = std::min(top.levenshtein, one.levenshtein);
      top.normalised_levenshtein = std::min(top.normalised_levenshtein, one.normalised_levenshtein);
      top.mrr = std::max(top.mrr, one.mrr);
    }
    return top;
  }

  Scoring scoring_;
  Scores sum_;
  std::map<std::string, Question> questions_;
  EditDistance distance_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
