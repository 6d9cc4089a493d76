#include "normal_forms.hpp"

#include <algorithm>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>

#include "compositions.hpp"

#if REINFLECT_HAS_UTF8PROC
#include <cstdlib>
#include <memory>
#include <utf8proc.h>
#endif

namespace reinflection {

namespace {

/// Nothing below U+00C0 is composed or a mark.
bool is_plain(std::u32string_view word) {
  return std::all_of(word.begin(), word.end(), [](char32_t one) { return one < 0xC0; });
}

bool is_in_block_of_marks(char32_t character) { return character >= 0x0300 && character <= 0x036F; }

#if REINFLECT_HAS_UTF8PROC
struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

std::u32string normalise(std::u32string_view word, utf8proc_option_t form) {
  const std::string bytes = vaecollapse::utf8::encode(word);
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                   static_cast<utf8proc_ssize_t>(bytes.size()), &result,
                   static_cast<utf8proc_option_t>(form | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owned(result);
  if (size < 0) vaecollapse::raise(vaecollapse::Error(utf8proc_errmsg(size)));
  return vaecollapse::utf8::decode(
      {reinterpret_cast<const char*>(result), static_cast<std::size_t>(size)});
}
#endif

}  // namespace

std::u32string to_nfc_by_table(std::u32string_view word) {
  std::u32string composed;
  for (const char32_t one : word) {
    const auto both = composed.empty() ? std::nullopt : compose(composed.back(), one);
    if (both) {
      composed.back() = *both;
    } else {
      composed.push_back(one);
    }
  }
  return composed;
}

std::u32string to_nfd_by_table(std::u32string_view word) {
  std::u32string decomposed;
  for (char32_t one : word) {
    std::u32string marks;
    for (auto parts = decompose(one); parts; parts = decompose(one)) {
      marks.insert(marks.begin(), parts->mark);
      one = parts->letter;
    }
    decomposed.append(1, one).append(marks);
  }
  return decomposed;
}

#if REINFLECT_HAS_UTF8PROC
bool can_normalise() { return true; }

std::u32string to_nfc(std::u32string_view word) {
  return is_plain(word) ? std::u32string(word) : normalise(word, UTF8PROC_COMPOSE);
}

std::u32string to_nfd(std::u32string_view word) {
  return is_plain(word) ? std::u32string(word) : normalise(word, UTF8PROC_DECOMPOSE);
}

bool is_mark(char32_t character) {
  if (character < 0xC0) return false;
  // The vowels and final consonants of Hangul join the consonant before them.
  if (is_in_block_of_marks(character) || (character >= 0x1160 && character <= 0x11FF)) return true;
  const utf8proc_category_t kind = utf8proc_category(static_cast<utf8proc_int32_t>(character));
  return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_MC;
}
#else
bool can_normalise() { return false; }

std::u32string to_nfc(std::u32string_view word) { return to_nfc_by_table(word); }

std::u32string to_nfd(std::u32string_view word) { return to_nfd_by_table(word); }

bool is_mark(char32_t character) { return is_in_block_of_marks(character); }
#endif

bool NormalForms::add(std::u32string_view word) {
  if (is_plain(word)) return false;
  bool is_nfc = true, is_nfd = true;
  for (std::size_t begin = 0; begin < word.size();) {
    // Every beginning of a letter with marks: a mark may be written in two ways before another.
    std::size_t size = 1;
    Letter letter = letter_of(word.substr(begin, size));
    while (begin + size < word.size() && is_mark(word[begin + size])) {
      letter = letter_of(word.substr(begin, ++size));
    }
    is_nfc = is_nfc && letter.is_nfc;
    is_nfd = is_nfd && letter.is_nfd;
    begin += size;
  }
  composed_ |= is_nfc && !is_nfd;
  decomposed_ |= !is_nfc;
  return !is_nfc;
}

NormalForms::Letter NormalForms::letter_of(std::u32string_view written) {
  if (is_plain(written)) return {};
  const auto known = letters_.find(written);
  if (known != letters_.end()) return known->second;
  const std::u32string nfc = to_nfc(written);
  spelled_twice_ |= !spelled_.insert(nfc).second;
  const Letter letter{nfc == written, to_nfd(written) == written};
  letters_.emplace(written, letter);
  return letter;
}

}  // namespace reinflection
