// What a training run shows while it runs, on standard error: on a terminal a bar that is redrawn
// and a line for each epoch above it, elsewhere the lines alone.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/train/report.hpp>

#include "kit/terminal.hpp"

namespace reinflection {

/// One epoch in a line, without its end.
std::string epoch_line(const vaecollapse::EpochReport& epoch, std::uint64_t epochs,
                       double seconds_left);

class Progress final : public vaecollapse::RunWatcher {
 public:
  /// \param stream a bar is drawn if it is a terminal that can move its cursor
  Progress(std::FILE* stream, std::uint64_t epochs);

  void on_begin(const vaecollapse::RunSizes& sizes) override;
  void on_step(const vaecollapse::StepReport& step) override;
  void on_epoch(const vaecollapse::EpochReport& epoch) override;
  void on_note(const std::string& note) override;

 private:
  using Clock = std::chrono::steady_clock;

  /// What the steps of the running epoch add up to.
  struct Sums {
    double nll = 0, rate = 0, examples = 0, seconds = 0;
  };

  double seconds_left() const;
  std::string status(const vaecollapse::StepReport& step) const;
  void draw(const vaecollapse::StepReport& step);

  std::FILE* stream_;
  std::uint64_t epochs_;
  kit::StatusLine status_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_{};
  double done_ = 0;          ///< share of the run
  double done_before_ = -1;  ///< the same when this began to watch it; -1: it has not
  double dev_accuracy_ = -1;
  Sums sums_;
};

}  // namespace reinflection
