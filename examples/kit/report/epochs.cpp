#include "kit/report/epochs.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/runs/metrics_json.hpp>

#include "kit/counted.hpp"
#include "kit/numbers.hpp"

namespace kit {

using Json = nlohmann::ordered_json;

namespace {

using vaecollapse::InputError;
using vaecollapse::raise;

/// The lines of a text, of which the last may end or not.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines = vaecollapse::split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

Json from_json_lines(const std::string& file, std::string_view text) {
  Json epochs = Json::array();
  long line = 0;
  for (const std::string_view row : lines_of(text)) {
    ++line;
    vaecollapse::epoch_from_json(file + ":" + std::to_string(line),
                                 row);  // refuses what is no epoch
    epochs.push_back(Json::parse(row));
  }
  return epochs;
}

Json from_csv(const std::string& file, std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  Json epochs = Json::array();
  if (lines.empty()) return epochs;
  const std::vector<std::string_view> names = vaecollapse::split(lines.front(), ',');
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string_view> cells = vaecollapse::split(lines[i], ',');
    if (cells.size() != names.size()) {
      raise(InputError(file, static_cast<long>(i) + 1, counted(cells.size(), "column"),
                       std::to_string(names.size())));
    }
    Json epoch = Json::object();
    for (std::size_t c = 0; c < names.size(); ++c) {
      double number = 0;
      const char* end = cells[c].data() + cells[c].size();
      if (from_chars(cells[c].data(), end, number).ptr != end) {
        raise(InputError(file, static_cast<long>(i) + 1, "'" + std::string(cells[c]) + "'",
                         "a number in column " + std::to_string(c + 1)));
      }
      epoch[std::string(names[c])] = number;
    }
    epochs.push_back(std::move(epoch));
  }
  return epochs;
}

}  // namespace

EpochFigures read_epochs(const std::filesystem::path& folder) {
  const std::filesystem::path lines = folder / "metrics.jsonl", table = folder / "metrics.csv";
  std::error_code unknown;
  if (std::filesystem::exists(lines, unknown)) {
    return {from_json_lines(lines.string(), vaecollapse::read_text_file(lines)), ""};
  }
  if (std::filesystem::exists(table, unknown)) {
    return {from_csv(table.string(), vaecollapse::read_text_file(table)),
            "The folder has no metrics.jsonl: the KL of each dimension over training is not "
            "known, and the curves come from metrics.csv."};
  }
  return {Json::array(), "The folder has neither metrics.jsonl nor metrics.csv: no curves."};
}

std::optional<double> accuracy_gain(const EpochFigures& figures) {
  const std::size_t epochs = figures.epochs.size();
  if (epochs < 2) return std::nullopt;
  const std::size_t last = std::max<std::size_t>(epochs / 5, 1);
  const Json before = figures.epochs[epochs - 1 - last].value("dev_accuracy", Json());
  const Json after = figures.epochs[epochs - 1].value("dev_accuracy", Json());
  if (!before.is_number() || !after.is_number()) return std::nullopt;
  return (after.get<double>() - before.get<double>()) / static_cast<double>(last);
}

std::optional<std::uint64_t> planned_steps(const EpochFigures& figures, std::uint64_t epochs) {
  if (figures.epochs.empty()) return std::nullopt;
  const Json& first = figures.epochs.front();
  const Json step = first.value("step", Json()), epoch = first.value("epoch", Json());
  if (!step.is_number() || epoch != 1) return std::nullopt;
  return epochs * static_cast<std::uint64_t>(step.get<double>());
}

std::filesystem::path folder_of(const std::filesystem::path& model) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(model, unknown) ? model.parent_path() : model;
}

}  // namespace kit
