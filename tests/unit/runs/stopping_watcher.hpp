// The watcher of tests of sessions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/runs/session.hpp>

namespace vaecollapse::test {

/// Keeps the notes, and asks for a stop after a step; for none if that is 0.
template <class Trainer>
struct StoppingWatcher final : RunWatcher {
  Trainer* trainer = nullptr;
  std::uint64_t stop_at = 0;
  std::vector<std::string> notes;

  void on_begin(const RunSizes&) override {}
  void on_step(const StepReport& step) override {
    if (step.step == stop_at) trainer->request_stop();
  }
  void on_epoch(const EpochReport&) override {}
  void on_note(const std::string& note) override { notes.push_back(note); }
};

}  // namespace vaecollapse::test
