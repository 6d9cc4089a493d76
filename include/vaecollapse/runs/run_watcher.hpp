// The interface of objects that follow the progress of a training run.
#pragma once

#include <string>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What a run works on.
struct RunSizes {
  Index train_rows = 0;
  Index dev_rows = 0;
  Index symbols = 0;
  Index tags = 0;  ///< 0 for a task without tags
  Index weights = 0;
};

/// Follows the progress of a run.
class RunWatcher {
 public:
  RunWatcher() = default;
  RunWatcher(const RunWatcher&) = delete;
  RunWatcher& operator=(const RunWatcher&) = delete;
  virtual ~RunWatcher() = default;

  /// The program calls it, because it knows the sizes; a `Session` calls the others.
  virtual void on_begin(const RunSizes& sizes) = 0;
  virtual void on_step(const StepReport& step) = 0;
  virtual void on_epoch(const EpochReport& epoch) = 0;
  /// What the user should know: from where the run goes on, what could not be used.
  virtual void on_note(const std::string& note) = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
