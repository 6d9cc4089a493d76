// What tests of trainers share: their state bit by bit, and a listener that can stop them.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::test {

/// Keeps what visit shows, bit by bit, save the times.
class Snapshot final : public Visitor {
 public:
  explicit Snapshot(bool writes = false) : writes_(writes) {}
  template <class State>
  static Snapshot of(State& state) {
    Snapshot snapshot;
    state.visit(snapshot);
    return snapshot;
  }
  void operator()(std::string_view name, std::uint64_t& value) override {
    exchange(name, &value, 1);
  }
  void operator()(std::string_view name, double& value) override { exchange(name, &value, 1); }
  void operator()(std::string_view name, std::span<float> values) override {
    exchange(name, values.data(), values.size());
  }
  void operator()(std::string_view name, std::span<double> values) override {
    exchange(name, values.data(), values.size());
  }
  void write_from_now_on() { writes_ = true; }
  /// Fills a state from here.
  template <class State>
  void load(State& state) {
    write_from_now_on();
    state.visit(*this);
  }
  friend bool operator==(const Snapshot& a, const Snapshot& b) { return a.state_ == b.state_; }

 private:
  template <class T>
  void exchange(std::string_view name, T* values, std::size_t count) {
    if (name.find("seconds") != std::string_view::npos) return;
    std::string& bytes = state_[std::string(name)];
    if (writes_) {
      REQUIRE(bytes.size() == count * sizeof(T));
      if (count > 0) std::memcpy(values, bytes.data(), bytes.size());
    } else {
      bytes.assign(reinterpret_cast<const char*>(values), count * sizeof(T));
    }
  }
  bool writes_;
  std::map<std::string, std::string> state_;
};

/// Keeps all reports, and asks for a stop after a step.
template <class Trainer>
struct StoppingLog {
  Trainer& trainer;
  std::optional<std::uint64_t> stop_at = std::nullopt;
  std::vector<StepReport> steps{};
  std::vector<EpochReport> epochs{};

  void on_step(const StepReport& report) {
    steps.push_back(report);
    if (stop_at == report.step) trainer.request_stop();
  }
  void on_epoch(const EpochReport& report) { epochs.push_back(report); }
};

}  // namespace vaecollapse::test
