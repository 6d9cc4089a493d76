// The folder that a training run fills: config.json, the last two checkpoints, and what follows
// from them, metrics.csv, metrics.jsonl and model.safetensors.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/checkpoint_folder.hpp>
#include <vaecollapse/io/file.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Names the files of a run. It changes nothing before `begin`: a program first reads all its input
/// and asks for an `earlier_run`.
class RunFolder {
 public:
  /// \param program ends the name of the event file for TensorBoard
  explicit RunFolder(std::filesystem::path path, std::string program = "vaecollapse")
      : path_(std::move(path)), program_(std::move(program)) {}

  /// The name of a file that shows that the folder holds a run. \throws Error for what is no folder
  std::optional<std::string> earlier_run() const {
    std::error_code failure;
    const auto status = std::filesystem::status(path_, failure);
    if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
    if (failure) raise(Error(path_.string() + ": cannot be read: " + failure.message()));
    if (!std::filesystem::is_directory(status)) {
      raise(InputError(path_.string(), 0, "a file", "a folder for the results"));
    }
    for (const auto& file : {config(), metrics(), metrics_json(), model()}) {
      if (std::filesystem::exists(file, failure)) return file.filename().string();
    }
    const auto latest = latest_checkpoint(path_);
    return latest ? std::optional(latest->filename().string()) : std::nullopt;
  }

  /// Makes the folder if need be, writes config.json and removes all other files of an earlier run.
  /// \throws Error
  void begin(std::string_view config_text) const {
    make_folder(path_);
    // The new config comes first: it fails where nothing can be written, and then all is as it was.
    write_file(config(), config_text);
    remove_results();
    prune_checkpoints(path_, 0);
    remove_leftovers();
  }

  /// Removes what follows from checkpoints. \throws Error
  void remove_results() const {
    remove_file(metrics());
    remove_file(metrics_json());
    remove_file(tensorboard());
    remove_file(model());
  }

  /// Removes what was left of files that a killed program was writing. \throws Error
  void remove_leftovers() const {
    remove_temporaries(path_, [this](const std::filesystem::path& name) {
      const auto ours = {config(), metrics(), metrics_json(), model()};
      return std::find(ours.begin(), ours.end(), path_ / name) != ours.end() ||
             is_checkpoint_name(name);
    });
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.json"; }
  std::filesystem::path metrics() const { return path_ / "metrics.csv"; }
  std::filesystem::path metrics_json() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path tensorboard() const { return path_ / ("events.out.tfevents." + program_); }
  std::filesystem::path model() const { return path_ / "model.safetensors"; }

 private:
  std::filesystem::path path_;
  std::string program_;
};

/// The model in `path`, a folder that a run has filled, or the file `path` itself.
/// \throws InputError if there is no model
inline std::filesystem::path find_model(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) return path;
  std::filesystem::path file = RunFolder(path).model();
  if (!std::filesystem::exists(file, unknown)) {
    raise(InputError(path.string(), 0, "no model.safetensors",
                     "a folder that a training run has filled"));
  }
  return file;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
