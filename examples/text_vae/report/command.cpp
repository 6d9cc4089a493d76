#include "text_vae/report/command.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/text.hpp>

#include "kit/compare/table.hpp"
#include "kit/inputs.hpp"
#include "kit/report/comparison_part.hpp"
#include "kit/report/data.hpp"
#include "kit/report/epochs.hpp"
#include "kit/report/folders.hpp"
#include "kit/report/sentence.hpp"
#include "kit/shell.hpp"
#include "text_vae/report/run_part.hpp"
#include "text_vae/sentences.hpp"
#include "text_vae/trained_model.hpp"

namespace text_vae {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::raise;
using Corpus = vaecollapse::text::Corpus;
namespace fs = std::filesystem;

Json figures_of(const RunResult& result) {
  const Scores& scores = result.scores;
  return {{"rate", kit::mean(scores.costs.rate)}, {"nll", kit::mean(scores.costs.nll)}};
}

Json comparison_of_report(const fs::path& folder) {
  return kit::comparison_part<Scores>(folder, {.program = "text_vae",
                                               .measures = measures(),
                                               .sentence = sentence_of,
                                               .figures = figures_of});
}

std::string report_line(const ReportArguments& arguments) {
  kit::CommandWords words("text_vae report");
  for (const std::string& run : arguments.runs) words.add("--run", run);
  words.add("--data", arguments.data);
  kit::add_report_options(words, arguments);
  return words.line();
}

/// As a model reads them, which has a vocabulary of its own.
ReportSentences read_report_sentences(const ReportArguments& arguments,
                                      const Description& description) {
  ReportSentences sentences{read_sentences(arguments.data, description), {}};
  sentences.points = spread(sentences.all, arguments.points);
  constexpr vaecollapse::Index fewest = 6;  // of a map
  if (sentences.points.size() < fewest) {
    raise(vaecollapse::InputError(kit::shown_name(arguments.data), 0,
                                  std::to_string(sentences.points.size()) + " sentences",
                                  std::to_string(fewest) + " at least"));
  }
  return sentences;
}

Json points_of(const ReportArguments& arguments, const Corpus& points,
               const Description& description) {
  kit::ReportPoints shown{
      "sentences of " + kit::shown_name(arguments.data) + ", labelled by their lengths",
      {},
      {},
      {}};
  for (vaecollapse::Row row = 0; row < vaecollapse::Row(points.size()); ++row) {
    shown.words.push_back(description.vocabulary.decode(points.source(row)));
    shown.gold.push_back(shown.words.back());
    shown.tags.emplace_back();
  }
  return kit::points_part(shown, {label_lengths(points)});
}

void add_runs(const ReportArguments& arguments, const std::vector<fs::path>& folders, Json& data) {
  if (folders.empty()) return;
  if (arguments.data.empty()) {
    raise(vaecollapse::Error("--data: found nothing, expected a file of sentences to look at " +
                             folders.front().string() + " by"));
  }
  // What cannot be shown is found before the long work on those before it.
  for (const fs::path& folder : folders) {
    TrainedModel(folder, arguments.threads).require_z("report");
  }
  const std::vector<std::string> names = kit::short_names(folders);
  vaecollapse::Team team(static_cast<int>(arguments.threads));
  for (std::size_t i = 0; i < folders.size(); ++i) {
    TrainedModel model(folders[i], arguments.threads);
    kit::EpochFigures epochs = kit::read_epochs(kit::folder_of(folders[i]));
    std::fprintf(stderr, "looking at %s\n", folders[i].c_str());
    const ReportSentences sentences = read_report_sentences(arguments, model.description());
    if (i == 0) {
      data["data"] = {{"file", kit::shown_name(arguments.data)}, {"rows", sentences.all.size()}};
      data["points"] = points_of(arguments, sentences.points, model.description());
    }
    Json run{{"name", names[i]}};
    run.update(run_part(model, folders[i], std::move(epochs), sentences, arguments.options, team));
    data["runs"].push_back(std::move(run));
  }
}

}  // namespace

std::string sentence_of(const std::vector<RunResult>& results) {
  std::vector<kit::RunUse> uses;
  for (const RunResult& result : results) {
    if (result.scores.has_z()) uses.push_back({result.method, result.has_collapsed()});
  }
  const RunResult& best = *std::min_element(
      results.begin(), results.end(), [](const RunResult& one, const RunResult& other) {
        return one.scores.perplexity < other.scores.perplexity;
      });
  return (uses.empty() ? std::string("no method has z") : kit::use_of_z(uses)) +
         vaecollapse::formatted("; the lowest perplexity, %.2f, is that of %s.",
                                best.scores.perplexity, best.method.c_str());
}

int report_command(const ReportArguments& arguments) {
  const kit::ReportFolders folders = kit::sort_folders(arguments.runs);
  Json data = kit::report_data("text_vae", report_line(arguments), vaecollapse::RowKind::sentence);
  for (const fs::path& folder : folders.comparisons) {
    data["comparisons"].push_back(comparison_of_report(folder));
  }
  add_runs(arguments, folders.runs, data);
  kit::write_report(arguments.out, data);
  return 0;
}

}  // namespace text_vae
