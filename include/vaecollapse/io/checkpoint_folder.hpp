// The checkpoints of a folder: their names, the latest of them, and which are kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/own_files.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `checkpoint-<step>.safetensors` in `folder`.
inline std::filesystem::path checkpoint_path(const std::filesystem::path& folder,
                                             std::uint64_t step) {
  return folder / ("checkpoint-" + std::to_string(step) + ".safetensors");
}

namespace detail {

/// The step in a file name that `checkpoint_path` makes; none in any other name.
inline std::optional<std::uint64_t> checkpoint_step(const std::filesystem::path& path) {
  constexpr std::string_view before = "checkpoint-", after = ".safetensors";
  const std::string name = path.filename().string();
  std::string_view digits = name;
  if (!digits.starts_with(before) || !digits.ends_with(after)) return std::nullopt;
  digits.remove_prefix(before.size());
  digits.remove_suffix(after.size());
  const auto step = whole_number(digits);
  if (!step || std::to_string(*step) != digits) return std::nullopt;
  return step;
}

}  // namespace detail

/// Whether a file of this name is a checkpoint.
inline bool is_checkpoint_name(const std::filesystem::path& path) {
  return detail::checkpoint_step(path).has_value();
}

namespace detail {

/// The steps of the checkpoints in `folder`, rising; none where there is no such folder.
inline std::vector<std::uint64_t> checkpoint_steps(const std::filesystem::path& folder) {
  std::vector<std::uint64_t> steps;
  std::error_code failure;
  std::filesystem::directory_iterator entry(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) return steps;
  for (const std::filesystem::directory_iterator end; !failure && entry != end;
       entry.increment(failure)) {
    const auto step = checkpoint_step(entry->path());
    std::error_code unknown;
    if (step && entry->is_regular_file(unknown)) steps.push_back(*step);
  }
  if (failure) {
    raise(InputError(folder.string(), 0, "no readable folder (" + failure.message() + ")",
                     "a folder for checkpoints"));
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace detail

/// The checkpoints in `folder`, the latest first; none where there is no such folder.
/// \throws InputError for a folder that cannot be read
inline std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const std::uint64_t step : detail::checkpoint_steps(folder)) {
    paths.push_back(checkpoint_path(folder, step));
  }
  std::reverse(paths.begin(), paths.end());
  return paths;
}

/// The checkpoint of the latest step in `folder`; none where there is no checkpoint or no such
/// folder. \throws InputError for a folder that cannot be read
inline std::optional<std::filesystem::path> latest_checkpoint(const std::filesystem::path& folder) {
  const auto paths = checkpoints_in(folder);
  if (paths.empty()) return std::nullopt;
  return paths.front();
}

/// Removes all but the `keep` latest checkpoints of `folder` and that of step `also`, and touches
/// no other file. \throws Error for a folder that cannot be read or a file that cannot be removed
inline void prune_checkpoints(const std::filesystem::path& folder, std::size_t keep = 2,
                              std::optional<std::uint64_t> also = std::nullopt) {
  const std::vector<std::uint64_t> steps = detail::checkpoint_steps(folder);
  for (std::size_t i = 0; i + keep < steps.size(); ++i) {
    if (steps[i] != also) remove_file(checkpoint_path(folder, steps[i]));
  }
}

/// Removes the checkpoints of all steps after `step`. \throws Error as `prune_checkpoints`
inline void remove_checkpoints_after(const std::filesystem::path& folder, std::uint64_t step) {
  for (const std::uint64_t other : detail::checkpoint_steps(folder)) {
    if (other > step) remove_file(checkpoint_path(folder, other));
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
