// What a training run shows while it runs, on standard error: on a terminal a bar that is redrawn
// and a line for each epoch above it, elsewhere the lines alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

#include <vaecollapse/runs/run_watcher.hpp>
#include <vaecollapse/train/report.hpp>

#include "kit/terminal.hpp"

namespace kit {

/// How a program shows what its model scores on dev: beside NLL and rate in the line of an epoch,
/// and alone in the line of the bar.
struct ShownScore {
  std::string in_epoch;  ///< `accuracy  91.50 %`
  std::string in_bar;    ///< `91.5 %`
};

using ShowScore = std::function<ShownScore(const vaecollapse::EpochReport&)>;

/// What the speed of a training is counted in.
struct Pace {
  const char* unit = "examples";
  double of_example = 1;  ///< so many of them has an example, in the mean
};

class TrainingProgress final : public vaecollapse::RunWatcher {
 public:
  /// \param stream a bar is drawn if it is a terminal that can move its cursor
  TrainingProgress(std::FILE* stream, std::uint64_t epochs, ShowScore show_score, Pace pace = {});

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
  /// `350 examples/s`, the number in so many columns.
  std::string speed(double examples_a_second, int columns) const;
  std::string epoch_line(const vaecollapse::EpochReport& epoch, const std::string& score) const;
  std::string status(const vaecollapse::StepReport& step) const;
  void draw(const vaecollapse::StepReport& step);

  std::FILE* stream_;
  std::uint64_t epochs_;
  ShowScore show_score_;
  Pace pace_;
  StatusLine status_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_{};
  double done_ = 0;          ///< share of the run
  double done_before_ = -1;  ///< the same when this began to watch it; -1: it has not
  std::string score_ = "-";  ///< of the last epoch
  Sums sums_;
};

}  // namespace kit
