// Ragged rows of symbols that own their memory: batches and lists of words consist of them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Ragged rows of symbols that own their storage and keep it between batches.
class RaggedSymbols {
 public:
  /// Lays out `rows` rows: row r has length(r) symbols, the symbol at step t is symbol(r, t).
  template <class Length, class SymbolAt>
  void assign(Index rows, Length&& length, SymbolAt&& symbol) {
    lengths_.resize(static_cast<std::size_t>(rows));
    for (Index r = 0; r < rows; ++r) at(lengths_, r) = length(r);
    plan_.assign(lengths_);
    fill(ids_, symbol);
  }

  /// Writes other symbols of the same rows and lengths to `ids`.
  template <class SymbolAt>
  void fill(std::vector<Symbol>& ids, SymbolAt&& symbol) const {
    ids.resize(static_cast<std::size_t>(plan_.columns()));
    for (Index r = 0; r < plan_.batch(); ++r) {
      for (Index t = 0; t < plan_.length(r); ++t) {
        at(ids, plan_.column(r, t)) = symbol(r, t);
      }
    }
  }

  const SequencePlan& plan() const& { return plan_; }
  SequencePlan plan() const&& { return plan_; }
  Symbols symbols() const& { return {&plan_, ids_}; }
  Symbols symbols() const&& = delete;  // give the rows a name

 private:
  std::vector<Index> lengths_;
  SequencePlan plan_;
  std::vector<Symbol> ids_;
};

/// Words with the end symbol after them (a decoder's targets), and with the start symbol before
/// them (its inputs), on one plan.
class ShiftedWords {
 public:
  /// `word(r)` is a span of the symbols of row r.
  template <class WordOf>
  void assign(Index rows, WordOf&& word) {
    targets_.assign(
        rows, [&](Index r) { return Index(word(r).size()) + 1; },
        [&](Index r, Index t) {
          return t < Index(word(r).size()) ? at(word(r), t) : Vocabulary::end;
        });
    targets_.fill(
        inputs_, [&](Index r, Index t) { return t == 0 ? Vocabulary::start : at(word(r), t - 1); });
  }

  Symbols targets() const& { return targets_.symbols(); }
  Symbols inputs() const& { return {&targets_.plan(), inputs_}; }
  Symbols targets() const&& = delete;  // give the words a name
  Symbols inputs() const&& = delete;   // give the words a name

 private:
  RaggedSymbols targets_;
  std::vector<Symbol> inputs_;
};

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
