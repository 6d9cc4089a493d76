#include "column_names.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>

#include "kit/small_letter.hpp"

namespace reinflection {

namespace {

/// As `bare_name` leaves them, with blanks around.
constexpr std::string_view known_names =
    " analysis base baseform citationform feat feature form freq frequency grapheme "
    "headword id infinitive inflected inflectedform inflection input ipa lang language "
    "lemma lemme lexeme morphfeature morphologicalfeature morphology morphtag msd "
    "orthography output phoneme pos postag prediction pronunciation segmentation source "
    "sourceform sourcemsd sourcetag spelling src stem surface surfaceform tag target "
    "targetform targetmsd targettag tgt transcription trg unimorph word wordform ";

/// In small letters, without what is no letter and without the s of a plural: `# Word_Forms` is
/// `wordform`.
std::string bare_name(std::string_view field) {
  std::string name;
  for (const char one : field) {
    if (std::string_view(" _-#").find(one) != std::string_view::npos) continue;
    name += kit::small_letter(one);
  }
  if (name.size() > 3 && name.ends_with('s') && !name.ends_with("sis")) name.pop_back();
  return name;
}

}  // namespace

bool are_column_names(std::span<const std::string_view> fields) {
  std::vector<std::string> found;
  for (const std::string_view field : fields) {
    std::string name = bare_name(field);
    const bool is_known = known_names.find(" " + name + " ") != known_names.npos;
    if (!is_known || std::find(found.begin(), found.end(), name) != found.end()) return false;
    found.push_back(std::move(name));
  }
  return !found.empty();
}

bool names_columns(std::string_view line) {
  return are_column_names(vaecollapse::split(line, '\t'));
}

}  // namespace reinflection
