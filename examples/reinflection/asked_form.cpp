#include "asked_form.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::Example;
using vaecollapse::raise;
using vaecollapse::Row;

/// Of each key one or two, which shows what an MSD is made of.
std::string some_known_tags(const vaecollapse::Features& features) {
  std::string text, key;
  int of_key = 0, shown = 0;
  for (const std::string& name : features.names()) {
    const std::string own = name.substr(0, name.find('='));
    of_key = own == key ? of_key + 1 : 1;
    key = own;
    if (of_key > 2) continue;
    if (++shown > 12) return text + ", ...";
    text.append(shown > 1 ? ", " : "").append(name);
  }
  return text;
}

[[noreturn]] void refuse_tags(std::string_view found, const Description& description) {
  raise(Error("--tags: found " + std::string(found) +
              ", expected tags that the model knows with commas between, as " +
              some_known_tags(description.features)));
}

std::vector<vaecollapse::Tag> read_tags(std::string_view msd, const Description& description) {
  std::vector<vaecollapse::Tag> tags;
  if (msd.empty()) refuse_tags("nothing", description);
  if (const auto fault = vaecollapse::parse_msd(msd, tags)) {
    raise(Error("--tags: found " + fault->found + ", expected " + fault->expected));
  }
  for (const vaecollapse::Tag& tag : tags) {
    std::vector<vaecollapse::Symbol> ids;
    if (description.features.encode(std::span(&tag, 1), ids) > 0) {
      refuse_tags("the unknown tag " + tag.name(), description);
    }
  }
  return tags;
}

}  // namespace

std::vector<Example> ask_for(std::span<const std::u32string> words, std::string_view msd,
                             const Description& description) {
  const std::vector<vaecollapse::Tag> tags = read_tags(msd, description);
  std::vector<Example> rows;
  for (const std::u32string& word : words) {
    Example row;
    row.source = word;
    row.msd = msd;
    row.tags = tags;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Guess> say(TrainedModel& model, const std::vector<Example>& rows,
                       std::span<const float> codes) {
  const Description& description = model.description();
  if (description.settings.encoder_state_bypass) {
    raise(
        Error("this model was trained with --encoder-state-bypass: what it says does not come "
              "from z alone"));
  }
  const vaecollapse::Corpus corpus(rows, description.vocabulary, description.features);
  std::vector<Row> own(rows.size());
  std::iota(own.begin(), own.end(), Row{0});
  std::vector<Guess> guesses;
  for (RankedGuesses& ranked : model.guess(corpus, codes, own)) {
    guesses.push_back(ranked.empty() ? Guess{} : std::move(ranked.front()));
  }
  return guesses;
}

void note_unknown_characters(std::span<const std::u32string> words,
                             const Description& description) {
  for (const std::u32string& word : words) {
    const bool known = std::all_of(word.begin(), word.end(), [&](char32_t character) {
      return description.vocabulary.contains(character);
    });
    if (known) continue;
    std::fprintf(stderr, "note: the model does not know all characters of %s\n",
                 vaecollapse::utf8::encode(word).c_str());
  }
}

std::u32string read_word(const std::string& option, const std::string& text) {
  if (text.empty()) raise(Error(option + ": found nothing, expected a word"));
  if (vaecollapse::utf8::validate(text)) {
    raise(Error(option + ": found bytes that are not UTF-8, expected a word"));
  }
  return vaecollapse::utf8::decode(text);
}

}  // namespace reinflection
