#include "predict_command.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "corpora.hpp"
#include "ensemble.hpp"
#include "kit/standard_output.hpp"
#include "notes.hpp"

namespace reinflection {

namespace {

using vaecollapse::raise;
using vaecollapse::reinflection::Corpus;
using vaecollapse::reinflection::Example;
namespace utf8 = vaecollapse::utf8;

/// Enough rows for full batches of like length. Who types sees each answer at once.
std::size_t rows_at_once(const std::string& input) {
  return input == "-" && isatty(STDIN_FILENO) != 0 ? 1 : 1024;
}

/// A row that is to be answered, and what is written before its answers.
struct Asked {
  Example row;
  long blank_lines = 0;  ///< between the row before and this one
  std::string given;     ///< the fields of its line but the target
};

/// Some rows, and the fault of the row after them if it is a bad one: the rows before it are
/// answered first, so that the output does not depend on how many are read at once.
struct Piece {
  std::vector<Asked> rows;
  std::exception_ptr fault;
};

/// The fields of a line but the target, if that is there.
std::string without_target(std::string_view line,
                           const vaecollapse::reinflection::RowFormat& format) {
  std::string given;
  const auto fields = vaecollapse::split(line, '\t');
  const bool covered = fields.size() < format.columns.size();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool is_target = format.columns[i].kind == vaecollapse::reinflection::Column::target;
    if (is_target && !covered) continue;
    given.append(fields[i]).append("\t");
  }
  return given;
}

void read_piece(RowStream& stream, const vaecollapse::reinflection::RowFormat& format,
                std::size_t count, Piece& piece) {
  piece.rows.clear();
  try {
    Asked asked;
    for (long before = stream.line(); piece.rows.size() < count && stream.next(asked.row);
         before = stream.line()) {
      // An answer that is there is not looked at, and its characters need not be known.
      asked.row.target.clear();
      asked.row.has_target = false;
      asked.blank_lines = asked.row.line - before - 1;
      asked.given = without_target(stream.text(), format);
      piece.rows.push_back(std::move(asked));
    }
  } catch (const vaecollapse::Error&) {
    piece.fault = std::current_exception();
  }
}

/// What was given, then the guess: one line for each guess, best first.
void append_lines(const std::string& given, const RankedGuesses& guesses, bool scores,
                  std::string& text) {
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
kit::Search wide_enough(kit::Search search) {
  search.beam = std::max(search.beam, search.nbest);
  return search;
}

/// Answers pieces of rows, one after the other, and keeps its memory between them.
class Predictor {
 public:
  Predictor(Ensemble& model, bool scores) : model_(model), scores_(scores) {}

  void answer(const std::vector<Asked>& rows) {
    const Description& description = model_.description();
    const Known known{description.vocabulary, description.features};
    corpus_.clear();
    for (const Asked& asked : rows) {
      corpus_.add(asked.row, description.vocabulary, description.features);
      notes_.add(asked.row);
      notes_.compare(asked.row, known);
    }
    const std::vector<RankedGuesses> guesses = model_.guess(corpus_);
    text_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      text_.append(static_cast<std::size_t>(rows[i].blank_lines), '\n');
      append_lines(rows[i].given, guesses[i], scores_, text_);
      last_line_ = rows[i].row.line;
    }
    kit::print(text_);
    kit::flush_output();
  }

  /// Answers the empty lines behind the last row, up to this line.
  void finish(long line) const {
    if (line <= last_line_) return;
    kit::print(std::string(static_cast<std::size_t>(line - last_line_), '\n'));
    kit::flush_output();
  }

  const RowNotes& notes() const { return notes_; }

 private:
  Ensemble& model_;
  bool scores_;
  Corpus corpus_;
  std::string text_;
  RowNotes notes_;
  long last_line_ = 0;
};

}  // namespace

int predict_command(const PredictArguments& arguments) {
  Ensemble model(arguments.models, arguments.threads, wide_enough(arguments.search));
  const Reading reading = reading_of(model.description().settings, arguments.format);
  const InputFile input = open_rows(arguments.input);
  const std::string name = kit::shown_name(arguments.input);
  RowStream stream(input.get(), name, reading, vaecollapse::reinflection::Answers::optional);
  const std::size_t count = rows_at_once(arguments.input);
  Predictor predictor(model, arguments.scores);
  Piece piece;
  do {
    read_piece(stream, reading.format, count, piece);
    if (!piece.rows.empty()) predictor.answer(piece.rows);
  } while (piece.fault == nullptr && piece.rows.size() == count);
  if (piece.fault == nullptr && stream.line() == 0) {
    raise(vaecollapse::InputError(name, 0, "no rows", "rows with or without their answers"));
  }
  predictor.finish(piece.fault == nullptr ? stream.line() : stream.line() - 1);
  if (piece.fault != nullptr) std::rethrow_exception(piece.fault);
  predictor.notes().show(name);
  return 0;
}

}  // namespace reinflection
