// The runs of a comparison, some of them at once. What a run is, its program knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <vaecollapse/runs/run_watcher.hpp>

namespace kit {

/// A run to make.
struct Job {
  std::string name;
  /// Makes it, and tells the watcher. \return what it came to in a line; none if it was stopped
  /// \throws Error
  std::function<std::optional<std::string>(vaecollapse::RunWatcher&)> make;
};

/// How many run at once, and on how many threads each.
struct Shares {
  std::uint64_t jobs = 1;
  std::uint64_t threads = 1;
};

/// \param jobs, threads 0: one for each core
Shares share_out(std::uint64_t jobs, std::uint64_t threads, std::size_t runs);

/// Makes all, and shows on `stream` how far they are. A run that fails does not take the others
/// with it. \param done_before runs of the comparison that need not be made \param is_stopped
/// whether no further run is to be begun \return the reasons of the runs that failed
std::vector<std::string> make_all(const std::vector<Job>& jobs, std::uint64_t at_once,
                                  std::size_t done_before, std::FILE* stream, bool (*is_stopped)());

/// \throws Error if a run failed
void raise_if_any(const std::vector<std::string>& failures, std::size_t runs);

}  // namespace kit
