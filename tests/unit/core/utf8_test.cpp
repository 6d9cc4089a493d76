// Strict UTF-8: what is accepted, what is refused, and where a refusal points.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <vaecollapse/core/utf8.hpp>

namespace vc = vaecollapse;
namespace utf8 = vaecollapse::utf8;

namespace {

struct Bad {
  std::string_view text;
  std::size_t byte;
  std::string_view description;
};

constexpr Bad bad[] = {
    {"\x80", 0, "a stray continuation byte"},
    {"ab\xBF", 2, "a stray continuation byte"},
    {"\xC0\x80", 0, "an overlong encoding"},
    {"\xC1\xBF", 0, "an overlong encoding"},
    {"\xE0\x9F\xBF", 0, "an overlong encoding"},
    {"\xF0\x8F\xBF\xBF", 0, "an overlong encoding"},
    {"a\xED\xA0\x80", 1, "a surrogate"},
    {"\xED\xBF\xBF", 0, "a surrogate"},
    {"\xF4\x90\x80\x80", 0, "a code point above U+10FFFF"},
    {"\xF7\xBF\xBF\xBF", 0, "a code point above U+10FFFF"},
    {"\xF8\x88\x80\x80\x80", 0, "an impossible byte"},
    {"\xFF", 0, "an impossible byte"},
    {"\xC3", 0, "a truncated character"},
    {"a\xC3z", 1, "a truncated character"},
    {"\xE2\x82", 0, "a truncated character"},
    {"\xF0\x9F\x98", 0, "a truncated character"},
    {"\xC3\xA7\xE2\x82\xC3\xA7", 2, "a truncated character"},
};

}  // namespace

TEST_CASE("every code point goes there and back") {
  int wrong = 0;
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (!utf8::is_scalar_value(point)) continue;
    std::string text;
    utf8::encode(point, text);
    const std::size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    std::u32string back;
    const bool fine = !utf8::decode(text, back) && text.size() == length &&
                      back == std::u32string(1, point) && !utf8::validate(text);
    wrong += fine ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("bytes as the standard writes them") {
  CHECK(utf8::encode(U"aç€😀") == "a\xC3\xA7\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(utf8::decode("a\xC3\xA7\xE2\x82\xAC\xF0\x9F\x98\x80") == U"aç€😀");
  CHECK(utf8::decode("") == U"");
  CHECK(utf8::encode(U"") == "");
  CHECK(utf8::decode(std::string_view("a\0b", 3)) == std::u32string_view(U"a\0b", 3));
}

TEST_CASE("noncharacters and the ends of the ranges are text") {
  for (const char32_t point :
       {0x7FU, 0x80U, 0x7FFU, 0x800U, 0xD7FFU, 0xE000U, 0xFDD0U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    utf8::encode(point, text);
    CHECK(utf8::decode(text) == std::u32string(1, point));
  }
}

TEST_CASE("faults are found and placed") {
  for (const Bad& one : bad) {
    CAPTURE(one.description);
    const std::optional<utf8::Fault> fault = utf8::validate(one.text);
    REQUIRE(fault.has_value());
    CHECK(fault->byte == one.byte);
    CHECK(fault->description == one.description);
  }
}

TEST_CASE("decoding keeps what stands before a fault") {
  std::u32string points;
  const auto fault = utf8::decode("ev\xC3", points);
  REQUIRE(fault.has_value());
  CHECK(fault->byte == 2);
  CHECK(points == U"ev");
}

TEST_CASE("errors say what was found and where") {
  CHECK_THROWS_WITH_AS(utf8::decode("ev\xED\xA0\x80"),
                       "utf8::decode: found a surrogate at byte 2, expected UTF-8", vc::Error);
  std::string text;
  CHECK_THROWS_WITH_AS(utf8::encode(0xD800, text),
                       "utf8::encode: found 55296, expected a Unicode scalar value", vc::Error);
  CHECK_THROWS_AS(utf8::encode(0x110000, text), vc::Error);
}
