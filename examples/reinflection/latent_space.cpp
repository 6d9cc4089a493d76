#include "latent_space.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>

#include "kit/counted.hpp"

namespace reinflection {

namespace {

using vaecollapse::Labelling;
using vaecollapse::reinflection::Example;

std::string value_of(const Example& word, const std::string& key) {
  const auto found =
      std::find_if(word.tags.begin(), word.tags.end(),
                   [&](const vaecollapse::reinflection::Tag& tag) { return tag.key == key; });
  return found == word.tags.end() ? "" : found->value;
}

std::vector<Labelling> labellings_by_tags(const std::vector<Example>& words) {
  std::set<std::string> keys;
  for (const Example& word : words) {
    for (const vaecollapse::reinflection::Tag& tag : word.tags) keys.insert(tag.key);
  }
  std::vector<Labelling> labellings;
  if (keys.erase("") > 0) {
    std::vector<std::string> of_word;
    for (const Example& word : words) of_word.push_back(word.msd);
    labellings.push_back(vaecollapse::label_words("tags", of_word));
  }
  for (const std::string& key : keys) {
    std::vector<std::string> of_word;
    for (const Example& word : words) of_word.push_back(value_of(word, key));
    labellings.push_back(vaecollapse::label_words(key, of_word));
  }
  return labellings;
}

/// Different forms, by their lemmas.
std::map<std::u32string, std::vector<Example>> read_paradigms(const FormFile& file) {
  std::map<std::u32string, std::vector<Example>> paradigms;
  std::vector<Example> rows = load_rows(file.file, file.reading);
  note_rows(kit::shown_name(file.file), rows, &file.known);
  for (Example& row : rows) {
    std::vector<Example>& forms = paradigms[row.source];
    const bool known = std::any_of(forms.begin(), forms.end(),
                                   [&](const Example& form) { return form.target == row.target; });
    if (known) continue;
    row.source = row.target;
    forms.push_back(std::move(row));
  }
  return paradigms;
}

}  // namespace

LabelledWords read_labelled_forms(const FormFile& file, std::size_t most) {
  auto paradigms = read_paradigms(file);
  std::vector<std::pair<std::u32string, std::vector<Example>>> lemmas(
      std::make_move_iterator(paradigms.begin()), std::make_move_iterator(paradigms.end()));
  std::stable_sort(lemmas.begin(), lemmas.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  LabelledWords found;
  std::vector<std::string> lemma_of_word;
  for (auto& [lemma, forms] : lemmas) {
    for (Example& form : forms) {
      if (found.words.size() == most) break;
      lemma_of_word.push_back(vaecollapse::utf8::encode(lemma));
      found.words.push_back(std::move(form));
    }
  }
  found.labellings = labellings_by_tags(found.words);
  found.labellings.insert(found.labellings.begin(),
                          vaecollapse::label_words("lemma", lemma_of_word));
  return found;
}

LabelledWords label_sources(std::span<const Example> rows, std::size_t most) {
  const auto some = rows.first(std::min(rows.size(), most));
  LabelledWords found{{some.begin(), some.end()}, {}};
  found.labellings = labellings_by_tags(found.words);
  return found;
}

LabelledWords read_labelled_words(const FormFile& forms, const std::string& data,
                                  std::span<const Example> rows, std::size_t most) {
  constexpr std::size_t fewest = 6;
  LabelledWords words =
      forms.file.empty() ? label_sources(rows, most) : read_labelled_forms(forms, most);
  if (words.words.size() < fewest) {
    vaecollapse::raise(
        vaecollapse::InputError(kit::shown_name(forms.file.empty() ? data : forms.file), 0,
                                kit::counted(words.words.size(), "word") + " to look at",
                                std::to_string(fewest) + " at least"));
  }
  return words;
}

}  // namespace reinflection
