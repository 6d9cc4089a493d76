// The folders that a report is about: of runs, and of comparisons with runs in them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kit {

/// Whether a comparison has filled the folder.
bool is_comparison(const std::filesystem::path& folder);

struct ReportFolders {
  std::vector<std::filesystem::path> runs, comparisons;
};

ReportFolders sort_folders(const std::vector<std::string>& given);

/// The line of compare.csv that a run has, by its `result.json`.
using LineOf = std::function<std::string(const std::filesystem::path& result)>;

/// The folders of the runs in compare.csv, in its order. Others in the folder, older ones with
/// other settings, are left out. \param program for messages \throws InputError for a run that is
/// not there, and where there is none
std::vector<std::filesystem::path> compared_runs(const std::filesystem::path& folder,
                                                 std::string_view program, const LineOf& line_of);

/// The last parts of paths, or the whole paths where these are not enough to tell them apart.
std::vector<std::string> short_names(const std::vector<std::filesystem::path>& folders);

}  // namespace kit
