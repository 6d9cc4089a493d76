// Some rows of a corpus, laid out for a model: ragged, time-major, no padding.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/ragged.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Options of a batch.
struct BatchOptions {
  /// Puts the end symbol after each source too.
  bool end_of_source = false;
};

/// Some rows of a corpus. Its examples have one canonical order, that of `rows()`. What the
/// accessors return points into the batch: keep the batch in its place while a tape holds values
/// made from it. Meant to be assigned again and again: a warm batch allocates nothing.
class Batch {
 public:
  explicit Batch(BatchOptions options = {}) : options_(options) {}

  template <SymbolRows Rows>
  Batch(const Rows& corpus, std::span<const Row> rows, BatchOptions options = {}) : Batch(options) {
    assign(corpus, rows);
  }

  /// \throws Error for a row that the corpus does not have
  template <SymbolRows Rows>
  void assign(const Rows& corpus, std::span<const Row> rows) {
    for (const Row row : rows) {
      if (Index(row) < corpus.size()) continue;
      detail::raise_error({"batch: row is ", row, ": the corpus has ", corpus.size(), " rows"});
    }
    rows_.assign(rows.begin(), rows.end());
    assign_sources(corpus);
    targets_.assign(size(), [&](Index i) { return corpus.target(row(i)); });
    assign_tags(corpus);
  }

  /// B, the number of examples.
  Index size() const { return Index(rows_.size()); }
  /// The corpus row of each example.
  std::span<const Row> rows() const& { return rows_; }
  std::span<const Row> rows() const&& = delete;  // give the Batch a name
  /// The sources' characters; with an end symbol if the options ask for it.
  Symbols source() const& { return sources_.symbols(); }
  Symbols source() const&& = delete;  // give the Batch a name, and let it outlive the Scope
  /// Whether the sources have an end symbol.
  bool ends_sources() const { return options_.end_of_source; }
  /// Start symbol, then the targets' characters: the decoder's inputs.
  Symbols inputs() const& { return targets_.inputs(); }
  Symbols inputs() const&& = delete;  // give the Batch a name, and let it outlive the Scope
  /// The targets' characters, then the end symbol, on the plan of `inputs()`.
  Symbols targets() const& { return targets_.targets(); }
  Symbols targets() const&& = delete;  // give the Batch a name, and let it outlive the Scope
  TagSets tags() const& { return {first_tag_, tags_}; }
  TagSets tags() const&& = delete;  // give the Batch a name, and let it outlive the Scope

 private:
  Row row(Index i) const { return at(rows_, i); }

  template <SymbolRows Rows>
  void assign_sources(const Rows& corpus) {
    const Index extra = options_.end_of_source ? 1 : 0;
    const auto source = [&](Index i) { return corpus.source(row(i)); };
    sources_.assign(
        size(), [&](Index i) { return Index(source(i).size()) + extra; },
        [&](Index i, Index t) {
          const auto word = source(i);
          return t < Index(word.size()) ? at(word, t) : Vocabulary::end;
        });
  }

  template <SymbolRows Rows>
  void assign_tags(const Rows& corpus) {
    tags_.clear();
    first_tag_.assign(1, 0);
    for (const Row row : rows_) {
      const auto tags = corpus.tags(row);
      tags_.insert(tags_.end(), tags.begin(), tags.end());
      first_tag_.push_back(Index(tags_.size()));
    }
  }

  BatchOptions options_;
  std::vector<Row> rows_;
  detail::RaggedSymbols sources_;
  detail::ShiftedWords targets_;
  std::vector<Symbol> tags_;
  std::vector<Index> first_tag_ = {0};
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
