// Who is told how a training run goes on.
#pragma once

#include <string>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/train/report.hpp>

namespace reinflection {

/// What a run works on.
struct RunSizes {
  vaecollapse::Index train_rows = 0;
  vaecollapse::Index dev_rows = 0;
  vaecollapse::Index symbols = 0;
  vaecollapse::Index tags = 0;
  vaecollapse::Index weights = 0;
};

class RunWatcher {
 public:
  RunWatcher() = default;
  RunWatcher(const RunWatcher&) = delete;
  RunWatcher& operator=(const RunWatcher&) = delete;
  virtual ~RunWatcher() = default;

  virtual void on_begin(const RunSizes& sizes) = 0;
  virtual void on_step(const vaecollapse::StepReport& step) = 0;
  virtual void on_epoch(const vaecollapse::EpochReport& epoch) = 0;
  /// What its user should know: from where the run goes on, what could not be used.
  virtual void on_note(const std::string& note) = 0;
};

}  // namespace reinflection
