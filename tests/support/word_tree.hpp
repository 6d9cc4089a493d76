// A made-up decoder for tests of searches: what may follow a word depends on the whole word, by
// random numbers that are addressed by it. Small trees of words can be gone through exhaustively.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <vaecollapse/model/decode.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// The logits after each word.
class WordTree {
 public:
  WordTree(std::uint64_t seed, vc::Index characters, double spread = 3)
      : seed_(seed), symbols_(characters + vc::Vocabulary::first_character), spread_(spread) {}

  vc::Index symbols() const { return symbols_; }
  std::uint64_t root(vc::Index row) const { return mixed(seed_ + 7919 * std::uint64_t(row)); }
  std::uint64_t child(std::uint64_t node, vc::Symbol symbol) const {
    return mixed(node ^ mixed(std::uint64_t(symbol) + 1));
  }
  double logit(std::uint64_t node, vc::Symbol symbol) const {
    const auto draw = static_cast<double>(child(node, symbol) >> 11) / 9007199254740992.0;
    return spread_ * (2 * draw - 1);
  }
  /// log p of a symbol after a word.
  double log_probability(std::uint64_t node, vc::Symbol symbol) const {
    double sum = 0;
    for (vc::Symbol v = 0; v < symbols_; ++v) sum += std::exp(logit(node, v));
    return logit(node, symbol) - std::log(sum);
  }

 private:
  static std::uint64_t mixed(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
  }

  std::uint64_t seed_;
  vc::Index symbols_;
  double spread_;
};

/// A tree as a search sees a decoder.
class TreeColumns {
 public:
  explicit TreeColumns(const WordTree& tree) : tree_(tree) {}

  void step(std::span<const vc::Symbol> ids, std::span<const vc::Index> rows) {
    after_.resize(ids.size());
    before_.resize(std::max(before_.size(), ids.size()));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      after_[i] =
          ids[i] == vc::Vocabulary::start ? tree_.root(rows[i]) : tree_.child(before_[i], ids[i]);
    }
    ++steps;
  }
  vc::View<const double> logits(vc::Index column) {
    memory_.resize(static_cast<std::size_t>(tree_.symbols()));
    for (vc::Symbol v = 0; v < tree_.symbols(); ++v) {
      memory_[static_cast<std::size_t>(v)] =
          tree_.logit(after_[static_cast<std::size_t>(column)], v);
    }
    return {memory_.data(), tree_.symbols(), 1};
  }
  void carry(vc::Index from, vc::Index to) {
    before_.resize(std::max(before_.size(), static_cast<std::size_t>(to) + 1));
    before_[static_cast<std::size_t>(to)] = after_[static_cast<std::size_t>(from)];
  }

  int steps = 0;

 private:
  const WordTree& tree_;
  std::vector<std::uint64_t> before_, after_;
  std::vector<double> memory_;
};

/// A word of a tree and its place there.
struct TreeWord {
  vc::Hypothesis word;
  std::uint64_t node = 0;

  /// log p / n^a, the end counted.
  double rank(double a) const {
    const double length = static_cast<double>(word.ids.size()) + (word.is_cut ? 0 : 1);
    return word.log_probability / std::pow(length, a);
  }
};

/// What may come after `word`: its end, and it with each character, cut at the greatest length.
inline std::vector<TreeWord> continuations(const WordTree& tree, const TreeWord& word,
                                           vc::Index longest) {
  std::vector<TreeWord> all;
  for (vc::Symbol v = vc::Vocabulary::end; v < tree.symbols(); ++v) {
    TreeWord next = word;
    next.word.log_probability += tree.log_probability(word.node, v);
    if (v != vc::Vocabulary::end) {
      next.word.ids.push_back(v);
      next.node = tree.child(word.node, v);
      next.word.is_cut = static_cast<vc::Index>(next.word.ids.size()) >= longest;
    }
    all.push_back(next);
  }
  return all;
}

/// Whether a continuation of a word of `before` symbols is finished.
inline bool is_finished(const TreeWord& next, std::size_t before) {
  return next.word.is_cut || next.word.ids.size() == before;
}

/// Every word that comes of `from`, appended.
inline void append_all_words(const WordTree& tree, const TreeWord& from, vc::Index longest,
                             std::vector<TreeWord>& words) {
  for (const TreeWord& next : continuations(tree, from, longest)) {
    if (is_finished(next, from.word.ids.size())) {
      words.push_back(next);
    } else {
      append_all_words(tree, next, longest, words);
    }
  }
}

inline void sort_by_rank(std::vector<TreeWord>& words, double a) {
  std::stable_sort(words.begin(), words.end(),
                   [a](const TreeWord& x, const TreeWord& y) { return x.rank(a) > y.rank(a); });
}

}  // namespace vaecollapse_test
