// Sentences as ids, each of which is its own target.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/tasks/text/lines.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

/// Rows of which source and target are one stored sentence; there are no tags. A `ChunkedCorpus` is
/// one of which only some consecutive rows are in memory.
class Corpus {
 public:
  Corpus() = default;

  /// \throws Error as `add`
  Corpus(const Lines& lines, const TokenVocabulary& vocabulary) {
    std::vector<Symbol> ids;  // of the types
    for (Index number = 0; number < lines.types().size(); ++number) {
      ids.push_back(vocabulary.id(lines.types()[number]));
    }
    std::vector<Symbol> sentence;
    for (Index i = 0; i < lines.size(); ++i) {
      sentence.clear();
      for (const std::uint32_t number : lines.numbers(i)) {
        sentence.push_back(at(ids, Index{number}));
      }
      add(sentence);
    }
    truncated_ = lines.left_out.truncated;
  }

  /// \throws Error for a sentence more than a `Row` can number, and for one longer than draws can
  /// tell apart
  void add(std::span<const Symbol> sentence) {
    count(sentence);
    store(sentence);
  }

  /// The number of rows.
  Index size() const { return sentences_; }
  /// \throws Error for a row that is not in memory
  std::span<const Symbol> source(Row row) const& { return sentence(row); }
  std::span<const Symbol> source(Row) const&& = delete;  // give the Corpus a name
  /// The same as `source`.
  std::span<const Symbol> target(Row row) const& { return sentence(row); }
  std::span<const Symbol> target(Row) const&& = delete;  // give the Corpus a name
  std::span<const Symbol> tags(Row) const { return {}; }

  Index sentences() const { return sentences_; }
  /// The number of tokens, without ends.
  Index words() const { return words_; }
  /// How many tokens are none of the vocabulary's, or stood as `<unk>` in the text.
  Index unknown() const { return unknown_; }
  /// How many sentences lost their end in reading.
  Index truncated() const { return truncated_; }
  /// A hash of all sentences in their order, be they in memory or not.
  const Hash& hash() const { return hash_; }

 protected:
  /// For sentences that are not all in memory: counts one, stores one, forgets all that are stored
  /// because the next one is row `first`.
  void count(std::span<const Symbol> sentence) {
    detail::require_row(sentences_);
    detail::require_length(sentences_, sentence.size());
    ++sentences_;
    words_ += Index(sentence.size());
    unknown_ += Index(std::count(sentence.begin(), sentence.end(), TokenVocabulary::unknown));
    add_to(hash_, sentence);
  }
  void store(std::span<const Symbol> sentence) {
    ids_.insert(ids_.end(), sentence.begin(), sentence.end());
    ends_.push_back(ids_.size());
  }
  void forget_stored(Row first) {
    ids_.clear();
    ends_.clear();
    first_ = first;
  }
  void set_truncated(Index sentences) { truncated_ = sentences; }

  static void add_to(Hash& hash, std::span<const Symbol> sentence) {
    hash.add(std::as_bytes(sentence));
    constexpr Symbol end = TokenVocabulary::end;
    hash.add(std::as_bytes(std::span(&end, 1)));
  }

 private:
  std::span<const Symbol> sentence(Row row) const {
    const std::size_t place = static_cast<Row>(row - first_);
    if (place >= ends_.size()) refuse(row);
    const std::size_t begin = place == 0 ? 0 : ends_[place - 1];
    return std::span(ids_).subspan(begin, ends_[place] - begin);
  }

  [[noreturn]] __attribute__((noinline, cold)) void refuse(Row row) const {
    detail::raise_error({"corpus: row is ", row, ": of ", sentences_, " rows, ", ends_.size(),
                         " are in memory, from row ", first_, " on"});
  }

  std::vector<Symbol> ids_;
  std::vector<std::size_t> ends_;  ///< of the stored sentences in `ids_`
  Row first_ = 0;                  ///< the row of the first of them
  Index sentences_ = 0, words_ = 0, unknown_ = 0, truncated_ = 0;
  Hash hash_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text
