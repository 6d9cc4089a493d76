// How a line of text becomes tokens.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/foreign_text.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

using Unit = TokenUnit;

/// What is a token of a line, and how many of them count.
struct Reading {
  Unit unit = Unit::words;
  /// What each character becomes, such as its small letter; by default what it is.
  char32_t (*character)(char32_t) = nullptr;
  Index longest = 0;  ///< tokens of a sentence; those beyond are cut off; 0: none is

  friend bool operator==(const Reading&, const Reading&) = default;
};

/// Takes lines apart. White space is that of ASCII. Characters are those of the line's words with
/// one blank between two words. It keeps its memory from line to line.
class Tokenizer {
 public:
  /// \throws Error for a negative length
  explicit Tokenizer(const Reading& reading) : reading_(reading) {
    if (reading.longest >= 0) return;
    detail::raise_error({"reading: longest is ", reading.longest,
                         ": it must be 1 or more, or 0 for sentences of any length"});
  }

  /// The tokens of a line without its newline, valid until the next call; none for a line of white
  /// space. Carriage returns at the end are dropped, and so is a byte order mark on line 1. `file`
  /// and `line` (from 1) are for messages. \throws InputError for what is no text in UTF-8, a NUL,
  /// and a carriage return inside the line
  std::span<const std::string_view> operator()(std::string_view file, long line,
                                               std::string_view text) {
    if (line == 1 && text.starts_with(utf8::byte_order_mark)) {
      text.remove_prefix(utf8::byte_order_mark.size());
    }
    while (text.ends_with('\r')) text.remove_suffix(1);
    require_text(file, line, text);
    if (reading_.character != nullptr) text = mapped(text);
    tokens_.clear();
    split_words(text);
    if (reading_.unit == Unit::characters) split_characters();
    const auto found = Index(tokens_.size());
    cut_off_ = reading_.longest > 0 && found > reading_.longest ? found - reading_.longest : 0;
    return std::span(tokens_).first(static_cast<std::size_t>(found - cut_off_));
  }

  /// How many tokens the last line had beyond those that count.
  Index cut_off() const { return cut_off_; }
  const Reading& reading() const { return reading_; }

 private:
  /// Blanks and tabs, and what else of ASCII is white space.
  static constexpr bool is_space(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
  }

  /// \throws InputError for what is no text in UTF-8, NUL, and a carriage return
  static void require_text(std::string_view file, long line, std::string_view text) {
    const auto fail = [&](std::string found, std::string_view expected) {
      raise(InputError(file, line, found, expected));
    };
    const auto at_byte = [](std::size_t byte) { return " at byte " + std::to_string(byte + 1); };
    const std::string_view kind = line == 1 ? foreign_text(text) : std::string_view();
    if (!kind.empty()) fail(std::string(kind), "text in UTF-8, not packed, one sentence a line");
    const std::size_t nul = text.find('\0');
    if (nul != text.npos) fail("a NUL" + at_byte(nul), "text");
    if (const auto fault = utf8::validate(text)) {
      fail(std::string(fault->description) + at_byte(fault->byte), "UTF-8");
    }
    const std::size_t carriage = text.find('\r');
    if (carriage != text.npos) {
      fail("a carriage return" + at_byte(carriage) + " inside the line",
           "lines that end with a newline, or with both");
    }
  }

  std::string_view mapped(std::string_view text) {
    std::u32string characters = utf8::decode(text);
    for (char32_t& one : characters) one = reading_.character(one);
    text_ = utf8::encode(characters);
    return text_;
  }

  void split_words(std::string_view text) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (i < text.size() && !is_space(text[i])) continue;
      if (i > begin) tokens_.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }

  void split_characters() {
    words_.swap(tokens_);
    tokens_.clear();
    for (const std::string_view word : words_) {
      if (!tokens_.empty()) tokens_.push_back(" ");
      for (std::size_t i = 0; i < word.size();) {
        const auto lead = static_cast<unsigned char>(word[i]);
        const std::size_t bytes = utf8::detail::sequence_length(lead);
        tokens_.push_back(word.substr(i, bytes));
        i += bytes;
      }
    }
  }

  Reading reading_;
  std::string text_;
  std::vector<std::string_view> tokens_, words_;
  Index cut_off_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text
