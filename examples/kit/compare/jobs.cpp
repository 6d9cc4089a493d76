#include "kit/compare/jobs.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include <vaecollapse/core/check.hpp>

#include "kit/compare/progress.hpp"
#include "kit/counted.hpp"

namespace kit {

namespace {

/// Threads that take one job after the other.
class Workshop {
 public:
  Workshop(const std::vector<Job>& jobs, ComparisonProgress& progress)
      : jobs_(jobs), progress_(progress), failures_(jobs.size()) {}

  void take_jobs(bool (*is_stopped)()) {
    for (std::size_t i = next_++; i < jobs_.size() && !is_stopped(); i = next_++) make(i);
  }

  /// The reasons of the jobs that failed.
  std::vector<std::string> failures() const {
    std::vector<std::string> reasons;
    for (const std::string& reason : failures_) {
      if (!reason.empty()) reasons.push_back(reason);
    }
    return reasons;
  }

 private:
  void make(std::size_t i) {
    const Job& job = jobs_[i];
    try {
      RunShare share(progress_, i, job.name);
      if (const auto line = job.make(share)) progress_.on_finished(i, *line);
    } catch (const std::exception& error) {
      failures_[i] = job.name + ": " + error.what();
      progress_.on_failed(i, job.name, error.what());
    }
  }

  const std::vector<Job>& jobs_;
  ComparisonProgress& progress_;
  std::vector<std::string> failures_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace

Shares share_out(std::uint64_t jobs, std::uint64_t threads, std::size_t runs) {
  const std::uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::uint64_t most = std::max<std::uint64_t>(1, runs);
  const std::uint64_t at_once = std::clamp<std::uint64_t>(jobs == 0 ? cores : jobs, 1, most);
  return {at_once, std::max<std::uint64_t>(1, (threads == 0 ? cores : threads) / at_once)};
}

std::vector<std::string> make_all(const std::vector<Job>& jobs, std::uint64_t at_once,
                                  std::size_t done_before, std::FILE* stream,
                                  bool (*is_stopped)()) {
  if (jobs.empty()) return {};
  ComparisonProgress progress(stream, jobs.size() + done_before, done_before);
  Workshop workshop(jobs, progress);
  std::vector<std::thread> workers;
  for (std::uint64_t i = 0; i < at_once; ++i) {
    workers.emplace_back([&workshop, is_stopped] { workshop.take_jobs(is_stopped); });
  }
  for (std::thread& worker : workers) worker.join();
  return workshop.failures();
}

void raise_if_any(const std::vector<std::string>& failures, std::size_t runs) {
  if (failures.empty()) return;
  vaecollapse::raise(vaecollapse::Error("compare: " + std::to_string(failures.size()) + " of " +
                                        counted(runs, "run") + " failed, the first was " +
                                        failures.front()));
}

}  // namespace kit
