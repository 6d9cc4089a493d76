// What a comparison shows while it runs, on standard error: a line for each run that is done, and
// on a terminal a bar under them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/runs/run_watcher.hpp>

#include "kit/terminal.hpp"

namespace kit {

/// Runs may tell of themselves from several threads at once.
class ComparisonProgress {
 public:
  /// \param runs all of them \param done those that were done before
  ComparisonProgress(std::FILE* stream, std::size_t runs, std::size_t done);

  void on_share(std::size_t run, double share);
  void on_note(const std::string& note);
  /// \param line what it came to
  void on_finished(std::size_t run, const std::string& line) { finish(run, line); }
  void on_failed(std::size_t run, const std::string& name, const std::string& reason);

 private:
  using Clock = std::chrono::steady_clock;

  void finish(std::size_t run, const std::string& line);
  double share_made() const;
  double share_before() const;
  std::string left() const;
  void draw();

  std::FILE* stream_;
  std::size_t done_;
  std::size_t done_before_;
  std::vector<double> shares_;         ///< of the runs that were not done before
  std::vector<double> shares_before_;  ///< the same when they were taken up; -1: they were not yet
  StatusLine status_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_{};
  std::mutex mutex_;
};

/// Watches one run of several.
class RunShare final : public vaecollapse::RunWatcher {
 public:
  RunShare(ComparisonProgress& progress, std::size_t run, std::string name)
      : progress_(progress), run_(run), name_(std::move(name)) {}

  void on_begin(const vaecollapse::RunSizes&) override {}
  void on_step(const vaecollapse::StepReport& step) override {
    progress_.on_share(run_, static_cast<double>(step.step) / static_cast<double>(step.steps));
  }
  void on_epoch(const vaecollapse::EpochReport&) override {}
  void on_note(const std::string& note) override { progress_.on_note(name_ + ": " + note); }

 private:
  ComparisonProgress& progress_;
  std::size_t run_;
  std::string name_;
};

}  // namespace kit
