// The readers of rows, for each task and for other columns, with and without answers: the first
// byte chooses. What is read can be written as a row again, becomes ids, and the ids become the
// words.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "fuzz/support.hpp"

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

namespace {

struct Close {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

reinflection::RowFormat format_with(std::string_view list, char separator) {
  std::vector<reinflection::NamedColumn> columns;
  fuzz::require(!reinflection::parse_columns(list, columns), "the columns are columns");
  return {columns, {separator, /*bare=*/true}};
}

/// The first six bytes are the tasks, each with and without answers.
reinflection::RowFormat format_of(unsigned chosen) {
  if (chosen < 6) return static_cast<reinflection::Task>(1 + chosen % 3);
  switch (chosen / 2 % 5) {
    case 0:
      return format_with("source,target,tags", ';');
    case 1:
      return format_with("source,tags,target", ',');
    case 2:
      return format_with("source,target", ',');
    case 3:
      return format_with("source_tags,-,target,tags,source", '|');
    default:
      return format_with("source,target,tags,-", ';');
  }
}

/// The row as a line; what is skipped is lost.
std::string line_of(const reinflection::Example& row, const reinflection::RowFormat& format) {
  std::string line;
  bool is_first = true;
  for (const auto& [kind, name] : format.columns) {
    if (kind == reinflection::Column::target && !row.has_target) continue;
    if (!is_first) line += "\t";
    is_first = false;
    if (kind == reinflection::Column::source) line += vc::utf8::encode(row.source);
    if (kind == reinflection::Column::target) line += vc::utf8::encode(row.target);
    if (kind == reinflection::Column::tags) line += row.msd;
    if (kind == reinflection::Column::source_tags) line += row.source_msd;
  }
  return line;
}

void check_row(const reinflection::Example& row, const reinflection::RowFormat& format,
               reinflection::Answers answers) {
  // Written and read as line 2, for a mark on line 1 is no part of the row.
  const reinflection::Example again =
      reinflection::parse_row("f", 2, line_of(row, format), format, answers);
  fuzz::require(again.source == row.source && again.target == row.target, "words survive");
  fuzz::require(again.tags == row.tags && again.has_target == row.has_target, "tags survive");
  fuzz::require(row.source.size() <= reinflection::longest_word,
                "words are as short as is promised");
  fuzz::require(row.source.find(U'\r') == row.source.npos, "no word has a carriage return");
}

void check_ids(const std::vector<reinflection::Example>& rows, reinflection::SetValues set_values) {
  const auto vocabulary = reinflection::vocabulary_of(rows);
  const auto features = reinflection::Features::of(rows, set_values);
  const reinflection::Corpus corpus(rows, vocabulary, features);
  fuzz::require(corpus.unknown_characters() == 0, "the vocabulary knows its own rows");
  fuzz::require(corpus.unknown_tags() == 0, "the features know their own rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<vc::Row>(i);
    fuzz::require(vocabulary.decode(corpus.source(row)) == rows[i].source, "sources come back");
    fuzz::require(vocabulary.decode(corpus.target(row)) == rows[i].target, "targets come back");
    if (set_values == reinflection::SetValues::atomic) {
      fuzz::require(corpus.tags(row).empty() == rows[i].tags.empty(), "a row with a tag has one");
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const reinflection::RowFormat format = format_of(data[0]);
  const auto answers =
      data[0] % 2 == 0 ? reinflection::Answers::required : reinflection::Answers::optional;
  const std::unique_ptr<std::FILE, Close> stream(
      ::fmemopen(const_cast<std::uint8_t*>(data + 1), size - 1, "rb"));
  fuzz::require(stream != nullptr, "bytes can be read as a stream");
  std::vector<reinflection::Example> rows;
  const auto read = [&] { rows = reinflection::read_rows(stream.get(), "f", format, answers); };
  if (!fuzz::takes(read, "f:")) return 0;
  for (const reinflection::Example& row : rows) check_row(row, format, answers);
  check_ids(rows, reinflection::SetValues::atomic);
  check_ids(rows, reinflection::SetValues::expanded);
  return 0;
}
