// The listener of tests that look at epochs alone.
#pragma once

#include <vector>

#include <vaecollapse/train/report.hpp>

namespace vaecollapse::test {

/// Keeps the reports of epochs.
struct EpochLog {
  std::vector<EpochReport> epochs;
  void on_step(const StepReport&) {}
  void on_epoch(const EpochReport& report) { epochs.push_back(report); }
};

}  // namespace vaecollapse::test
