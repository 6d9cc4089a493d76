#include "corpora.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>

#include "column_names.hpp"
#include "latents.hpp"
#include "more_rows.hpp"
#include "normal_forms.hpp"
#include "notes.hpp"
#include "turkish/corpus.hpp"

namespace reinflection {

using vaecollapse::Error;
using vaecollapse::InputError;
using vaecollapse::raise;

namespace {

using vaecollapse::reinflection::Example;

std::string rows_of(const vaecollapse::reinflection::RowFormat& format) {
  return "rows of " + vaecollapse::reinflection::describe_columns(
                          format, vaecollapse::reinflection::Answers::required);
}

/// Says of a first line that it names columns, if it does.
void raise_if_column_names(const InputError& error, std::string_view line) {
  if (!names_columns(line)) return;
  raise(Error(std::string(error.what()) +
              "; the line seems to name the columns, which no option reads: leave it out"));
}

/// Adds the options that read the rows to the message.
[[noreturn]] void raise_with_options(const vaecollapse::reinflection::RowFormatError& error,
                                     const vaecollapse::reinflection::RowFormat& own) {
  raise(Error(std::string(error.what()) + ": " + options_for(error.likely(), own)));
}

Reading with_words_of(const Settings& settings, vaecollapse::reinflection::RowFormat format) {
  const bool nfc = settings.normalise == "nfc";
  if (nfc && !can_normalise()) {
    raise(
        Error("--normalise: found 'nfc', expected none: this program was built without the library "
              "utf8proc (Debian: libutf8proc-dev)"));
  }
  return {std::move(format), nfc};
}

std::vector<Example> load_answered(const std::string& option, const std::string& file,
                                   const Reading& reading) {
  if (!reading.format.has(vaecollapse::reinflection::Column::target)) {
    raise(Error("--columns: found no target, expected one, for " + option + " has answers"));
  }
  return load_rows(file, reading);
}

void note_training_rows(const Settings& settings, const TrainingRows& rows) {
  const auto vocabulary = vaecollapse::reinflection::vocabulary_of(rows.train);
  const auto features = vaecollapse::reinflection::Features::of(rows.train);
  const Known known{vocabulary, features};
  const std::string train = kit::shown_name(settings.train), dev = kit::shown_name(settings.dev);
  note_rows(train, rows.train);
  note_rows(dev, rows.dev, &known);
  note_shared_rows(dev, rows.dev, train, rows.train);
}

/// Says how many of the rows a model was trained on, as far as its training file is there.
void note_trained_rows(const std::string& file, const std::vector<Example>& rows,
                       const Settings& settings) {
  std::error_code unknown;
  if (settings.is_built_in() || !std::filesystem::is_regular_file(settings.train, unknown)) return;
  std::vector<Example> train;
  try {
    train = load_rows(settings.train, reading_of(settings));
  } catch (const Error&) {
    return;  // it is another file by now
  }
  note_shared_rows(file, rows, settings.train, train);
}

}  // namespace

Reading reading_of(const Settings& settings) {
  return with_words_of(settings, row_format(settings));
}

Reading reading_of(const Settings& settings, const GivenFormat& given) {
  return with_words_of(settings, row_format(settings, given));
}

Reading latent_reading_of(const Settings& settings, const GivenFormat& given) {
  return with_words_of(settings, latent_row_format(settings, given));
}

void check_files(const Settings& settings) {
  kit::check_inputs(
      {{"--train", settings.train}, {"--dev", settings.dev}, {"--words", settings.words}});
  kit::check_train_and_dev(settings.train, settings.dev);
}

TrainingRows load_training_rows(Settings& settings) {
  check_files(settings);
  const Reading reading = reading_of(settings);
  TrainingRows rows;
  if (settings.is_built_in()) {
    turkish::Corpus corpus = turkish::make_corpus();
    rows = {std::move(corpus.train), std::move(corpus.dev)};
  } else {
    rows = {load_answered("--train", settings.train, reading),
            load_answered("--dev", settings.dev, reading)};
    note_training_rows(settings, rows);
  }
  settle_copies(settings, rows.train.size());
  add_more_rows(settings, reading, rows);
  return rows;
}

std::vector<Example> load_rows(const std::string& file, const Reading& reading) {
  const InputFile input = open_rows(file, rows_of(reading.format));
  RowStream stream(input.get(), kit::shown_name(file), reading,
                   vaecollapse::reinflection::Answers::required);
  std::vector<Example> rows;
  for (Example row; stream.next(row);) rows.push_back(std::move(row));
  if (rows.empty()) raise(InputError(kit::shown_name(file), 0, "no rows", rows_of(reading.format)));
  return rows;
}

std::vector<Example> load_data(const std::string& file, const Reading& reading,
                               const Description& description, const std::string& model) {
  const std::vector<Example> rows = load_answered("--data", file, reading);
  const std::string name = kit::shown_name(file);
  check_match(name, rows, description, model);
  const Known known{description.vocabulary, description.features};
  note_rows(name, rows, &known);
  note_trained_rows(name, rows, description.settings);
  return rows;
}

bool RowStream::next(Example& row) {
  try {
    if (!reader_.next(row)) return false;
  } catch (const InputError& error) {
    if (!has_read_) raise_if_column_names(error, reader_.text());
    const auto* other = dynamic_cast<const vaecollapse::reinflection::RowFormatError*>(&error);
    if (other == nullptr) throw;
    raise_with_options(*other, reading_.format);
  }
  has_read_ = true;
  row.source = normalised(std::move(row.source), reading_.nfc);
  row.target = normalised(std::move(row.target), reading_.nfc);
  return true;
}

std::u32string normalised(std::u32string word, bool nfc) {
  return nfc ? to_nfc(word) : std::move(word);
}

void add_rows(vaecollapse::Hash& hash,
              const std::vector<vaecollapse::reinflection::Example>& rows) {
  for (const vaecollapse::reinflection::Example& row : rows) {
    hash.add(vaecollapse::reinflection::question(row));
    hash.add(vaecollapse::utf8::encode(row.target));
  }
  hash.add(std::to_string(rows.size()));
}

void check_match(const std::string& file, const std::vector<Example>& rows,
                 const Description& description, const std::string& model) {
  if (description.features.size() == 0) return;
  std::vector<vaecollapse::Symbol> ids;
  for (const Example& row : rows) {
    description.features.encode(row.tags, ids);
    if (!ids.empty()) return;
  }
  raise(InputError(file, 0, "no tag that the model knows",
                   "rows like those that " + model + " was trained on"));
}

InputFile open_rows(const std::string& path, std::string_view expected) {
  if (path == "-") return InputFile(stdin);
  errno = 0;
  InputFile file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    raise(InputError(path, 0, "no readable file (" + std::generic_category().message(errno) + ")",
                     expected));
  }
  return file;
}

}  // namespace reinflection
