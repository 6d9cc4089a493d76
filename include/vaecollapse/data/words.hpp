// A handful of words, ready for a model: for a first program, a test, a bench.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/ragged.hpp>
#include <vaecollapse/data/vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Words and the vocabulary of their characters. Stands for its symbols wherever `Symbols` are
/// wanted; they point into it, so keep it in its place while a tape holds values made from it.
class Words {
 public:
  /// \throws Error if there is no word, or one is not UTF-8
  static Words from(std::span<const std::string_view> words) {
    if (words.empty()) raise(Error("Words::from: found no words, expected one at least"));
    return Words(words);
  }
  static Words from(std::initializer_list<std::string_view> words) {
    return from(std::span<const std::string_view>(words.begin(), words.size()));
  }

  /// The number of symbols, V; not the number of words.
  Index symbols() const { return vocabulary_.symbols(); }
  /// The number of words, B.
  Index size() const { return shifted_.targets().plan->batch(); }
  const Vocabulary& vocabulary() const& { return vocabulary_; }
  Vocabulary vocabulary() const&& { return vocabulary_; }

  /// Each word, then the end symbol.
  operator Symbols() const& { return shifted_.targets(); }
  operator Symbols() const&& = delete;  // give the Words a name, and let them outlive the Scope
  /// The start symbol, then each word, on the same plan: a decoder's inputs.
  Symbols shifted() const& { return shifted_.inputs(); }
  Symbols shifted() const&& = delete;  // give the Words a name, and let them outlive the Scope

 private:
  explicit Words(std::span<const std::string_view> words) : vocabulary_(characters_of(words)) {
    std::vector<Symbol> ids;
    std::vector<Index> begins;  // of the words in `ids`, and its end
    begins.resize(words.size() + 1);
    for (std::size_t word = 0; word < words.size(); ++word) {
      vocabulary_.encode(utf8::decode(words[word]), ids);
      begins[word + 1] = Index(ids.size());
    }
    shifted_.assign(Index(words.size()), [&](Index r) {
      const auto word = static_cast<std::size_t>(r);
      return std::span<const Symbol>(ids.data() + begins[word], ids.data() + begins[word + 1]);
    });
  }

  static std::u32string characters_of(std::span<const std::string_view> words) {
    std::u32string characters;
    for (const std::string_view word : words) characters += utf8::decode(word);
    return characters;
  }

  Vocabulary vocabulary_;
  detail::ShiftedWords shifted_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
