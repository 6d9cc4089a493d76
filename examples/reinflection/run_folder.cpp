#include "run_folder.hpp"

#include <string>
#include <system_error>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>

#include "settings_text.hpp"

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;

void remove_file(const std::filesystem::path& file) {
  std::error_code failure;
  std::filesystem::remove(file, failure);
  if (failure) raise(Error(file.string() + ": cannot be removed: " + failure.message()));
}

}  // namespace

void RunFolder::check(bool overwrite) const {
  std::error_code failure;
  const auto status = std::filesystem::status(path_, failure);
  if (status.type() == std::filesystem::file_type::not_found) return;
  if (failure) raise(Error(path_.string() + ": cannot be read: " + failure.message()));
  if (!std::filesystem::is_directory(status)) {
    raise(vaecollapse::InputError(path_.string(), 0, "a file", "a folder for the results"));
  }
  if (overwrite) return;
  std::string found;
  for (const auto& file : {config(), metrics(), metrics_json(), model()}) {
    if (found.empty() && std::filesystem::exists(file, failure)) found = file.filename().string();
  }
  if (const auto latest = vaecollapse::latest_checkpoint(path_); latest && found.empty()) {
    found = latest->filename().string();
  }
  if (found.empty()) return;
  raise(vaecollapse::InputError(path_.string(), 0, "an earlier run (" + found + ")",
                                "a folder without one; --overwrite replaces it"));
}

void RunFolder::begin(const Settings& settings) const {
  std::error_code failure;
  std::filesystem::create_directories(path_, failure);
  if (failure) raise(Error(path_.string() + ": cannot be made: " + failure.message()));
  // The new config comes first: it fails where nothing can be written, and then all is as it was.
  vaecollapse::write_file(config(), to_json(settings, Content::all));
  remove_file(metrics());
  remove_file(metrics_json());
  remove_file(model());
  vaecollapse::prune_checkpoints(path_, 0);
}

}  // namespace reinflection
