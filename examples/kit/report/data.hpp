// The data of a report as a whole, which page.hpp describes, and its file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/groupings.hpp>
#include <vaecollapse/metrics/task_progress.hpp>

#include "kit/shell.hpp"

namespace kit {

/// Without runs, comparisons and posteriors. \param command with which the report is made again
/// \param kind of the rows of all runs
nlohmann::ordered_json report_data(std::string_view program, const std::string& command,
                                   vaecollapse::RowKind kind = vaecollapse::RowKind::answer);

/// The options that every program's report has. \tparam Arguments of its `report`
template <class Arguments>
void add_report_options(CommandWords& words, const Arguments& arguments) {
  const Arguments usual;
  words.add_count("--points", arguments.points, usual.points);
  words.add_count("--samples", arguments.options.samples, usual.options.samples);
  words.add_count("--probe-rows", arguments.options.probe_rows, usual.options.probe_rows);
  words.add("--out", arguments.out);
}

/// The words of the latent maps.
struct ReportPoints {
  std::string about;  ///< whose words these are, and what groups them
  std::vector<std::string> words;
  std::vector<std::string> gold;  ///< what the model should predict
  std::vector<std::string> tags;
};

nlohmann::ordered_json points_part(const ReportPoints& points,
                                   const std::vector<vaecollapse::Labelling>& labellings);

/// Writes the page, and says on standard output what it says of each run and comparison.
/// \throws Error
void write_report(const std::filesystem::path& out, const nlohmann::ordered_json& data);

}  // namespace kit
