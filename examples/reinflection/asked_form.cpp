#include "asked_form.hpp"

#include <numeric>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "corpora.hpp"
#include "notes.hpp"

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;
using vaecollapse::Row;
using vaecollapse::reinflection::Example;

/// Of each key one or two, which shows what an MSD is made of.
std::string some_known_tags(const vaecollapse::reinflection::Features& features) {
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

[[noreturn]] void refuse_tags(std::string_view found, char separator,
                              const Description& description) {
  if (description.features.size() == 0) {
    raise(Error("--tags: found " + std::string(found) + ", expected none: the model has no tags"));
  }
  const std::string between = separator == ',' ? "commas" : "'" + std::string(1, separator) + "'";
  raise(Error("--tags: found " + std::string(found) + ", expected tags that the model knows with " +
              between + " between, as " + some_known_tags(description.features)));
}

}  // namespace

AskedForm read_form(const std::string& msd, const Description& description) {
  const vaecollapse::reinflection::TagSyntax syntax = row_format(description.settings).tags;
  AskedForm form{msd, {}};
  if (msd.empty()) {
    if (description.features.size() == 0) return form;
    refuse_tags("nothing", syntax.separator, description);
  }
  if (const auto fault = vaecollapse::reinflection::parse_msd(msd, syntax, form.tags)) {
    raise(Error("--tags: found " + fault->found + ", expected " + fault->expected));
  }
  if (form.tags.empty()) refuse_tags("no tag in '" + msd + "'", syntax.separator, description);
  for (const vaecollapse::reinflection::Tag& tag : form.tags) {
    std::vector<vaecollapse::Symbol> ids;
    if (description.features.encode(std::span(&tag, 1), ids) > 0) {
      refuse_tags("the unknown tag " + tag.name(), syntax.separator, description);
    }
  }
  return form;
}

std::vector<Example> ask_for(std::span<const std::u32string> words, const AskedForm& form) {
  std::vector<Example> rows;
  for (const std::u32string& word : words) {
    Example row;
    row.source = word;
    row.msd = form.msd;
    row.tags = form.tags;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Guess> say(TrainedModel& model, const std::vector<Example>& rows,
                       const TrainedModel::LatentView& codes, const kit::Sampling& sampling) {
  const Description& description = model.description();
  if (description.settings.encoder_state_bypass) {
    raise(
        Error("this model was trained with --encoder-state-bypass: its words do not come from z "
              "alone"));
  }
  const vaecollapse::reinflection::Corpus corpus(rows, description.vocabulary,
                                                 description.features);
  std::vector<Row> own(rows.size());
  std::iota(own.begin(), own.end(), Row{0});
  if (sampling.temperature > 0) return model.draw(corpus, codes, own, sampling);
  std::vector<Guess> guesses;
  for (RankedGuesses& ranked : model.guess(corpus, codes, own)) {
    guesses.push_back(ranked.empty() ? Guess{} : std::move(ranked.front()));
  }
  return guesses;
}

void note_unknown_characters(std::span<const std::u32string> words,
                             const Description& description) {
  for (const std::u32string& word : words) {
    Seen unknown;
    for (const char32_t character : word) {
      if (description.vocabulary.contains(character)) continue;
      unknown.add(0, [&] { return show_character(character); });
    }
    write_note(vaecollapse::utf8::encode(word), unknown, note_of_characters(unknown));
  }
}

std::u32string as_rows(std::u32string word, const Description& description) {
  return normalised(std::move(word), reading_of(description.settings).nfc);
}

std::u32string read_word(const std::string& option, const std::string& text) {
  if (text.empty()) raise(Error(option + ": found nothing, expected a word"));
  if (vaecollapse::utf8::validate(text)) {
    raise(Error(option + ": found bytes that are not UTF-8, expected a word"));
  }
  return vaecollapse::utf8::decode(text);
}

}  // namespace reinflection
