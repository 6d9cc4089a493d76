// The sentences of a file, one a line, in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/token_table.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/tasks/text/line_reader.hpp>
#include <vaecollapse/tasks/text/reading.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

/// Sentences as lists of tokens. Each different token is stored once, so that a word of a sentence
/// takes four bytes.
class Lines {
 public:
  explicit Lines(Unit unit = Unit::words) : unit_(unit) {}

  void add(std::span<const std::string_view> tokens) {
    for (const std::string_view token : tokens) {
      numbers_.push_back(static_cast<std::uint32_t>(types_.add(token)));
    }
    ends_.push_back(numbers_.size());
  }

  /// The number of sentences.
  Index size() const { return Index(ends_.size()); }
  /// The number of tokens in all of them.
  Index words() const { return Index(numbers_.size()); }
  Unit unit() const { return unit_; }

  /// The tokens of sentence i; they are valid until a sentence is added.
  std::vector<std::string_view> operator[](Index i) const& {
    std::vector<std::string_view> tokens;
    for (const std::uint32_t number : numbers(i)) tokens.push_back(types_[Index{number}]);
    return tokens;
  }
  std::vector<std::string_view> operator[](Index) const&& = delete;  // give the Lines a name

  /// The different tokens.
  const TokenTable& types() const& { return types_; }
  TokenTable types() const&& { return types_; }
  /// Sentence i as numbers of `types()`.
  std::span<const std::uint32_t> numbers(Index i) const& {
    const std::size_t begin = i == 0 ? 0 : at(ends_, i - 1);
    return std::span(numbers_).subspan(begin, at(ends_, i) - begin);
  }
  std::span<const std::uint32_t> numbers(Index) const&& = delete;  // give the Lines a name

  /// What reading has left out.
  LeftOut left_out;

 private:
  Unit unit_;
  TokenTable types_;
  std::vector<std::uint32_t> numbers_;
  std::vector<std::size_t> ends_;
};

/// All sentences of a stream; `file` is its name in messages.
/// \throws InputError as `LineReader`, and if there is no sentence
inline Lines read_lines(std::FILE* stream, const std::string& file, const Reading& reading = {}) {
  LineReader reader(stream, file, reading);
  Lines lines(reading.unit);
  while (reader.next()) lines.add(reader.tokens());
  if (lines.size() == 0) raise(InputError(file, 0, "no sentence", "sentences, one a line"));
  lines.left_out = reader.left_out();
  return lines;
}

/// All sentences of a file, or of standard input, which is `-`.
/// \throws InputError if it cannot be opened, and as above
inline Lines read_lines(const std::string& file, const Reading& reading = {}) {
  const InputStream stream(file);
  return read_lines(stream.get(), file, reading);
}

/// How often each token occurs in the sentences.
inline TokenCounts count_tokens(const Lines& lines) {
  TokenCounts counts(lines.unit());
  for (Index i = 0; i < lines.size(); ++i) {
    for (const std::uint32_t number : lines.numbers(i)) counts.add(lines.types()[Index{number}]);
  }
  return counts;
}

/// The same for a file, of which one line at a time is in memory. \throws as `read_lines`
inline TokenCounts count_tokens(const std::string& file, const Reading& reading = {}) {
  const InputStream stream(file);
  LineReader reader(stream.get(), file, reading);
  TokenCounts counts(reading.unit);
  while (reader.next()) {
    for (const std::string_view token : reader.tokens()) counts.add(token);
  }
  if (counts.total() == 0) raise(InputError(file, 0, "no sentence", "sentences, one a line"));
  return counts;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text
