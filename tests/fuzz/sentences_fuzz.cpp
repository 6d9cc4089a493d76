// The reader of sentences: the first byte chooses the reading. What is read can be written as a
// line again, becomes ids, and the ids become the text.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/tasks/text/lines.hpp>

#include "fuzz/support.hpp"

namespace vc = vaecollapse;
namespace text = vaecollapse::text;

namespace {

struct Close {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

char32_t small_letter(char32_t one) { return one >= U'A' && one <= U'Z' ? one - U'A' + U'a' : one; }

text::Reading reading_of(unsigned chosen) {
  return {.unit = chosen % 2 == 0 ? text::Unit::words : text::Unit::characters,
          .character = chosen / 2 % 2 == 1 ? small_letter : nullptr,
          .longest = static_cast<vc::Index>(chosen / 4 % 8)};
}

std::string text_of(const std::vector<std::string_view>& tokens, text::Unit unit) {
  std::string joined;
  for (const std::string_view token : tokens) {
    if (unit == text::Unit::words && !joined.empty()) joined += ' ';
    joined += token;
  }
  return joined;
}

void check_line(const std::vector<std::string_view>& tokens, const text::Reading& reading) {
  fuzz::require(!tokens.empty(), "a sentence has a token");
  fuzz::require(reading.longest == 0 || vc::Index(tokens.size()) <= reading.longest,
                "sentences are as short as was asked for");
  const std::string joined = text_of(tokens, reading.unit);
  fuzz::require(joined.find_first_of("\n\r") == joined.npos, "no token has an end of line");
  // A blank at the end, where a sentence of characters was cut off, is none of a line's.
  if (joined.back() == ' ') return;
  // Line 2, for a mark on line 1 is no part of the sentence.
  text::Tokenizer tokenizer(reading);
  const auto again = tokenizer("f", 2, joined);
  fuzz::require(std::vector<std::string_view>(again.begin(), again.end()) == tokens,
                "what is written is read as it was");
}

void check_sentence_ids(const text::Lines& lines) {
  const vc::TokenCounts counts = text::count_tokens(lines);
  const auto vocabulary = vc::TokenVocabulary::of(counts);
  const text::Corpus corpus(lines, vocabulary);
  fuzz::require(corpus.unknown() == counts.count("<unk>"), "the vocabulary knows its own tokens");
  fuzz::require(vc::TokenVocabulary(vocabulary.tokens(), vocabulary.unit()) == vocabulary,
                "stored tokens give the vocabulary");
  for (vc::Index i = 0; i < lines.size(); ++i) {
    const std::string shown = vocabulary.decode(corpus.target(static_cast<vc::Row>(i)));
    fuzz::require(shown == text_of(lines[i], lines.unit()), "sentences come back");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const text::Reading reading = reading_of(data[0]);
  const std::unique_ptr<std::FILE, Close> stream(
      ::fmemopen(const_cast<std::uint8_t*>(data + 1), size - 1, "rb"));
  fuzz::require(stream != nullptr, "bytes can be read as a stream");
  text::Lines lines;
  const auto read = [&] { lines = text::read_lines(stream.get(), "f", reading); };
  if (!fuzz::takes(read, "f:")) return 0;
  for (vc::Index i = 0; i < lines.size(); ++i) check_line(lines[i], reading);
  check_sentence_ids(lines);
  return 0;
}
