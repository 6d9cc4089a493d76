#include "predict_command.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>

#include "corpora.hpp"
#include "standard_output.hpp"

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

/// Some rows, and the fault of the row after them if it is a bad one: the rows before it are
/// answered first, so that the output does not depend on how many are read at once.
struct Piece {
  std::vector<Example> rows;
  std::exception_ptr fault;
};

void read_piece(vaecollapse::RowReader& reader, std::size_t count, Piece& piece) {
  piece.rows.clear();
  try {
    for (Example row; piece.rows.size() < count && reader.next(row);) {
      // An answer that is there is not looked at, and its characters need not be known.
      row.target.clear();
      piece.rows.push_back(std::move(row));
    }
  } catch (const vaecollapse::Error&) {
    piece.fault = std::current_exception();
  }
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

/// Answers pieces of rows, one after the other, and keeps its memory between them.
class Predictor {
 public:
  Predictor(TrainedModel& model, bool scores) : model_(model), scores_(scores) {}

  void answer(const std::vector<Example>& rows) {
    const Description& description = model_.description();
    corpus_.clear();
    for (const Example& row : rows) {
      corpus_.add(row, description.vocabulary, description.features);
    }
    const std::vector<RankedGuesses> guesses = model_.guess(corpus_);
    text_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      append_lines(rows[i], guesses[i], scores_, text_);
    }
    print(text_);
    flush_output();
    unknown_.add(corpus_);
  }

  const Unknown& unknown() const { return unknown_; }

 private:
  TrainedModel& model_;
  bool scores_;
  Corpus corpus_;
  std::string text_;
  Unknown unknown_;
};

}  // namespace

int predict_command(const PredictArguments& arguments) {
  TrainedModel model(arguments.model, arguments.threads, wide_enough(arguments.search));
  const Settings& settings = model.description().settings;
  const auto task = task_of(arguments.task == 0 ? settings.task : arguments.task);
  const InputFile input = open_rows(arguments.input);
  vaecollapse::RowReader reader(input.get(), shown_name(arguments.input), task,
                                vaecollapse::Answers::optional);
  const std::size_t count = rows_at_once(arguments.input);
  Predictor predictor(model, arguments.scores);
  Piece piece;
  read_piece(reader, count, piece);
  if (piece.rows.empty() && piece.fault == nullptr) {
    raise(vaecollapse::InputError(shown_name(arguments.input), 0, "no rows",
                                  "rows with or without their answers"));
  }
  for (; !piece.rows.empty(); read_piece(reader, count, piece)) {
    predictor.answer(piece.rows);
    if (piece.fault != nullptr) break;
  }
  if (piece.fault != nullptr) std::rethrow_exception(piece.fault);
  predictor.unknown().show();
  return 0;
}

}  // namespace reinflection
