// Normal forms: what is composed and decomposed, by the table and by the library, and whether words
// are in two of them.
#include "normal_forms.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "compositions.hpp"

using namespace reinflection;

namespace {

bool are_mixed(std::initializer_list<std::u32string_view> words) {
  NormalForms forms;
  for (const std::u32string_view word : words) forms.add(word);
  return forms.are_mixed();
}

}  // namespace

TEST_CASE("normal forms: the table composes and decomposes letters with marks") {
  CHECK(to_nfc_by_table(U"go\u0308l") == U"g\u00F6l");
  CHECK(to_nfd_by_table(U"g\u00F6l") == U"go\u0308l");
  CHECK(to_nfc_by_table(U"\u0438\u0306") == U"\u0439");
  CHECK(to_nfd_by_table(U"\u1EAD") == U"a\u0323\u0302");  // a with dot below and circumflex
  CHECK(to_nfc_by_table(U"a\u0323\u0302") == U"\u1EAD");
  CHECK(to_nfc_by_table(U"\u0254\u0300") == U"\u0254\u0300");  // there is no composed one
  CHECK_FALSE(compose(U'k', U'\u0308'));
  CHECK_FALSE(decompose(U'k'));
  CHECK_FALSE(decompose(U'\u0131'));
}

TEST_CASE("normal forms: words of one form are not mixed") {
  CHECK_FALSE(are_mixed({U"ev", U"kitap"}));
  CHECK_FALSE(are_mixed({U"g\u00F6l", U"\u00FCz\u00FCm"}));
  CHECK_FALSE(are_mixed({U"go\u0308l", U"u\u0308zu\u0308m"}));
  // A letter for which there is no composed one stands with its mark in NFC, too.
  CHECK_FALSE(are_mixed({U"\u0254\u0300b\u00E8"}));
}

TEST_CASE("normal forms: words of two forms are mixed, of one letter or of two") {
  CHECK(are_mixed({U"g\u00F6l", U"go\u0308l"}));
  CHECK(are_mixed({U"g\u00F6l", U"u\u0308zu\u0308m"}));
  CHECK(are_mixed({U"go\u0308l g\u00F6l"}));
  CHECK(are_mixed({U"\u043C\u043E\u0439", U"\u043C\u043E\u0438\u0306"}));
  CHECK(are_mixed({U"\u1EAD", U"a\u0323\u0302"}));
}

TEST_CASE("normal forms: a word says whether it is in NFC") {
  NormalForms forms;
  CHECK_FALSE(forms.add(U"ev"));
  CHECK_FALSE(forms.add(U"g\u00F6l"));
  CHECK(forms.add(U"go\u0308l"));
}

TEST_CASE("normal forms: the library agrees with the table, and knows all scripts") {
  if (!can_normalise()) {
    MESSAGE("skipped: this build is without utf8proc");
    return;
  }
  for (char32_t one = 0xC0; one < 0x2000; ++one) {
    const std::u32string letter(1, one);
    if (!decompose(one)) continue;
    CAPTURE(static_cast<unsigned>(one));
    CHECK(to_nfd(letter) == to_nfd_by_table(letter));
    CHECK(to_nfc(to_nfd(letter)) == letter);
  }
  CHECK(to_nfc(U"\u1112\u1161\u11AB") == U"\uD55C");  // Hangul
  CHECK(to_nfc(U"\u212B") == U"\u00C5");              // the sign for angstroms
  CHECK(to_nfc(U"a\u0302\u0323") == U"\u1EAD");       // marks are sorted
  CHECK(to_nfc(U"ev") == U"ev");
  CHECK(are_mixed({U"\u03AC", U"\u1F71"}));                    // Greek: tonos and oxia
  CHECK(are_mixed({U"\u0958\u093E", U"\u0915\u093C\u0964"}));  // Devanagari
  CHECK_FALSE(are_mixed({U"\u0958", U"\u0958\u093E"}));
}
