// Unicode's normal forms of words: one word may be written with composed characters (NFC) and with
// letters and marks (NFD), and to a model these are two words.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace reinflection {

/// Whether words can be normalised: with the library utf8proc. Without it the functions below know
/// the letters of the Latin, Greek and Cyrillic scripts, which is enough for notes.
bool can_normalise();

/// The word with composed characters, and with marks behind their letters.
std::u32string to_nfc(std::u32string_view word);
std::u32string to_nfd(std::u32string_view word);

/// The same from the table of compositions alone.
std::u32string to_nfc_by_table(std::u32string_view word);
std::u32string to_nfd_by_table(std::u32string_view word);

/// Whether a character belongs to the letter before it.
bool is_mark(char32_t character);

/// Looks whether words are all in one normal form.
class NormalForms {
 public:
  /// \return whether the word is not in NFC
  bool add(std::u32string_view word);

  /// Whether some of the words are composed and others are not, or one letter is written in two
  /// ways.
  bool are_mixed() const { return spelled_twice_ || (composed_ && decomposed_); }

 private:
  struct Letter {
    bool is_nfc = true, is_nfd = true;
  };

  Letter letter_of(std::u32string_view written);

  std::map<std::u32string, Letter, std::less<>> letters_;  ///< with their marks, as written
  std::set<std::u32string> spelled_;                       ///< the NFC of these
  bool spelled_twice_ = false, composed_ = false, decomposed_ = false;
};

}  // namespace reinflection
