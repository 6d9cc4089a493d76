// Small letters of capital ones.
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/core/lower_case.hpp>
#include <vaecollapse/core/utf8.hpp>

namespace vc = vaecollapse;

namespace {

std::string lowered(std::string text) {
  vc::lower_case(text);
  return text;
}

}  // namespace

TEST_CASE("capital letters of five alphabets become small ones") {
  CHECK(lowered("The CAT [unk] 42") == "the cat [unk] 42");
  CHECK(lowered("ÀÞ×ß ŸŽŁŃŁ ẞẼỸ") == "àþ×ß ÿžłńł ßẽỹ");
  CHECK(lowered("ΆΈΌΏ ΑΩ ΪΫ σς") == "άέόώ αω ϊϋ σς");
  CHECK(lowered("ЀЏ АЯ Ѡ Ӏ Ӂ Ӑ Ԯ") == "ѐџ ая ѡ ӏ ӂ ӑ ԯ");
  CHECK(lowered("ԱՖ") == "աֆ");
  CHECK(lowered("İ") == "i");
  CHECK(lowered("漢字 한글 ٣") == "漢字 한글 ٣");
  CHECK(lowered("").empty());
}

TEST_CASE("what is small stays as it is, whatever character it is") {
  int capitals = 0;
  for (char32_t letter = 0; letter < 0x3000; ++letter) {
    const char32_t small = vc::lower_case(letter);
    CAPTURE(std::uint32_t{letter});
    CHECK(vc::lower_case(small) == small);
    CHECK(vc::utf8::is_scalar_value(small) == vc::utf8::is_scalar_value(letter));
    if (small != letter) ++capitals;
  }
  // Python 3.11 counts as many in these alphabets: str.lower() is another single character, or
  // begins with `i` for U+0130.
  CHECK(capitals == 462);
}
