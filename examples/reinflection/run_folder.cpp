#include "run_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/checkpoint.hpp>
#include <vaecollapse/io/file.hpp>

#include "settings.hpp"

namespace reinflection {

using vaecollapse::Error;
using vaecollapse::InputError;
using vaecollapse::raise;

namespace {

/// The folders that are missing on the way to `folder`, the innermost first.
std::vector<std::filesystem::path> missing_folders(std::filesystem::path folder) {
  std::vector<std::filesystem::path> missing;
  std::error_code unknown;
  for (; !folder.empty() && !std::filesystem::exists(folder, unknown);
       folder = folder.parent_path()) {
    missing.push_back(folder);
  }
  return missing;
}

}  // namespace

void RunFolder::check(bool overwrite) const {
  std::error_code failure;
  const auto status = std::filesystem::status(path_, failure);
  if (status.type() == std::filesystem::file_type::not_found) return;
  if (failure) raise(Error(path_.string() + ": cannot be read: " + failure.message()));
  if (!std::filesystem::is_directory(status)) {
    raise(InputError(path_.string(), 0, "a file", "a folder for the results"));
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
  raise(InputError(path_.string(), 0, "an earlier run (" + found + ")",
                   "a folder without one; --overwrite replaces it"));
}

void RunFolder::begin(const Settings& settings) const {
  // The new config comes first: it fails where nothing can be written, and then all is as it was.
  vaecollapse::write_file(config(), setting_table.to_json(settings, kit::Content::all));
  vaecollapse::remove_file(metrics());
  vaecollapse::remove_file(metrics_json());
  vaecollapse::remove_file(tensorboard());
  vaecollapse::remove_file(model());
  vaecollapse::prune_checkpoints(path_, 0);
  remove_leftovers();
}

void RunFolder::remove_leftovers() const {
  vaecollapse::remove_temporaries(path_, [this](const std::filesystem::path& name) {
    const auto ours = {config(), metrics(), metrics_json(), model()};
    return std::find(ours.begin(), ours.end(), path_ / name) != ours.end() ||
           vaecollapse::is_checkpoint_name(name);
  });
}

FolderLock::FolderLock(const std::filesystem::path& folder) : made_(missing_folders(folder)) {
  vaecollapse::make_folder(folder);
  descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  raise(InputError(folder.string(), 0, "another run that is at work in it", "none"));
}

FolderLock::~FolderLock() {
  for (const std::filesystem::path& folder : made_) ::rmdir(folder.c_str());  // only if empty
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace reinflection
