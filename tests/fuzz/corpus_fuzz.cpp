// The readers of rows, for each task, with and without answers: the first byte chooses. What is
// read can be written as a row again, becomes ids, and the ids become the words.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/features.hpp>
#include <vaecollapse/data/reinflection.hpp>
#include <vaecollapse/data/vocabulary.hpp>

#include "fuzz/support.hpp"

namespace vc = vaecollapse;

namespace {

struct Close {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

void check_row(const vc::Example& row, vc::Task task, vc::Answers answers) {
  std::string line = vc::question(row);
  if (row.has_target) line += "\t" + vc::utf8::encode(row.target);
  // Written and read as line 2, for a mark on line 1 is no part of the row.
  const vc::Example again = vc::parse_row("f", 2, line, task, answers);
  fuzz::require(again.source == row.source && again.target == row.target, "words survive");
  fuzz::require(again.tags == row.tags && again.has_target == row.has_target, "tags survive");
  fuzz::require(row.source.size() <= vc::longest_word, "words are as short as is promised");
}

void check_ids(const std::vector<vc::Example>& rows, vc::SetValues set_values) {
  const auto vocabulary = vc::Vocabulary::of(rows);
  const auto features = vc::Features::of(rows, set_values);
  const vc::Corpus corpus(rows, vocabulary, features);
  fuzz::require(corpus.unknown_characters() == 0, "the vocabulary knows its own rows");
  fuzz::require(corpus.unknown_tags() == 0, "the features know their own rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<vc::Row>(i);
    fuzz::require(vocabulary.decode(corpus.source(row)) == rows[i].source, "sources come back");
    fuzz::require(vocabulary.decode(corpus.target(row)) == rows[i].target, "targets come back");
    fuzz::require(!corpus.tags(row).empty(), "a row has a tag");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto task = static_cast<vc::Task>(1 + data[0] % 3);
  const auto answers = data[0] % 2 == 0 ? vc::Answers::required : vc::Answers::optional;
  const std::unique_ptr<std::FILE, Close> stream(
      ::fmemopen(const_cast<std::uint8_t*>(data + 1), size - 1, "rb"));
  fuzz::require(stream != nullptr, "bytes can be read as a stream");
  std::vector<vc::Example> rows;
  const auto read = [&] { rows = vc::read_rows(stream.get(), "f", task, answers); };
  if (!fuzz::takes(read, "f:")) return 0;
  for (const vc::Example& row : rows) check_row(row, task, answers);
  check_ids(rows, vc::SetValues::atomic);
  check_ids(rows, vc::SetValues::expanded);
  return 0;
}
