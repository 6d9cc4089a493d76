#include "corpus_command.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/io/file.hpp>

#include "corpora.hpp"
#include "kit/counted.hpp"
#include "kit/standard_output.hpp"
#include "kit/written_files.hpp"
#include "notes.hpp"
#include "turkish/score.hpp"

namespace reinflection {

namespace {

void write_rows(const std::filesystem::path& file,
                const std::vector<vaecollapse::reinflection::Example>& rows) {
  vaecollapse::write_file(file, turkish::to_text(rows));
  kit::print(file.string() + ": " + kit::counted(rows.size(), "row") + "\n");
}

void write_forms(const CorpusArguments& arguments) {
  kit::refuse_to_replace(arguments.forms, arguments.overwrite);
  write_rows(arguments.forms, turkish::all_paradigms());
}

void write_corpus(const CorpusArguments& arguments) {
  const turkish::Corpus corpus = turkish::make_corpus(arguments.rows);
  const std::filesystem::path folder = arguments.out;
  const std::array<std::pair<const char*, const std::vector<vaecollapse::reinflection::Example>*>,
                   4>
      files{{{"train.tsv", &corpus.train},
             {"dev.tsv", &corpus.dev},
             {"test.tsv", &corpus.test},
             {"unseen.tsv", &corpus.unseen}}};
  for (const auto& [name, rows] : files) kit::refuse_to_replace(folder / name, arguments.overwrite);
  vaecollapse::make_folder(folder);
  for (const auto& [name, rows] : files) write_rows(folder / name, *rows);
}

}  // namespace

void check(const CorpusArguments& arguments, kit::Mistakes& mistakes) {
  const std::array given{&arguments.out, &arguments.forms, &arguments.score};
  const auto count = std::count_if(given.begin(), given.end(),
                                   [](const std::string* file) { return !file->empty(); });
  if (count == 1) return;
  mistakes.add("corpus: found " + std::string(count == 0 ? "none" : "several") +
               " of --out, --forms and --score, expected one of them");
}

int corpus_command(const CorpusArguments& arguments) {
  kit::Mistakes mistakes;
  check(arguments, mistakes);
  mistakes.raise_if_any();
  if (!arguments.out.empty()) {
    write_corpus(arguments);
  } else if (!arguments.forms.empty()) {
    write_forms(arguments);
  } else {
    // No option reads other rows, so none is named as `load_rows` names them.
    const InputFile input = open_rows(arguments.score);
    const auto rows = vaecollapse::reinflection::read_rows(
        input.get(), kit::shown_name(arguments.score), vaecollapse::reinflection::Task::inflection);
    note_rows(kit::shown_name(arguments.score), rows);
    kit::print(turkish::to_text(turkish::score_against(rows)));
  }
  return 0;
}

}  // namespace reinflection
