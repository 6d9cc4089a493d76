// The characters that a model knows, and their ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/utf8.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

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
  /// \throws Error for what UTF-8 cannot write \cost O(n + the greatest code point)
  explicit Vocabulary(std::u32string_view characters) {
    char32_t greatest = 0;
    for (const char32_t one : characters) {
      if (!utf8::is_scalar_value(one)) {
        detail::raise_error(
            {"vocabulary: found the number ", std::uint32_t{one}, ", expected a character"});
      }
      if (one > greatest) greatest = one;
    }
    std::string known(greatest + 1, '\0');
    for (const char32_t one : characters) known[one] = 1;
    for (char32_t one = 0; one <= greatest; ++one) {
      if (known[one] != 0) characters_.push_back(one);
    }
  }

  /// Knows the characters of all words.
  static Vocabulary of(std::span<const std::u32string> words) {
    std::u32string seen;
    for (const std::u32string& word : words) seen.append(word);
    return Vocabulary(seen);
  }

  /// The number of ids, V: the characters and the three special symbols.
  Index symbols() const { return first_character + Index(characters_.size()); }
  /// The known characters, each once, in order of their ids.
  const std::u32string& characters() const& { return characters_; }
  std::u32string characters() const&& { return characters_; }

  /// \cost O(log V)
  Symbol id(char32_t character) const {
    std::size_t first = 0, last = characters_.size();
    while (first < last) {
      const std::size_t middle = first + (last - first) / 2;
      if (characters_[middle] < character) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    const bool known = first < characters_.size() && characters_[first] == character;
    return known ? first_character + static_cast<Symbol>(first) : unknown;
  }

  bool contains(char32_t character) const { return id(character) != unknown; }

  /// The character of an id; the replacement character U+FFFD for the three special symbols.
  /// \throws Error for an id outside 0 .. symbols()
  char32_t character(Symbol id) const {
    if (id < 0 || id >= symbols()) {
      detail::raise_error({"vocabulary: id is ", id, ": there are ", symbols(), " symbols"});
    }
    if (id < first_character) return utf8::replacement;
    return at(characters_, id - first_character);
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
  std::u32string characters_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
