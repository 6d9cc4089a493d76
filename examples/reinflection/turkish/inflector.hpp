// A Turkish noun inflector. Suffixes are written as grammars of Turkish write them: A is a or e,
// I one of ı i u ü, D is d or t, and a letter in front in parentheses is a buffer, there only
// where two vowels, or two consonants, would meet: `lAr`, `(I)mIz`, `(s)I`, `(y)A`, `DAn`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "turkish/features.hpp"

namespace reinflection::turkish {

/// Whether a final p, ç, t, k, g becomes b, c, d, ğ, ğ before a vowel.
enum class Softening {
  by_rule,  ///< after two syllables or more: ç, k, p, and the g of `psikolog`; never t
  always,   ///< `kap`, `renk`, `damat`
  never,    ///< `hukuk`
};

/// A noun and what its dictionary entry has to say beside its spelling.
struct Noun {
  std::u32string stem;  ///< the headword; of a compound, the headword without its ending
  Softening softening = Softening::by_rule;
  bool drops_vowel = false;  ///< `burun`, `burnu`
  bool doubles = false;      ///< `hak`, `hakkı`
  bool front = false;        ///< takes front vowels after a back one: `saat`, `saati`
  bool takes_y = false;      ///< `su`, `suyu`
  bool compound = false;     ///< carries the third person's ending already: `gözyaş` + `ı`
};

namespace detail {

inline bool is_one_of(char32_t letter, std::u32string_view letters) {
  return letters.find(letter) != std::u32string_view::npos;
}
inline bool is_vowel(char32_t letter) { return is_one_of(letter, U"aeıioöuüâîû"); }
inline bool is_front(char32_t vowel) { return is_one_of(vowel, U"eiöüî"); }
inline bool is_rounded(char32_t vowel) { return is_one_of(vowel, U"oöuüû"); }
inline bool is_voiceless(char32_t letter) { return is_one_of(letter, U"çfhkpsşt"); }

inline std::size_t last_vowel(std::u32string_view text) {
  std::size_t at = text.size();
  while (at > 0 && !is_vowel(text[at - 1])) --at;
  return at == 0 ? std::u32string_view::npos : at - 1;
}

inline bool ends_in_vowel(std::u32string_view text) {
  return !text.empty() && is_vowel(text.back());
}

inline bool softens(const Noun& noun) {
  if (noun.softening != Softening::by_rule) return noun.softening == Softening::always;
  const auto vowels = std::count_if(noun.stem.begin(), noun.stem.end(), is_vowel);
  return vowels > 1 && (is_one_of(noun.stem.back(), U"çkp") || noun.stem.ends_with(U"og"));
}

/// Softens the last letter; k after n becomes g: `rengi`.
inline void soften(std::u32string& text) {
  constexpr std::array<std::pair<char32_t, char32_t>, 5> changes{
      {{U'p', U'b'}, {U'ç', U'c'}, {U't', U'd'}, {U'k', U'ğ'}, {U'g', U'ğ'}}};
  const bool after_n = text.ends_with(U"nk");
  for (const auto& [hard, soft] : changes) {
    if (text.back() != hard) continue;
    text.back() = after_n ? U'g' : soft;
    return;
  }
}

/// The stem as it stands before a vowel.
inline std::u32string stem_before_vowel(const Noun& noun) {
  std::u32string text = noun.stem;
  if (noun.takes_y) return text + U'y';
  if (noun.drops_vowel && last_vowel(text) != std::u32string_view::npos) {
    text.erase(last_vowel(text), 1);
  }
  if (text.empty()) return text;
  if (softens(noun)) soften(text);
  if (noun.doubles) text.push_back(text.back());
  return text;
}

/// A word that grows by suffixes.
class Word {
 public:
  explicit Word(const Noun& noun)
      : text_(noun.stem), before_vowel_(stem_before_vowel(noun)), front_(noun.front) {
    const std::size_t at = last_vowel(text_);
    if (at == std::u32string_view::npos) return;
    front_ = front_ || is_front(text_[at]);
    rounded_ = is_rounded(text_[at]);
  }

  Word& add(std::u32string_view suffix) {
    if (suffix.empty()) return *this;
    if (suffix.front() == U'(') {
      const char32_t buffer = suffix[1];
      suffix.remove_prefix(3);
      if (needs_buffer(buffer, suffix)) return attach(std::u32string(1, buffer).append(suffix));
    }
    return attach(suffix);
  }

  const std::u32string& text() const { return text_; }

 private:
  static bool begins_with_vowel(std::u32string_view suffix) {
    return suffix.front() == U'A' || suffix.front() == U'I';
  }

  // A buffer vowel keeps consonants apart, a buffer consonant vowels. Which form of the stem the
  // suffix would meet without its buffer matters for `su` alone: `suyun`, but `suydu`.
  bool needs_buffer(char32_t buffer, std::u32string_view rest) const {
    if (buffer == U'I') return !ends_in_vowel(before_vowel_);
    return ends_in_vowel(begins_with_vowel(rest) ? before_vowel_ : text_);
  }

  Word& attach(std::u32string_view suffix) {
    if (begins_with_vowel(suffix)) text_ = before_vowel_;
    for (const char32_t letter : suffix) append(letter);
    before_vowel_ = text_;
    return *this;
  }

  void append(char32_t letter) {
    const bool hard = !text_.empty() && is_voiceless(text_.back());
    switch (letter) {
      case U'A':
        letter = front_ ? U'e' : U'a';
        break;
      case U'I':
        letter = close_vowel();
        break;
      case U'D':
        letter = hard ? U't' : U'd';
        break;
      default:
        break;
    }
    text_.push_back(letter);
    if (is_vowel(letter)) rounded_ = is_rounded(letter);
  }

  char32_t close_vowel() const {
    if (rounded_) return front_ ? U'ü' : U'u';
    return front_ ? U'i' : U'ı';
  }

  std::u32string text_;
  std::u32string before_vowel_;
  bool front_;            // all suffixes agree with the stem in this,
  bool rounded_ = false;  // but each close vowel with the vowel before it
};

inline std::u32string_view possessor_suffix(Possessor possessor) {
  switch (possessor) {
    case Possessor::none:
      break;
    case Possessor::my:
      return U"(I)m";
    case Possessor::your:
      return U"(I)n";
    case Possessor::his:
    case Possessor::their:
      return U"(s)I";
    case Possessor::our:
      return U"(I)mIz";
    case Possessor::your_all:
      return U"(I)nIz";
  }
  return {};
}

/// After a third person's ending the cases begin with n: `evi`, `evinde`.
inline std::u32string_view case_suffix(Case grammatical_case, bool after_third_person) {
  switch (grammatical_case) {
    case Case::nominative:
      break;
    case Case::accusative:
      return after_third_person ? U"nI" : U"(y)I";
    case Case::dative:
      return after_third_person ? U"nA" : U"(y)A";
    case Case::essive:
      return after_third_person ? U"ndA" : U"DA";
    case Case::ablative:
      return after_third_person ? U"ndAn" : U"DAn";
    case Case::genitive:
      return U"(n)In";
  }
  return {};
}

/// The subject's ending. The shared task's tables number the noun, and their subjects are all
/// plural: `öğretmeniz` is num=SG, `öğretmenleriz` num=PL. A plural noun takes no second -lAr.
inline void add_subject(Word& word, const Features& features) {
  const bool past = features.predicate == Predicate::past;
  switch (features.person) {
    case Person::first:
      word.add(past ? U"k" : U"(y)Iz");
      break;
    case Person::second:
      word.add(past ? U"nIz" : U"sInIz");
      break;
    case Person::third:
      if (features.number == Number::singular) word.add(U"lAr");
      break;
  }
}

inline void add_predicate(Word& word, const Features& features) {
  switch (features.predicate) {
    case Predicate::none:
      return;
    case Predicate::present: {
      const bool they = features.person == Person::third && features.number == Number::plural;
      if (they) word.add(U"DIr");
      break;
    }
    case Predicate::past:
      word.add(U"(y)DI");
      break;
    case Predicate::reported:
      word.add(U"(y)mIş");
      break;
  }
  add_subject(word, features);
}

}  // namespace detail

/// The form of `noun` in one cell of its paradigm.
inline std::u32string inflect(const Noun& noun, const Features& features) {
  const bool bare = features.possessor == Possessor::none;
  const Possessor possessor = noun.compound && bare ? Possessor::his : features.possessor;
  const bool third = possessor == Possessor::his || possessor == Possessor::their;
  detail::Word word(noun);
  // `their house` and `their houses` are both `evleri`: -lAr stands once.
  if (features.number == Number::plural || possessor == Possessor::their) word.add(U"lAr");
  word.add(detail::possessor_suffix(possessor));
  word.add(detail::case_suffix(features.grammatical_case, third));
  detail::add_predicate(word, features);
  return word.text();
}

/// The form under which a dictionary lists the noun.
inline std::u32string headword(const Noun& noun) { return inflect(noun, {}); }

}  // namespace reinflection::turkish
