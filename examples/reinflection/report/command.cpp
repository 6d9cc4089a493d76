#include "report/command.hpp"

#include <cstdio>
#include <filesystem>
#include <utility>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/utf8.hpp>

#include "corpora.hpp"
#include "kit/report/data.hpp"
#include "kit/report/epochs.hpp"
#include "kit/report/folders.hpp"
#include "kit/shell.hpp"
#include "latent_space.hpp"
#include "report/comparison_part.hpp"
#include "report/run_part.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::Error;
using vaecollapse::InputError;
using vaecollapse::raise;
namespace fs = std::filesystem;

/// Read as the first of the runs was told; notes say what it does not know.
ReportWords read_words(const ReportArguments& arguments, const Description& description,
                       const std::string& model) {
  const Settings& settings = description.settings;
  kit::check_inputs({{"--data", arguments.data}, {"--latent-data", arguments.latent_data}});
  ReportWords words{
      load_data(arguments.data, reading_of(settings, arguments.format), description, model), {}};
  if (words.rows.size() < 2) {
    raise(InputError(kit::shown_name(arguments.data), 0, "a single row",
                     "two at least, to exchange their z"));
  }
  const Known known{description.vocabulary, description.features};
  words.points = read_labelled_words(
      {arguments.latent_data, latent_reading_of(settings, arguments.format), known}, arguments.data,
      words.rows, arguments.points);
  return words;
}

/// Whose words are in the maps, and what groups them.
std::string about(const ReportArguments& arguments, const LabelledWords& points) {
  if (!arguments.latent_data.empty()) {
    return "forms of " + kit::shown_name(arguments.latent_data) +
           ", labelled by their lemmas and tags";
  }
  const std::string sources = "sources of " + kit::shown_name(arguments.data);
  if (points.labellings.empty()) return sources;
  return sources + ", labelled by the tags they are to be inflected for";
}

Json points_part(const ReportArguments& arguments, const LabelledWords& words) {
  kit::ReportPoints points{about(arguments, words), {}, {}, {}};
  for (const vaecollapse::reinflection::Example& word : words.words) {
    points.words.push_back(vaecollapse::utf8::encode(word.source));
    points.gold.push_back(vaecollapse::utf8::encode(word.target));
    points.tags.push_back(word.msd);
  }
  return kit::points_part(points, words.labellings);
}

std::string command_line(const ReportArguments& arguments) {
  kit::CommandWords words("reinflect report");
  for (const std::string& run : arguments.runs) words.add("--run", run);
  words.add("--data", arguments.data);
  words.add("--latent-data", arguments.latent_data);
  words.add_count("--task", arguments.format.task, 0);
  words.add("--format", arguments.format.format);
  words.add("--columns", arguments.format.columns);
  words.add("--tag-separator", arguments.format.tag_separator);
  kit::add_report_options(words, arguments);
  return words.line();
}

/// All files are read before a model is looked at, so that a bad one is found at once.
void add_runs(const ReportArguments& arguments, const std::vector<fs::path>& folders, Json& data) {
  if (folders.empty()) return;
  if (arguments.data.empty()) {
    raise(Error("--data: found nothing, expected a file of rows with answers to look at " +
                folders.front().string() + " by"));
  }
  std::vector<TrainedModel> models;
  std::vector<kit::EpochFigures> epochs;
  for (const fs::path& folder : folders) {
    models.emplace_back(folder, arguments.threads, kit::Search{});
    epochs.push_back(kit::read_epochs(kit::folder_of(folder)));
  }
  const ReportWords words =
      read_words(arguments, models.front().description(), folders.front().string());
  for (std::size_t i = 1; i < models.size(); ++i) {
    check_match(kit::shown_name(arguments.data), words.rows, models[i].description(),
                folders[i].string());
  }
  data["data"] = {{"file", kit::shown_name(arguments.data)}, {"rows", words.rows.size()}};
  data["points"] = points_part(arguments, words.points);
  const std::vector<std::string> names = kit::short_names(folders);
  vaecollapse::Team team(static_cast<int>(arguments.threads));
  for (std::size_t i = 0; i < models.size(); ++i) {
    std::fprintf(stderr, "looking at %s\n", folders[i].c_str());
    Json run{{"name", names[i]}};
    run.update(
        run_part(models[i], folders[i], std::move(epochs[i]), words, arguments.options, team));
    data["runs"].push_back(std::move(run));
  }
}

}  // namespace

int report_command(const ReportArguments& arguments) {
  const kit::ReportFolders folders = kit::sort_folders(arguments.runs);
  Json data = kit::report_data("reinflect", command_line(arguments));
  for (const fs::path& folder : folders.comparisons) {
    data["comparisons"].push_back(comparison_part(folder));
  }
  add_runs(arguments, folders.runs, data);
  kit::write_report(arguments.out, data);
  return 0;
}

}  // namespace reinflection
