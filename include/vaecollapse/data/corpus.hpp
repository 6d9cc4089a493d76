// Examples as ids: what batches are cut from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The place of an example in its corpus, from 0. It addresses the example's random draws, so it
/// stays the same whatever batch the example is put in.
using Row = std::uint32_t;

namespace detail {

/// Whether there may be one more row than `rows`.
inline void require_row(Index rows) {
  constexpr Index most = Index{std::numeric_limits<Row>::max()} + 1;
  if (rows >= most) {
    raise(Error("corpus: there are " + std::to_string(rows) +
                " rows: there is no number for another"));
  }
}

/// Whether the decoder's inputs, the start and so many characters, have draws of their own.
inline void require_length(Index row, std::size_t characters) {
  if (characters >= Draws::positions) {
    raise(Error("corpus: row " + std::to_string(row) + ", counted from 0, has a target of " +
                std::to_string(characters) + " characters: there are draws for " +
                std::to_string(Draws::positions - 1) + " at most"));
  }
}

}  // namespace detail

/// Examples encoded once, in flat buffers. Words hold their characters only, no start or end.
class Corpus {
 public:
  Corpus() = default;

  Corpus(std::span<const Example> examples, const Vocabulary& vocabulary,
         const Features& features) {
    for (const Example& example : examples) add(example, vocabulary, features);
  }

  /// Forgets all rows and counts but keeps the memory: a stream is encoded a piece at a time.
  void clear() {
    sources_.clear();
    targets_.clear();
    tags_.clear();
    unknown_characters_ = unknown_tags_ = unanswered_ = 0;
  }

  /// \throws Error for a row more than a `Row` can number, and for a target longer than draws can
  /// tell apart
  void add(const Example& example, const Vocabulary& vocabulary, const Features& features) {
    detail::require_row(size());
    detail::require_length(size(), example.target.size());
    add_word(example.source, vocabulary, sources_);
    add_word(example.target, vocabulary, targets_);
    unknown_tags_ += features.encode(example.tags, tags_.ids);
    tags_.close();
    if (!example.has_target) ++unanswered_;
  }

  /// The number of rows.
  Index size() const { return sources_.size(); }
  std::span<const Symbol> source(Row row) const& { return sources_[row]; }
  std::span<const Symbol> source(Row row) const&& = delete;  // give the Corpus a name
  /// Empty if the row has no answer.
  std::span<const Symbol> target(Row row) const& { return targets_[row]; }
  std::span<const Symbol> target(Row row) const&& = delete;  // give the Corpus a name
  /// The known tags, rising.
  std::span<const Symbol> tags(Row row) const& { return tags_[row]; }
  std::span<const Symbol> tags(Row row) const&& = delete;  // give the Corpus a name

  /// How many characters, over all rows, are none of the vocabulary's.
  Index unknown_characters() const { return unknown_characters_; }
  /// How many tags, over all rows, were left out because the features do not know them.
  Index unknown_tags() const { return unknown_tags_; }
  /// How many rows have no answer.
  Index unanswered() const { return unanswered_; }

 private:
  /// Lists of ids, one after the other.
  struct Lists {
    std::vector<Symbol> ids;
    std::vector<std::size_t> ends;

    void clear() {
      ids.clear();
      ends.clear();
    }
    void close() { ends.push_back(ids.size()); }
    Index size() const { return Index(ends.size()); }
    std::span<const Symbol> operator[](Row row) const {
      const std::size_t begin = row == 0 ? 0 : ends[row - 1];
      return std::span(ids).subspan(begin, ends[row] - begin);
    }
  };

  void add_word(std::u32string_view word, const Vocabulary& vocabulary, Lists& lists) {
    for (const char32_t character : word) {
      const Symbol id = vocabulary.id(character);
      if (id == Vocabulary::unknown) ++unknown_characters_;
      lists.ids.push_back(id);
    }
    lists.close();
  }

  Lists sources_;
  Lists targets_;
  Lists tags_;
  Index unknown_characters_ = 0;
  Index unknown_tags_ = 0;
  Index unanswered_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
