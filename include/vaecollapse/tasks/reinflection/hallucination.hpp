// Hallucinated words: rows whose stems are replaced by random characters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/random_strings.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// Symbols that source and target share.
struct Stretch {
  std::size_t source = 0;  ///< where it begins
  std::size_t target = 0;
  std::size_t length = 0;

  friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// Shorter ones are chance.
inline constexpr std::size_t shortest_stretch = 3;

/// Aligns words by the fewest insertions, deletions and substitutions; of several ways by the one
/// that pairs symbols first and leaves out those of the source before it inserts.
class Alignment {
 public:
  /// The longest runs of aligned equal symbols, at least `shortest` each, from left to right. Valid
  /// until the next call. \cost O(source x target)
  std::span<const Stretch> stretches(std::span<const Symbol> source, std::span<const Symbol> target,
                                     std::size_t shortest = shortest_stretch) {
    measure(source, target);
    stretches_.clear();
    Stretch run;
    const auto end_run = [&] {
      if (run.length >= shortest) stretches_.push_back(run);
      run = {};
    };
    for (std::size_t i = 0, j = 0; i < source.size() && j < target.size();) {
      const bool is_equal = source[i] == target[j];
      if (rest(i, j) == rest(i + 1, j + 1) + (is_equal ? 0 : 1)) {
        if (!is_equal) end_run();
        if (is_equal && run.length == 0) run = {i, j, 0};
        if (is_equal) ++run.length;
        ++i;
        ++j;
        continue;
      }
      end_run();
      ++(rest(i, j) == rest(i + 1, j) + 1 ? i : j);
    }
    end_run();
    return stretches_;
  }

 private:
  /// The edits between what remains from symbol i of the source and symbol j of the target on.
  std::uint32_t& rest(std::size_t i, std::size_t j) { return rest_[i * columns_ + j]; }

  void measure(std::span<const Symbol> source, std::span<const Symbol> target) {
    columns_ = target.size() + 1;
    rest_.resize((source.size() + 1) * columns_);
    for (std::size_t i = source.size() + 1; i-- > 0;) {
      for (std::size_t j = columns_; j-- > 0;) rest(i, j) = least_edits(source, target, i, j);
    }
  }

  std::uint32_t least_edits(std::span<const Symbol> source, std::span<const Symbol> target,
                            std::size_t i, std::size_t j) {
    if (i == source.size()) return static_cast<std::uint32_t>(target.size() - j);
    if (j == target.size()) return static_cast<std::uint32_t>(source.size() - i);
    const std::uint32_t paired = rest(i + 1, j + 1) + (source[i] == target[j] ? 0 : 1);
    return std::min(paired, std::min(rest(i + 1, j), rest(i, j + 1)) + 1);
  }

  std::size_t columns_ = 0;
  std::vector<std::uint32_t> rest_;  ///< of each (i, j), row by row
  std::vector<Stretch> stretches_;
};

/// Rows made from rows of a corpus in which source and target share stretches: these become random
/// characters, on both sides the same, the rest and the tags stay.
/// \source Anastasopoulos & Neubig 2019, "Pushing the limits of low-resource morphological
/// inflection" (EMNLP)
class Hallucination {
 public:
  Hallucination() = default;

  /// Takes the first `rows` rows of the corpus for models, as far as they share stretches.
  template <SymbolRows Rows>
  Hallucination(const Rows& corpus, Index rows) {
    Alignment alignment;
    for (Row row = 0; row < static_cast<Row>(rows); ++row) {
      const auto found = alignment.stretches(corpus.source(row), corpus.target(row));
      if (found.empty()) continue;
      stretches_.insert(stretches_.end(), found.begin(), found.end());
      models_.push_back(row);
      ends_.push_back(stretches_.size());
    }
  }

  /// How many rows are models.
  Index models() const { return Index(models_.size()); }

  /// What is drawn: the row that is its model, and the words.
  struct Word {
    Row model = 0;
    std::vector<Symbol> source, target;
  };

  /// Word `number` of the epoch that the draws are of; all models are equally likely, and so are
  /// all characters. \pre the corpus that it was made of; there are models
  template <SymbolRows Rows>
  void draw(const Rows& corpus, const Vocabulary& vocabulary, const Draws& draws, Row number,
            Word& word) const {
    std::uint32_t unit = 0;
    const auto next = [&] { return draws.word(Stream::hallucinated_words, number, 0, 0, unit++); };
    const std::size_t model = detail::below(next(), static_cast<std::uint32_t>(models_.size()));
    word.model = models_[model];
    const auto source = corpus.source(word.model), target = corpus.target(word.model);
    word.source.assign(source.begin(), source.end());
    word.target.assign(target.begin(), target.end());
    for (std::size_t i = model == 0 ? 0 : ends_[model - 1]; i < ends_[model]; ++i) {
      const Stretch& stretch = stretches_[i];
      for (std::size_t k = 0; k < stretch.length; ++k) {
        const Symbol one = character_of(vocabulary, next());
        word.source[stretch.source + k] = word.target[stretch.target + k] = one;
      }
    }
  }

 private:
  std::vector<Row> models_;
  std::vector<std::size_t> ends_;  ///< of each model's stretches
  std::vector<Stretch> stretches_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
