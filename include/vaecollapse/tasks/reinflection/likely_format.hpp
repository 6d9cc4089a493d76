// The likely format of a row that cannot be read in the expected one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/tasks/reinflection/columns.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// A format to try.
struct LikelyFormat {
  std::string columns;  ///< `source,target,tags`
  char separator = ',';

  friend bool operator==(const LikelyFormat&, const LikelyFormat&) = default;

  bool has_target() const { return columns.find("target") != std::string::npos; }
  bool has_tags() const { return columns.find("tags") != std::string::npos; }
  /// The name of the data sets with this format; empty for none in particular.
  std::string_view known_as() const {
    if (columns == "source,target") return "words without tags, as of grapheme to phoneme";
    if (separator != ';') return "";
    if (columns == "source,tags") return "UniMorph, SIGMORPHON 2017 to 2023, without the forms";
    if (columns == "source,target,tags") return "UniMorph, SIGMORPHON 2017 to 2022";
    if (columns == "source,target,tags,-") return "UniMorph with a fourth column";
    return columns == "source,tags,target" ? "SIGMORPHON 2023" : "";
  }
};

namespace detail {

/// How much a field looks like tags: 0 not at all, 1 one tag in capitals, 2 several tags or a key.
struct TagLikeness {
  int score = 0;
  char separator = ';';
};

/// `V`, `V.PTCP`, `ABL(SG;PSS(1,SG))`, `{DEF/INDEF}`, `3`.
inline bool looks_like_bare_tag(std::string_view part) {
  const bool fits = std::all_of(part.begin(), part.end(), [](char one) {
    return (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') ||
           std::string_view(".;/{}+(),|*-:_").find(one) != std::string_view::npos;
  });
  const bool has_capital =
      std::any_of(part.begin(), part.end(), [](char one) { return one >= 'A' && one <= 'Z'; });
  return fits && has_capital;
}

/// Without a blank at either end, which may stand there by mistake: `V; PST`.
inline std::string_view without_blanks(std::string_view part) {
  if (part.starts_with(' ')) part.remove_prefix(1);
  if (part.ends_with(' ')) part.remove_suffix(1);
  return part;
}

inline TagLikeness tag_likeness(std::string_view field) {
  if (field.empty()) return {};
  for (const char separator : {';', '|', ','}) {
    const auto parts = split_outside_brackets(field, {separator, /*bare=*/true});
    if (!parts) return {};
    if (are_tags(*parts, /*bare=*/false)) return {2, separator};
    // Of lists of bare tags the first is the part of speech, and stands in capitals. A comma with a
    // blank behind it is more likely one of a phrase.
    const auto tag_of = [&](std::string_view part) {
      return separator == ';' ? without_blanks(part) : part;
    };
    const auto has_words = [&](std::string_view part) {
      return tag_of(part).find(' ') != part.npos;
    };
    const bool listed =
        separator != '|' && parts->size() > 1 && looks_like_bare_tag(tag_of(parts->front()));
    if (listed && std::none_of(parts->begin(), parts->end(), has_words)) return {2, separator};
  }
  const std::size_t equals = end_of_key(field, /*bare=*/true);
  if (equals != field.npos && equals > 0 && equals + 1 < field.size()) return {2, ','};
  return {looks_like_bare_tag(field) ? 1 : 0, ';'};
}

/// The column with the only highest score, if any scores.
inline std::optional<std::size_t> column_of_tags(const std::vector<TagLikeness>& likeness) {
  const auto less = [](const TagLikeness& a, const TagLikeness& b) { return a.score < b.score; };
  const auto best = std::max_element(likeness.begin(), likeness.end(), less);
  const auto ties = std::count_if(likeness.begin(), likeness.end(), [&](const TagLikeness& other) {
    return other.score == best->score;
  });
  if (best->score == 0 || ties > 1) return std::nullopt;
  return static_cast<std::size_t>(best - likeness.begin());
}

}  // namespace detail

/// The format that a row of these fields seems to have; nothing where that cannot be told.
inline std::optional<LikelyFormat> likely_format(const std::vector<std::string_view>& fields) {
  std::vector<detail::TagLikeness> likeness;
  for (const std::string_view field : fields) likeness.push_back(detail::tag_likeness(field));
  if (fields.size() == 4 && likeness[0].score == 2 && likeness[2].score == 2) {
    return LikelyFormat{"source_tags,source,tags,target", likeness[2].separator};
  }
  if (fields.size() < 2) return std::nullopt;
  const auto tags = detail::column_of_tags(likeness);
  if (fields.size() == 2) {
    // One word in capitals in front is a word, as dictionaries of pronunciation write it.
    const bool is_word = tags && *tags == 0 && likeness[0].score < 2;
    if (!tags || is_word) return LikelyFormat{"source,target", ','};
    return LikelyFormat{*tags == 0 ? "tags,source" : "source,tags", likeness[*tags].separator};
  }
  if (!tags) return std::nullopt;
  std::string columns;
  constexpr std::array words{"source", "target"};
  for (std::size_t i = 0, word = 0; i < fields.size(); ++i) {
    columns += i > 0 ? "," : "";
    columns += i == *tags ? "tags" : word < words.size() ? words[word] : "-";
    if (i != *tags) ++word;
  }
  return LikelyFormat{columns, likeness[*tags].separator};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
