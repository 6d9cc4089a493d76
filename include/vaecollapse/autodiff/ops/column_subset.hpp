// Whether a layer projects a whole table of symbols, or gathers the columns that its symbols take
// and projects these: the one place that decides it, and what is gathered.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <vaecollapse/core/arena.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/embedding.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// Whether N symbols gather the columns that they take, out of the V of a table, before these are
/// projected. At most N are taken, so that is V / N times as fast where symbols are few; where they
/// are many, nearly every column is taken, and to gather is work besides. A rule of sizes alone.
constexpr bool gathers_columns(Index table_columns, Index symbols) {
  return 4 * table_columns > symbols;
}

/// Some columns of a matrix, in its order, or all of them.
class ColumnSubset {
 public:
  /// All columns.
  ColumnSubset() = default;
  /// \pre the columns rise
  explicit ColumnSubset(std::span<const Symbol> columns) : columns_(columns), all_(false) {}

  bool is_all() const { return all_; }
  Index count(Index of_all) const { return all_ ? of_all : Index(columns_.size()); }

  /// The columns side by side: the matrix itself, or a copy in the arena.
  template <class T>
  View<T> of(View<T> matrix, Arena& arena, Team& team) const {
    if (all_) return matrix;
    using Scalar = std::remove_const_t<T>;
    const View<Scalar> some(arena.allocate<Scalar>(matrix.rows * count(matrix.columns)),
                            matrix.rows, count(matrix.columns));
    kernels::split_features<Scalar>(team, matrix.rows, [&](Index first, Index rows) {
      kernels::embedding_forward<Scalar>(matrix.middle_rows(first, rows), columns_,
                                         some.middle_rows(first, rows), kernels::Output::replace);
    });
    return some;
  }

  /// Writes what `of` gave, and was changed since, back to the matrix.
  template <class Scalar>
  void put_back(View<const Scalar> some, View<Scalar> matrix, Team& team) const {
    if (all_) return;
    kernels::split_features<Scalar>(team, matrix.rows, [&](Index first, Index rows) {
      kernels::embedding_replace<Scalar>(columns_, some.middle_rows(first, rows),
                                         matrix.middle_rows(first, rows));
    });
  }

 private:
  std::span<const Symbol> columns_;
  bool all_ = true;
};

/// The symbols of some ids but `no_symbol`, each with its rank among them, in the arena.
class SymbolRanks {
 public:
  /// \cost O(N + V / 64) for N ids of a table of V
  SymbolRanks(Index table_columns, std::span<const Symbol> ids, Arena& arena)
      : words_(arena.span<Word>((table_columns + bits - 1) / bits)) {
    std::fill(words_.begin(), words_.end(), Word{});
    for (const Symbol id : ids) {
      if (id != no_symbol) at(words_, id / bits).set |= bit(id);
    }
    for (Word& word : words_) {
      word.before = count_;
      count_ += std::popcount(word.set);
    }
  }

  Index count() const { return count_; }
  Symbol rank(Symbol id) const {
    const Word& word = at(words_, id / bits);
    return static_cast<Symbol>(word.before + std::popcount(word.set & (bit(id) - 1)));
  }

 private:
  static constexpr Symbol bits = 64;
  struct Word {
    std::uint64_t set = 0;
    Index before = 0;
  };
  static constexpr std::uint64_t bit(Symbol id) { return std::uint64_t{1} << (id % bits); }

  std::span<Word> words_;
  Index count_ = 0;
};

/// The columns that symbols take, and for each id which of them it takes.
struct TakenColumns {
  std::span<const Symbol> columns;  ///< in the table's order
  std::span<const Symbol> places;   ///< [N], `no_symbol` where the id is that
};

/// Each column once, in the table's order: so sums over them have the order, and up to
/// `kernels::depth_block` columns the bits, of sums over the whole table.
inline TakenColumns taken_columns(Index table_columns, std::span<const Symbol> ids, Arena& arena) {
  const SymbolRanks ranks(table_columns, ids, arena);
  const auto columns = arena.span<Symbol>(ranks.count());
  const auto places = arena.span<Symbol>(Index(ids.size()));
  for (std::size_t n = 0; n < ids.size(); ++n) {
    places[n] = ids[n] == no_symbol ? no_symbol : ranks.rank(ids[n]);
    if (places[n] != no_symbol) at(columns, places[n]) = ids[n];
  }
  return {columns, places};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
