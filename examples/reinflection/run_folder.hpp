// The folder that a training run fills: config.json, metrics.csv and metrics.jsonl,
// model.safetensors and the last two checkpoints. A folder that holds a run is refused, unless it
// is to be overwritten: then the old run's files are removed when all input has been read and found
// good, and no others.
#pragma once

#include <filesystem>

#include "settings.hpp"

namespace reinflection {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  /// Looks, and changes nothing. \throws Error for what is no folder, and for one that holds a run
  /// unless `overwrite`
  void check(bool overwrite) const;

  /// Makes the folder if need be, removes the files of an earlier run and writes config.json.
  /// \throws Error
  void begin(const Settings& settings) const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.json"; }
  std::filesystem::path metrics() const { return path_ / "metrics.csv"; }
  std::filesystem::path metrics_json() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }

 private:
  std::filesystem::path path_;
};

}  // namespace reinflection
