// The folder that a training run fills: config.json, the last two checkpoints, and what follows
// from them, metrics.csv, metrics.jsonl and model.safetensors. A folder that holds a run is
// refused, unless it is to be overwritten: then the old run's files are removed when all input has
// been read and found good, and no others.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "settings.hpp"

namespace reinflection {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  /// Looks, and changes nothing. \throws Error for what is no folder, and for one that holds a run
  /// unless `overwrite`
  void check(bool overwrite) const;

  /// Writes config.json and removes all other files of an earlier run. \throws Error
  void begin(const Settings& settings) const;

  /// Removes what was left of files that a killed program was writing. \throws Error
  void remove_leftovers() const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.json"; }
  std::filesystem::path metrics() const { return path_ / "metrics.csv"; }
  std::filesystem::path metrics_json() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path tensorboard() const { return path_ / "events.out.tfevents.reinflect"; }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }

 private:
  std::filesystem::path path_;
};

/// While it lives, no other process of this program works in the folder; it ends with the process,
/// however that ends. Where the file system knows no locks there is none. Folders that it has made
/// go with it if nothing was put into them: a run that is refused leaves nothing.
class FolderLock {
 public:
  /// Makes the folder if need be. \throws Error, also if another has it
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::vector<std::filesystem::path> made_;
  int descriptor_;
};

}  // namespace reinflection
