// The characters that a model knows, and their ids.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/utf8.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

struct Example;

/// Gives each character (a code point) an id: first three symbols that are no characters, then
/// the characters in order of code point, so that the order of rows does not matter. Make it from
/// training data only; a model file stores `characters()`.
class Vocabulary {
 public:
  static constexpr Symbol unknown = 0;  ///< any character not in the training data
  static constexpr Symbol start = 1;    ///< before the first character of a target
  static constexpr Symbol end = 2;      ///< after the last character
  static constexpr Symbol first_character = 3;

  Vocabulary() = default;

  /// Knows these characters, which may come in any order and more than once.
  /// \cost O(n log V + V^2) for n characters, V of them different
  explicit Vocabulary(std::u32string_view characters) {
    for (const char32_t one : characters) {
      const std::size_t place = place_of(one);
      if (!is_at(place, one)) insert(place, one);
    }
  }

  /// Knows the characters of all sources and targets. Defined beside `Example`.
  static Vocabulary of(std::span<const Example> examples);

  /// The number of ids, V: the characters and the three special symbols.
  Index symbols() const { return first_character + Index(characters_.size()); }
  /// The known characters, each once, in order of their ids.
  const std::u32string& characters() const { return characters_; }

  /// \cost O(log V)
  Symbol id(char32_t character) const {
    const std::size_t place = place_of(character);
    return is_at(place, character) ? first_character + static_cast<Symbol>(place) : unknown;
  }

  bool contains(char32_t character) const { return id(character) != unknown; }

  /// The character of an id; the replacement character U+FFFD for the three special symbols.
  /// \throws Error for an id outside 0 .. symbols()
  char32_t character(Symbol id) const {
    if (id < 0 || id >= symbols()) {
      raise(Error("vocabulary: id is " + std::to_string(id) + ": there are " +
                  std::to_string(symbols()) + " symbols"));
    }
    if (id < first_character) return utf8::replacement;
    return characters_[static_cast<std::size_t>(id - first_character)];
  }

  /// Appends the ids of a word's characters, and of nothing else, to `ids`.
  void encode(std::u32string_view word, std::vector<Symbol>& ids) const {
    std::size_t next = ids.size();
    ids.resize(next + word.size());
    for (const char32_t one : word) ids[next++] = id(one);
  }

  std::vector<Symbol> encode(std::u32string_view word) const {
    std::vector<Symbol> ids;
    ids.reserve(word.size());
    encode(word, ids);
    return ids;
  }

  /// The word up to the first end symbol; start symbols are left out, unknown ones shown as
  /// U+FFFD.
  std::u32string decode(std::span<const Symbol> ids) const {
    std::u32string word;
    for (const Symbol symbol : ids) {
      if (symbol == end) break;
      if (symbol != start) word.push_back(character(symbol));
    }
    return word;
  }

  friend bool operator==(const Vocabulary&, const Vocabulary&) = default;

 private:
  /// Where a character stands, or would have to.
  std::size_t place_of(char32_t character) const {
    std::size_t first = 0, last = characters_.size();
    while (first < last) {
      const std::size_t middle = first + (last - first) / 2;
      if (characters_[middle] < character) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return first;
  }
  void insert(std::size_t place, char32_t character) {
    characters_.push_back(character);
    for (std::size_t i = characters_.size() - 1; i > place; --i)
      characters_[i] = characters_[i - 1];
    characters_[place] = character;
  }
  bool is_at(std::size_t place, char32_t character) const {
    return place < characters_.size() && characters_[place] == character;
  }

  std::u32string characters_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
