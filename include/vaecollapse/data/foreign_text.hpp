// Recognises files that hold no rows: another encoding, a compressed file, a web page.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

struct FileKind {
  std::string_view start;  ///< the bytes that it starts with
  std::string_view name;
};

/// All bytes of a literal, NULs too.
template <std::size_t Size>
constexpr std::string_view bytes(const char (&literal)[Size]) {
  return {literal, Size - 1};
}

/// The longer of two starts that are alike comes first.
inline constexpr std::array file_kinds{
    FileKind{bytes("\xFF\xFE\x00\x00"), "UTF-32 (a byte order mark)"},
    FileKind{bytes("\x00\x00\xFE\xFF"), "UTF-32 (a byte order mark)"},
    FileKind{bytes("\xFF\xFE"), "UTF-16 (a byte order mark)"},
    FileKind{bytes("\xFE\xFF"), "UTF-16 (a byte order mark)"},
    FileKind{bytes("\x1F\x8B"), "gzip"},
    FileKind{bytes("PK\x03\x04"), "a zip archive, which spreadsheets and documents are, too"},
    FileKind{bytes("\xFD\x37zXZ\x00"), "xz"},
    FileKind{bytes("\x28\xB5\x2F\xFD"), "zstd"},
    FileKind{bytes("BZh91AY&SY"), "bzip2"},
    FileKind{bytes("7z\xBC\xAF\x27\x1C"), "a 7z archive"},
    FileKind{bytes("\x04\x22\x4D\x18"), "lz4"},
    FileKind{bytes("\xD0\xCF\x11\xE0"), "an old document or spreadsheet"},
    FileKind{bytes("%PDF-"), "PDF"},
    FileKind{bytes("<!DOCTYPE"), "an HTML page"},
    FileKind{bytes("<!doctype"), "an HTML page"},
    FileKind{bytes("<html"), "an HTML page"},
    FileKind{bytes("version https://git-lfs.github.com/spec/"), "a pointer of Git LFS to the file"},
};

/// Whether every second byte of a text is NUL, from the first byte on or from the second: letters
/// in UTF-16.
inline bool looks_like_utf16(std::string_view text) {
  for (const std::size_t first : {std::size_t{0}, std::size_t{1}}) {
    std::size_t nul = 0, other = 0;
    for (std::size_t i = 0; i < text.size() && i < 256; ++i) {
      if (text[i] != '\0') continue;
      ++(i % 2 == first ? nul : other);
    }
    const std::size_t pairs = (text.size() < 256 ? text.size() : 256) / 2;
    if (pairs > 0 && 2 * nul > pairs && other == 0) return true;
  }
  return false;
}

}  // namespace detail

/// What a file is that starts with the line `text`, if it is known and no text in UTF-8; empty: it
/// may hold rows.
inline std::string_view foreign_text(std::string_view text) {
  for (const detail::FileKind& kind : detail::file_kinds) {
    if (text.starts_with(kind.start)) return kind.name;
  }
  return detail::looks_like_utf16(text) ? "UTF-16 (every second byte is NUL)" : "";
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
