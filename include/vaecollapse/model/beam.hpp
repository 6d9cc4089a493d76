// The options and results of a search for words, and the hypotheses of one row in a beam search.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The options of a search for words.
struct DecodeOptions {
  /// Hypotheses that grow at each step; 1 is greedy search. With more, the hypothesis of greedy
  /// search grows beside them.
  Index beam = 1;
  /// How many guesses to return for each row, at most `beam`; fewer where there are fewer words.
  Index nbest = 1;
  /// A hypothesis of n symbols, its end counted, is ranked by log p / n^this; 0 ranks by log p.
  double length_normalisation = 0;
  /// A word is cut, if it has not ended before, after factor * (length of its source) + slack
  /// symbols, and after one at least.
  Index length_factor = 2, length_slack = 20;
  /// The same where there are no sources.
  Index longest = 60;

  /// The greatest length of a word from such a source; one that overflows is no limit.
  Index longest_from(Index source) const {
    Index length = 0;
    const bool is_too_large = __builtin_mul_overflow(length_factor, source, &length) ||
                              __builtin_add_overflow(length, length_slack, &length);
    return is_too_large ? std::numeric_limits<Index>::max() : length;
  }
};

/// A guess.
struct Hypothesis {
  /// Its characters: no start or end symbol, never the unknown one.
  std::vector<Symbol> ids;
  /// log p(word | z, tags), the end symbol counted where the word came to its end. Not finite if no
  /// symbol could follow `ids`, the logits being no numbers. \unit nats
  double log_probability = 0;
  /// The word did not come to its end: it reached the greatest length, or no symbol could follow.
  bool is_cut = false;
};

/// The guesses of one row, best first.
using Guesses = std::vector<Hypothesis>;

namespace detail {

/// The hypotheses of one row. Those that are finished take no place of those that grow, and the row
/// goes on while one that grows can still come among the n best.
///
/// The hypothesis of greedy search grows until it is finished or can no longer come among the n
/// best, however many are likelier on the way: so no word of greedy search is ranked before all
/// that a beam finds.
class Beam {
 public:
  Beam(const DecodeOptions& options, Index longest)
      : options_(options), longest_(std::max<Index>(1, longest)) {
    growing_.push_back({});
  }

  /// The likeliest first: at most `options.beam`, and behind them that of greedy search if it is
  /// none of them. All are equally long.
  const std::vector<Hypothesis>& growing() const { return growing_; }

  /// A way for hypothesis `parent` to go on, with the log probability of the whole.
  struct Candidate {
    double log_probability;
    std::size_t parent;
    Symbol symbol;
  };

  static bool is_likelier(const Candidate& a, const Candidate& b) {
    if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
    return std::pair(a.parent, a.symbol) < std::pair(b.parent, b.symbol);
  }

  /// So many hypotheses at most are kept at each step, besides that of greedy search.
  std::size_t width() const { return static_cast<std::size_t>(options_.beam); }

  /// Finishes the candidates that end or are as long as a word may be, and keeps the best of the
  /// others, in any case that of greedy search, of which each can still come among the n best.
  /// Changes `candidates`. Returns the parent of each hypothesis that grows.
  std::vector<std::size_t> advance(std::vector<Candidate>& candidates) {
    const auto follows = [](const Candidate& one) { return is_finite(one.log_probability); };
    if (std::none_of(candidates.begin(), candidates.end(), follows)) return give_up(candidates);
    std::erase_if(candidates, [&](const Candidate& one) { return !follows(one); });
    const auto greedy = likeliest_after(greedy_, candidates);
    finish_from(candidates);
    keep_likeliest(candidates);
    greedy_ = candidates.size();
    if (greedy && greedy->symbol != Vocabulary::end && length() < longest_) {
      greedy_ = place_of(*greedy, candidates);
      if (greedy_ == candidates.size()) candidates.push_back(*greedy);
    }
    // All are equally long, so the least likely is the first that cannot win.
    while (!candidates.empty() && !can_win(candidates.back())) candidates.pop_back();
    return grow(candidates);
  }

  /// The n best of those that are finished; call it once.
  Guesses best() {
    Guesses guesses;
    guesses.reserve(finished_.size());
    for (Ranked& one : finished_) guesses.push_back(std::move(one.word));
    return guesses;
  }

 private:
  struct Ranked {
    double rank;
    Hypothesis word;
  };

  /// The length of growing hypotheses with the symbol that a candidate adds: a character or the
  /// end.
  Index length() const { return static_cast<Index>(growing_.front().ids.size()) + 1; }

  double rank(double log_probability, Index length) const {
    return log_probability / std::pow(static_cast<double>(length), options_.length_normalisation);
  }

  bool would_enter(double rank) const {
    return static_cast<Index>(finished_.size()) < options_.nbest || rank > finished_.back().rank;
  }

  /// Whether a growing candidate can still come among the n best. It gets no likelier and has at
  /// least one symbol more; between the two lengths its rank is monotone.
  bool can_win(const Candidate& candidate) const {
    return would_enter(std::max(rank(candidate.log_probability, length() + 1),
                                rank(candidate.log_probability, longest_)));
  }

  /// What greedy search adds to hypothesis `parent`; nothing if it does not grow.
  static std::optional<Candidate> likeliest_after(std::size_t parent,
                                                  const std::vector<Candidate>& candidates) {
    std::optional<Candidate> likeliest;
    for (const Candidate& one : candidates) {
      if (one.parent == parent && (!likeliest || is_likelier(one, *likeliest))) likeliest = one;
    }
    return likeliest;
  }

  static std::size_t place_of(const Candidate& wanted, const std::vector<Candidate>& candidates) {
    const auto found =
        std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& one) {
          return one.parent == wanted.parent && one.symbol == wanted.symbol;
        });
    return static_cast<std::size_t>(found - candidates.begin());
  }

  /// Takes those that are finished out of the candidates.
  void finish_from(std::vector<Candidate>& candidates) {
    const auto grows = [&](const Candidate& one) {
      return one.symbol != Vocabulary::end && length() < longest_;
    };
    const auto done = std::partition(candidates.begin(), candidates.end(), grows);
    std::sort(done, candidates.end(), is_likelier);
    for (auto one = done; one != candidates.end(); ++one) finish(*one);
    candidates.erase(done, candidates.end());
  }

  void finish(const Candidate& candidate) {
    const double its_rank = rank(candidate.log_probability, length());
    if (!would_enter(its_rank)) return;
    // Best first, and of equals the one that was finished first.
    const auto at =
        std::upper_bound(finished_.begin(), finished_.end(), its_rank,
                         [](double value, const Ranked& other) { return value > other.rank; });
    finished_.insert(at, {its_rank, with(candidate)});
    if (static_cast<Index>(finished_.size()) > options_.nbest) finished_.pop_back();
  }

  /// The hypothesis that a candidate makes.
  Hypothesis with(const Candidate& candidate) const {
    Hypothesis word = growing_[candidate.parent];
    word.log_probability = candidate.log_probability;
    if (candidate.symbol == Vocabulary::end) return word;
    word.ids.push_back(candidate.symbol);
    word.is_cut = length() >= longest_;
    return word;
  }

  void keep_likeliest(std::vector<Candidate>& candidates) const {
    const auto kept = static_cast<std::ptrdiff_t>(std::min(candidates.size(), width()));
    const auto end = candidates.begin() + kept;
    std::partial_sort(candidates.begin(), end, candidates.end(), is_likelier);
    candidates.erase(end, candidates.end());
  }

  std::vector<std::size_t> grow(const std::vector<Candidate>& candidates) {
    std::vector<Hypothesis> next;
    std::vector<std::size_t> parents;
    next.reserve(candidates.size());
    parents.reserve(candidates.size());
    for (const Candidate& one : candidates) {
      next.push_back(with(one));
      parents.push_back(one.parent);
    }
    growing_ = std::move(next);
    return parents;
  }

  /// No symbol can follow any hypothesis. A row has a guess all the same.
  std::vector<std::size_t> give_up(const std::vector<Candidate>& candidates) {
    if (finished_.empty() && !growing_.empty()) {
      Hypothesis word = std::move(growing_.front());
      word.is_cut = true;
      word.log_probability =
          candidates.empty() ? -infinity<double>() : candidates.front().log_probability;
      finished_.push_back({word.log_probability, std::move(word)});
    }
    growing_.clear();
    return {};
  }

  DecodeOptions options_;
  Index longest_;
  std::vector<Hypothesis> growing_;
  std::size_t greedy_ = 0;  ///< its place among those that grow; their number: none
  std::vector<Ranked> finished_;
};

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
