#include "corpora.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/augment.hpp>

#include "turkish/corpus.hpp"

namespace reinflection {

using vaecollapse::Error;
using vaecollapse::InputError;
using vaecollapse::raise;

void check_files(const Settings& settings) {
  if (settings.train.empty() == settings.dev.empty()) return;
  const char* given = settings.train.empty() ? "--dev" : "--train";
  const char* missing = settings.train.empty() ? "--train" : "--dev";
  raise(Error(std::string(given) + ": found without " + missing +
              ", expected both, or neither for the built-in corpus"));
}

TrainingRows load_training_rows(const Settings& settings) {
  check_files(settings);
  TrainingRows rows;
  if (settings.is_built_in()) {
    turkish::Corpus corpus = turkish::make_corpus();
    rows = {std::move(corpus.train), std::move(corpus.dev)};
  } else {
    const vaecollapse::Task task = task_of(settings.task);
    rows = {vaecollapse::read_file(settings.train, task),
            vaecollapse::read_file(settings.dev, task)};
  }
  if (settings.copies > 0) vaecollapse::add_copies_of_targets(rows.train);
  return rows;
}

void add_rows(vaecollapse::Hash& hash, const std::vector<vaecollapse::Example>& rows) {
  for (const vaecollapse::Example& row : rows) {
    hash.add(vaecollapse::question(row));
    hash.add(vaecollapse::utf8::encode(row.target));
  }
  hash.add(std::to_string(rows.size()));
}

vaecollapse::Task task_of(std::uint64_t number) { return static_cast<vaecollapse::Task>(number); }

void check_match(const std::string& file, const vaecollapse::Corpus& corpus,
                 const std::string& model) {
  for (vaecollapse::Row row = 0; row < vaecollapse::Row(corpus.size()); ++row) {
    if (!corpus.tags(row).empty()) return;
  }
  raise(InputError(file, 0, "no tag that the model knows",
                   "rows like those that " + model + " was trained on"));
}

InputFile open_rows(const std::string& path) {
  if (path == "-") return InputFile(stdin);
  errno = 0;
  InputFile file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    raise(InputError(path, 0, "no readable file (" + std::generic_category().message(errno) + ")",
                     "rows, or - for standard input"));
  }
  return file;
}

std::string shown_name(const std::string& path) { return path == "-" ? "standard input" : path; }

}  // namespace reinflection
