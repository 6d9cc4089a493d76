#include "kit/report/folders.hpp"

#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>

namespace kit {

namespace {

namespace fs = std::filesystem;
using vaecollapse::InputError;
using vaecollapse::raise;

std::vector<std::string> text_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
  }
  return lines;
}

/// All finished runs by their lines of compare.csv, older ones with other settings among them.
std::map<std::string, fs::path> finished_runs(const fs::path& folder, const LineOf& line_of) {
  std::map<std::string, fs::path> found;
  std::error_code failure;
  for (fs::directory_iterator entry(folder / "runs", failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const fs::path file = entry->path() / "result.json";
    if (std::error_code unknown; !fs::exists(file, unknown)) continue;
    found.insert_or_assign(line_of(file), entry->path());
  }
  return found;
}

}  // namespace

bool is_comparison(const fs::path& folder) {
  std::error_code unknown;
  return fs::exists(folder / "compare.csv", unknown);
}

ReportFolders sort_folders(const std::vector<std::string>& given) {
  ReportFolders folders;
  for (const std::string& folder : given) {
    (is_comparison(folder) ? folders.comparisons : folders.runs).emplace_back(folder);
  }
  return folders;
}

std::vector<fs::path> compared_runs(const fs::path& folder, std::string_view program,
                                    const LineOf& line_of) {
  std::map<std::string, fs::path> finished = finished_runs(folder, line_of);
  const fs::path table = folder / "compare.csv";
  const std::vector<std::string> lines = text_lines(vaecollapse::read_text_file(table));
  std::vector<fs::path> runs;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto run = finished.find(lines[i]);
    if (run == finished.end()) {
      raise(InputError(table.string(), static_cast<long>(i) + 1,
                       "a run that is not in " + (folder / "runs").string(),
                       "a table that this version of " + std::string(program) + " compare wrote"));
    }
    runs.push_back(std::move(run->second));
    finished.erase(run);
  }
  if (runs.empty()) raise(InputError(table.string(), 0, "no runs", "a row for each run"));
  return runs;
}

std::vector<std::string> short_names(const std::vector<fs::path>& folders) {
  std::vector<std::string> whole, last;
  for (const fs::path& folder : folders) {
    whole.push_back(folder.string());
    const fs::path path = folder.lexically_normal();
    last.push_back((path.has_filename() ? path : path.parent_path()).filename().string());
  }
  const std::set<std::string> different(last.begin(), last.end());
  return different.size() == last.size() ? last : whole;
}

}  // namespace kit
