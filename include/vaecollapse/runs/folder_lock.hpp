// A lock on a folder, so that only one process works in it.
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The folders that are missing on the way to `folder`, the innermost first.
inline std::vector<std::filesystem::path> missing_folders(std::filesystem::path folder) {
  std::vector<std::filesystem::path> missing;
  std::error_code unknown;
  for (; !folder.empty() && !std::filesystem::exists(folder, unknown);
       folder = folder.parent_path()) {
    missing.push_back(folder);
  }
  return missing;
}

}  // namespace detail

/// While it lives, no other process with such a lock works in the folder; it ends with the process,
/// however that ends. Where the file system knows no locks there is none. Folders that it has made
/// go with it if nothing was put into them: a run that is refused leaves nothing.
class FolderLock {
 public:
  /// Makes the folder if need be. \throws Error, also if another has it
  explicit FolderLock(const std::filesystem::path& folder)
      : made_(detail::missing_folders(folder)) {
    make_folder(folder);
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) return;
    ::close(descriptor_);
    raise(InputError(folder.string(), 0, "another run that is at work in it", "none"));
  }
  ~FolderLock() {
    for (const std::filesystem::path& folder : made_) ::rmdir(folder.c_str());  // only if empty
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::vector<std::filesystem::path> made_;
  int descriptor_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
