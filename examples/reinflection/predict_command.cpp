#include "predict_command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>

#include "corpora.hpp"

namespace reinflection {

namespace {

using vaecollapse::Corpus;
using vaecollapse::Example;
using vaecollapse::raise;
namespace utf8 = vaecollapse::utf8;

/// Enough rows for full batches of like length. Who types sees each answer at once.
std::size_t rows_at_once(const std::string& input) {
  return input == "-" && isatty(STDIN_FILENO) != 0 ? 1 : 1024;
}

bool read_some(vaecollapse::RowReader& reader, std::size_t count, std::vector<Example>& rows) {
  rows.clear();
  for (Example row; rows.size() < count && reader.next(row);) rows.push_back(std::move(row));
  return !rows.empty();
}

/// What was given, then the guess: one line for each guess, best first.
void append_lines(const Example& row, const RankedGuesses& guesses, bool scores,
                  std::string& text) {
  const std::string given = vaecollapse::question(row) + "\t";
  for (const Guess& guess : guesses) {
    text.append(given).append(utf8::encode(guess.word));
    if (scores) {
      char number[32];
      std::snprintf(number, sizeof number, "\t%.4f", guess.log_probability);
      text += number;
    }
    text += '\n';
  }
}

/// A list of guesses needs a beam that holds so many.
Search wide_enough(Search search) {
  search.beam = std::max(search.beam, search.nbest);
  return search;
}

void write(const std::string& text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return;
  }
  raise(vaecollapse::Error("standard output: cannot be written: " +
                           std::generic_category().message(errno)));
}

/// Counts what the model had to leave out of the rows.
struct Unknown {
  vaecollapse::Index characters = 0, tags = 0;

  void add(const Corpus& corpus) {
    characters += corpus.unknown_characters();
    tags += corpus.unknown_tags();
  }
  void show() const {
    if (characters + tags == 0) return;
    std::fprintf(stderr,
                 "note: the model does not know %lld characters and %lld tags of the rows\n",
                 static_cast<long long>(characters), static_cast<long long>(tags));
  }
};

}  // namespace

int predict_command(const PredictArguments& arguments) {
  TrainedModel model(arguments.model, arguments.threads, wide_enough(arguments.search));
  const Description& description = model.description();
  const auto task = task_of(arguments.task == 0 ? description.settings.task : arguments.task);
  const InputFile input = open_rows(arguments.input);
  vaecollapse::RowReader reader(input.get(), shown_name(arguments.input), task,
                                vaecollapse::Answers::optional);
  const std::size_t count = rows_at_once(arguments.input);
  Unknown unknown;
  bool any = false;
  std::vector<Example> rows;
  Corpus corpus;
  std::string text;
  while (read_some(reader, count, rows)) {
    any = true;
    corpus.clear();
    for (Example& row : rows) {
      // An answer that is there is not looked at, and its characters need not be known.
      row.target.clear();
      corpus.add(row, description.vocabulary, description.features);
    }
    const std::vector<RankedGuesses> guesses = model.guess(corpus);
    text.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      append_lines(rows[i], guesses[i], arguments.scores, text);
    }
    write(text);
    unknown.add(corpus);
  }
  if (!any) {
    raise(vaecollapse::InputError(shown_name(arguments.input), 0, "no rows",
                                  "rows with or without their answers"));
  }
  unknown.show();
  return 0;
}

}  // namespace reinflection
