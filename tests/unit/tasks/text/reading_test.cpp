// Lines and their tokens, and every way a text can be wrong.
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/text/lines.hpp>

namespace vc = vaecollapse;
namespace text = vaecollapse::text;

namespace {

using Tokens = std::vector<std::string_view>;

struct CloseText {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

/// A stream that holds `content`.
std::unique_ptr<std::FILE, CloseText> text_stream(std::string_view content) {
  std::unique_ptr<std::FILE, CloseText> stream(std::tmpfile());
  REQUIRE(stream != nullptr);
  REQUIRE(std::fwrite(content.data(), 1, content.size(), stream.get()) == content.size());
  std::rewind(stream.get());
  return stream;
}

text::Lines lines_of(std::string_view content, const text::Reading& reading = {}) {
  return text::read_lines(text_stream(content).get(), "train", reading);
}

/// The message that `content` gives, or nothing.
std::string text_complaint(std::string_view content) {
  try {
    (void)lines_of(content);
  } catch (const vc::InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("tokens stand between white space, sentences on lines") {
  const auto lines = lines_of(" the  cat\tsat \nno , <unk> N\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == Tokens{"the", "cat", "sat"});
  CHECK(lines[1] == Tokens{"no", ",", "<unk>", "N"});
  CHECK(lines.words() == 7);
  CHECK(lines.types().size() == 7);
  CHECK(lines.left_out.empty_lines == 0);
}

TEST_CASE("with and without a last newline, with carriage returns, a mark, empty lines") {
  for (const std::string_view content :
       {std::string_view("a b\nc\n"), std::string_view("a b\nc"), std::string_view("a b\r\nc\r\n"),
        std::string_view("\xEF\xBB\xBF"
                         "a b\nc\n")}) {
    const auto lines = lines_of(content);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == Tokens{"a", "b"});
    CHECK(lines[1] == Tokens{"c"});
  }
  const auto spaced = lines_of("\n \t\na\n\r\n");
  REQUIRE(spaced.size() == 1);
  CHECK(spaced.left_out.empty_lines == 3);
}

TEST_CASE("characters become what they are mapped to") {
  const auto mapped = [](char32_t one) -> char32_t {
    return one == U'T' ? U't' : one == U'Ä' ? U'ä' : one;
  };
  const auto as_it_is = lines_of("The ÄRA\n"), other = lines_of("The ÄRA\n", {.character = mapped});
  CHECK(as_it_is[0] == Tokens{"The", "ÄRA"});
  CHECK(other[0] == Tokens{"the", "äRA"});
}

TEST_CASE("characters are those of the words, with a blank between two words") {
  const text::Reading reading{.unit = text::Unit::characters};
  const auto lines = lines_of("  aä \t 漢\r\n", reading);
  CHECK(lines[0] == Tokens{"a", "ä", " ", "漢"});
  CHECK(lines.unit() == text::Unit::characters);
  CHECK(text::count_tokens(lines).unit() == text::Unit::characters);
}

TEST_CASE("what is longer than the longest is cut, and counted") {
  const auto lines = lines_of("a b c d e\na b\na b c\n", {.longest = 2});
  CHECK(lines[0] == Tokens{"a", "b"});
  CHECK(lines[1] == Tokens{"a", "b"});
  CHECK(lines.left_out.truncated == 2);
  CHECK(lines.left_out.cut_off == 4);
  CHECK_THROWS_WITH_AS(
      lines_of("a\n", {.longest = -1}),
      "reading: longest is -1: it must be 1 or more, or 0 for sentences of any length", vc::Error);
}

TEST_CASE("sentences as soon as their lines are complete") {
  const auto stream = text_stream("a b\n\nc\n");
  text::LineReader reader(stream.get(), "-", {});
  CHECK(reader.line() == 0);
  REQUIRE(reader.next());
  CHECK(reader.line() == 1);
  CHECK(reader.place().byte == 4);
  REQUIRE(reader.next());
  CHECK(reader.line() == 3);
  CHECK(reader.place().byte == 7);
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());
  reader.go_to({.byte = 4, .lines = 1});
  REQUIRE(reader.next());
  CHECK(reader.line() == 3);
  CHECK(reader.tokens().front() == "c");
}

TEST_CASE("texts that cannot be read") {
  const std::string one_a_line = ", expected sentences, one a line";
  CHECK(text_complaint("") == "train: found no sentence" + one_a_line);
  CHECK(text_complaint("\n \n") == "train: found no sentence" + one_a_line);
  CHECK(text_complaint("a\nb \xFF\n") ==
        "train:2: found an impossible byte at byte 3, expected UTF-8");
  CHECK(text_complaint("a\nb\xC3") ==
        "train:2: found a truncated character at byte 2, expected UTF-8");
  CHECK(text_complaint(std::string_view("a\nb\0c\n", 6)) ==
        "train:2: found a NUL at byte 2, expected text");
  CHECK(
      text_complaint("a\rb\n") ==
      "train:1: found a carriage return at byte 2 inside the line, expected lines that end with a "
      "newline, or with both");
  CHECK(text_complaint("\x1F\x8B\x08\n") ==
        "train:1: found gzip, expected text in UTF-8, not packed, one sentence a line");
  const std::string longest(text::longest_line, 'x');
  CHECK(text_complaint("a\n" + longest + "\n").empty());
  CHECK(text_complaint("a\n" + longest + "x\n") ==
        "train:2: found a line of more than 1048576 bytes" + one_a_line);
  CHECK(text_complaint("\x1F\x8B" + longest) ==
        "train:1: found gzip, expected text in UTF-8, not packed, one sentence a line");
}

TEST_CASE("files that cannot be opened or read") {
  CHECK_THROWS_WITH_AS(
      text::read_lines("/no/such/file"),
      "/no/such/file: found no readable file (No such file or directory), expected "
      "sentences, one a line",
      vc::InputError);
  CHECK_THROWS_WITH_AS(text::count_tokens("/"),
                       "/: found a read error (Is a directory), expected sentences, one a line",
                       vc::InputError);
}

TEST_CASE("counts of a file are those of its lines") {
  const auto counts = text::count_tokens(lines_of("a b a\nb a <unk>\n"));
  CHECK(counts.count("a") == 3);
  CHECK(counts.count("b") == 2);
  CHECK(counts.count("<unk>") == 1);
  CHECK(counts.total() == 6);
}
