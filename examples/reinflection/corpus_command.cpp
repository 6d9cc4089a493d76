#include "corpus_command.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>

#include "turkish/score.hpp"

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;

void write_corpus(const CorpusArguments& arguments) {
  const turkish::Corpus corpus = turkish::make_corpus(arguments.rows);
  const std::filesystem::path folder = arguments.out;
  const std::array<std::pair<const char*, const std::vector<vaecollapse::Example>*>, 4> files{
      {{"train.tsv", &corpus.train},
       {"dev.tsv", &corpus.dev},
       {"test.tsv", &corpus.test},
       {"unseen.tsv", &corpus.unseen}}};
  std::error_code failure;
  for (const auto& [name, rows] : files) {
    if (arguments.overwrite || !std::filesystem::exists(folder / name, failure)) continue;
    raise(vaecollapse::InputError((folder / name).string(), 0, "a file",
                                  "none; --overwrite replaces it"));
  }
  std::filesystem::create_directories(folder, failure);
  if (failure) raise(Error(folder.string() + ": cannot be made: " + failure.message()));
  for (const auto& [name, rows] : files) {
    vaecollapse::write_file(folder / name, turkish::to_text(*rows));
    std::printf("%s: %zu rows\n", (folder / name).c_str(), rows->size());
  }
}

}  // namespace

int corpus_command(const CorpusArguments& arguments) {
  if (arguments.out.empty() == arguments.score.empty()) {
    raise(Error("corpus: found " + std::string(arguments.out.empty() ? "neither" : "both") +
                " of --out and --score, expected one of them"));
  }
  if (!arguments.out.empty()) {
    write_corpus(arguments);
  } else {
    const auto rows = vaecollapse::read_file(arguments.score, vaecollapse::Task::inflection);
    std::fputs(turkish::to_text(turkish::score_against(rows)).c_str(), stdout);
  }
  return 0;
}

}  // namespace reinflection
