#include "more_rows.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/answers.hpp>
#include <vaecollapse/tasks/reinflection/copies_of_targets.hpp>
#include <vaecollapse/tasks/reinflection/implied_rows.hpp>
#include <vaecollapse/tasks/reinflection/random_strings.hpp>

#include "also.hpp"
#include "kit/counted.hpp"
#include "notes.hpp"
#include "track.hpp"

namespace reinflection {

namespace {

using vaecollapse::InputError;
using vaecollapse::raise;
using vaecollapse::reinflection::DistinctRows;
using vaecollapse::reinflection::Example;
using vaecollapse::reinflection::HeldOutAnswers;
using vaecollapse::reinflection::Task;
namespace utf8 = vaecollapse::utf8;

/// Refuses a file that tells answers of dev.
[[noreturn]] void refuse_answers(const std::string& file, const Seen& seen) {
  std::string found = seen.first + ", which answers a row of --dev and none of --train";
  if (seen.count > 1) found += ", the first of " + std::to_string(seen.count);
  raise(
      InputError(file, seen.line, found,
                 "a file of training data: with answers of dev among the training rows, dev would "
                 "not show what the model does with words it has not seen"));
}

void refuse_answers_among(const std::string& file, const std::vector<Example>& rows,
                          const HeldOutAnswers& held_out) {
  Seen seen;
  for (const Example& row : rows) {
    if (!held_out.are_told_by(row)) continue;
    seen.add(row.line, [&] { return "'" + utf8::encode(row.target) + "' for " + row.msd; });
  }
  if (seen.count > 0) refuse_answers(file, seen);
}

/// Rows of a file for which no option names other columns.
std::vector<Example> load_other_rows(const std::string& file, const Reading& reading) {
  const InputFile input = open_rows(file);
  std::vector<Example> rows =
      vaecollapse::reinflection::read_rows(input.get(), kit::shown_name(file), reading.format);
  for (Example& row : rows) {
    row.source = normalised(std::move(row.source), reading.nfc);
    row.target = normalised(std::move(row.target), reading.nfc);
  }
  return rows;
}

/// Reads more rows, behind those that are there.
class MoreRows {
 public:
  MoreRows(const Reading& reading, TrainingRows& rows)
      : reading_(reading), rows_(rows), given_(rows.train.size()) {}

  /// Rows that follow from those of --train. \param of_words from all forms that these link
  void find_implied(bool of_words) {
    const auto given = std::span(rows_.train).first(given_);
    rows_.implied = of_words ? vaecollapse::reinflection::rows_of_linked_forms(given)
                             : vaecollapse::reinflection::implied_rows(given);
    DistinctRows known(given);
    std::erase_if(rows_.implied, [&](const Example& row) { return !known.insert(row); });
  }

  void add_file(const AlsoFile& also) {
    const Reading reading{
        {vaecollapse::reinflection::RowFormat(also.task).columns, reading_.format.tags},
        reading_.nfc};
    const std::string name = kit::shown_name(also.file);
    std::vector<Example> rows = load_other_rows(also.file, reading);
    refuse_answers_among(name, rows, held_out());
    std::vector<Example> more = also.task == Task::inflection
                                    ? vaecollapse::reinflection::implied_rows(rows)
                                    : reversed_rows(name, rows);
    rows.insert(rows.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
    add("row of " + name, "rows of " + name, std::move(rows));
  }

  void add_words(const std::string& file) {
    const std::string name = kit::shown_name(file);
    std::set<std::u32string> seen;
    Seen answers;
    std::vector<Example> rows;
    for (Example& row : load_words(file)) {
      if (held_out().hold(row.source)) {
        answers.add(row.line, [&] { return "'" + utf8::encode(row.source) + "'"; });
      }
      if (seen.insert(row.source).second) rows.push_back(copy_of_word(std::move(row)));
    }
    if (answers.count > 0) refuse_answers(name, answers);
    append("word of " + name, "words of " + name, std::move(rows));
  }

  /// \pre whatever else has targets is there
  void add_copies_of_targets() {
    const std::size_t before = rows_.train.size();
    vaecollapse::reinflection::add_copies_of_targets(rows_.train, given_);
    rows_.origins.push_back(
        kit::counted(rows_.train.size() - before, "copy of a target", "copies of targets"));
  }

 private:
  /// Adds the rows that are not there. \pre only rows added here are behind those of --train
  void add(const std::string& one, const std::string& several, std::vector<Example> rows) {
    if (!known_) known_.emplace(rows_.train);
    std::erase_if(rows, [&](const Example& row) { return !known_->insert(row); });
    append(one, several, std::move(rows));
  }

  void append(const std::string& one, const std::string& several, std::vector<Example> rows) {
    rows_.origins.push_back(kit::counted(rows.size(), one, several));
    rows_.train.insert(rows_.train.end(), std::make_move_iterator(rows.begin()),
                       std::make_move_iterator(rows.end()));
  }

  /// The rows of task 2 read backward, without those that would tell answers of dev: forms that
  /// --train holds as sources, without their tags.
  std::vector<Example> reversed_rows(const std::string& name, const std::vector<Example>& rows) {
    std::vector<Example> reversed;
    Seen left_out;
    for (const Example& row : rows) {
      Example back = vaecollapse::reinflection::reversed(row, reading_.format.tags);
      if (held_out().are_told_by(back)) {
        left_out.add(row.line, [] { return std::string(); });
      } else {
        reversed.push_back(std::move(back));
      }
    }
    write_note(name, left_out,
               kit::counted(left_out.count, "row is", "rows are") +
                   " not read backward, because the source and its tags answer a row of --dev");
    return reversed;
  }

  /// Rows with a source and nothing else.
  std::vector<Example> load_words(const std::string& file) const {
    const std::vector<vaecollapse::reinflection::NamedColumn> word{
        {vaecollapse::reinflection::Column::source, "word"}};
    return load_other_rows(file, {{word, reading_.format.tags}, reading_.nfc});
  }

  static Example copy_of_word(Example row) {
    row.msd = vaecollapse::reinflection::copy_tag;
    row.tags = {{"", row.msd}};
    row.target = row.source;
    row.has_target = true;
    return row;
  }

  const HeldOutAnswers& held_out() {
    if (!held_out_) held_out_.emplace(rows_.dev, std::span(rows_.train).first(given_));
    return *held_out_;
  }

  const Reading& reading_;
  TrainingRows& rows_;
  std::size_t given_;
  std::optional<DistinctRows> known_;
  std::optional<HeldOutAnswers> held_out_;
};

/// `212 implied rows`; of more than an epoch takes `12800 of 53032 implied rows in each epoch`.
std::string describe_implied(const TrainingRows& rows) {
  const std::string all = kit::counted(rows.implied.size(), "implied row", "implied rows");
  const auto of_epoch = static_cast<std::size_t>(rows.fresh.implied);
  if (of_epoch == rows.implied.size()) return all;
  return std::to_string(of_epoch) + " of " + all + " in each epoch";
}

}  // namespace

void add_more_rows(const Settings& settings, const Reading& reading, TrainingRows& rows) {
  rows.origins.push_back(kit::counted(rows.train.size(), "row given", "rows given"));
  const std::size_t given = rows.train.size();
  MoreRows more(reading, rows);
  const Copies copies = parse_copies(settings.copies).value();
  const std::vector<AlsoFile> files = parse_also(settings.also).value();
  if (settings.implied != "none") more.find_implied(settings.implied == "words");
  for (const AlsoFile& file : files) more.add_file(file);
  rows.fresh = {.random_strings = static_cast<vaecollapse::Index>(copies.random),
                .hallucinated = static_cast<vaecollapse::Index>(settings.hallucinate),
                .models = static_cast<vaecollapse::Index>(rows.train.size()),
                .implied = static_cast<vaecollapse::Index>(std::min(rows.implied.size(), given))};
  if (copies.words) more.add_copies_of_targets();
  if (!settings.words.empty()) more.add_words(settings.words);
}

std::string describe_rows(const Settings& settings, const TrainingRows& rows) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const std::string& origin : rows.origins) add(origin);
  const auto add_fresh = [&](vaecollapse::Index count, const char* one, const char* several) {
    const auto rows_of_kind = static_cast<std::uint64_t>(count);
    if (count > 0) add(kit::counted(rows_of_kind, one, several) + " in each epoch");
  };
  add_fresh(rows.fresh.random_strings, "random string", "random strings");
  add_fresh(rows.fresh.hallucinated, "hallucinated row", "hallucinated rows");
  if (!rows.implied.empty()) add(describe_implied(rows));
  return std::string(name_of(track_of(settings))) + " track: " + text;
}

}  // namespace reinflection
