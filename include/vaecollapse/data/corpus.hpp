// Corpora, from which batches are cut: rows of symbols, as a concept and as plain buffers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The place of an example in its corpus, from 0. It addresses the example's random draws, so it
/// stays the same whatever batch the example is put in.
using Row = std::uint32_t;

namespace detail {

/// Whether there may be one more row than `rows`.
inline void require_row(Index rows) {
  constexpr Index most = Index{std::numeric_limits<Row>::max()} + 1;
  if (rows >= most) {
    detail::raise_error({"corpus: there are ", rows, " rows: there is no number for another"});
  }
}

/// Whether the decoder's inputs, the start and so many characters, have draws of their own.
inline void require_length(Index row, std::size_t characters) {
  if (characters >= Draws::positions) {
    detail::raise_error({"corpus: row ", row, ", counted from 0, has a target of ", characters,
                         " characters: there are draws for ", Draws::positions - 1, " at most"});
  }
}

}  // namespace detail

/// Numbered rows of symbols, each a source, a target and its tags: what a batch is cut from. Words
/// hold their characters only, no start or end; a row without an answer has an empty target, one
/// without tags has none. What the functions return is valid as long as the rows do not change.
/// \pre a target has fewer than `Draws::positions` symbols
template <class Rows>
concept SymbolRows = requires(const Rows& rows, Row row) {
  { rows.size() } -> std::convertible_to<Index>;
  { rows.source(row) } -> std::same_as<std::span<const Symbol>>;
  { rows.target(row) } -> std::same_as<std::span<const Symbol>>;
  { rows.tags(row) } -> std::same_as<std::span<const Symbol>>;
};

/// Rows of which some differ from epoch to epoch: `begin_epoch` makes those of an epoch, from its
/// number (from 0) alone, so that a run can be resumed at any epoch. How many rows there are stays
/// the same.
template <class Rows>
concept EpochRows = SymbolRows<Rows> && requires(Rows& rows, std::uint64_t epoch) {
  rows.begin_epoch(epoch);
};

/// Rows in flat buffers.
class Corpus {
 public:
  /// Forgets all rows but keeps the memory: a stream is encoded a piece at a time.
  void clear() {
    sources_.clear();
    targets_.clear();
    tags_.clear();
  }

  /// Forgets all but the first `rows` rows and keeps the memory. \pre there are so many
  void keep_first(Index rows) {
    VAECOLLAPSE_ASSERT(rows >= 0 && rows <= size());
    sources_.keep_first(rows);
    targets_.keep_first(rows);
    tags_.keep_first(rows);
  }

  /// \pre the symbols are not this corpus's own
  /// \throws Error for a row more than a `Row` can number, and for a target longer than draws can
  /// tell apart
  void add(std::span<const Symbol> source, std::span<const Symbol> target,
           std::span<const Symbol> tags = {}) {
    detail::require_row(size());
    detail::require_length(size(), target.size());
    sources_.add(source);
    targets_.add(target);
    tags_.add(tags);
  }

  /// The number of rows.
  Index size() const { return sources_.size(); }
  std::span<const Symbol> source(Row row) const& { return sources_[row]; }
  std::span<const Symbol> source(Row row) const&& = delete;  // give the Corpus a name
  /// Empty if the row has no answer.
  std::span<const Symbol> target(Row row) const& { return targets_[row]; }
  std::span<const Symbol> target(Row row) const&& = delete;  // give the Corpus a name
  std::span<const Symbol> tags(Row row) const& { return tags_[row]; }
  std::span<const Symbol> tags(Row row) const&& = delete;  // give the Corpus a name

 private:
  /// Lists of ids, one after the other.
  struct Lists {
    std::vector<Symbol> ids;
    std::vector<std::size_t> ends;

    void clear() {
      ids.clear();
      ends.clear();
    }
    void keep_first(Index rows) {
      ends.resize(static_cast<std::size_t>(rows));
      ids.resize(ends.empty() ? 0 : ends.back());
    }
    void add(std::span<const Symbol> list) {
      ids.insert(ids.end(), list.begin(), list.end());
      ends.push_back(ids.size());
    }
    Index size() const { return Index(ends.size()); }
    std::span<const Symbol> operator[](Row row) const {
      const std::size_t begin = row == 0 ? 0 : ends[row - 1];
      return std::span(ids).subspan(begin, ends[row] - begin);
    }
  };

  Lists sources_;
  Lists targets_;
  Lists tags_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
