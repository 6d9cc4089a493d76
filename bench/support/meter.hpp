// Times a benchmark's loop and reports what it says per second, per thing, and as a share of the
// machine's peak.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/team.hpp>

#include "support/peak.hpp"

namespace vaecollapse::bench {

/// The best of some short probes: most of them fit between two turns of other programs.
inline double best_fma_gflops(Team& team, int probes = 8) {
  double best = 0;
  for (int probe = 0; probe < probes; ++probe) best = std::max(best, fma_gflops(team, 0.00025));
  return best;
}

/// Seconds that one thread has computed, or of the clock on the wall where there are more: the time
/// that other programs take from a single thread is not counted.
class Stopwatch {
 public:
  explicit Stopwatch(int threads) : threads_(threads), start_(now()) {}

  double seconds() const { return now() - start_; }

 private:
  double now() const {
    ::timespec time{};
    ::clock_gettime(threads_ == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  int threads_;
  double start_;
};

/// What a benchmark's loop took, made by `measure`.
class Meter {
 public:
  /// `name`: nanoseconds for each of so many things that an iteration does.
  void report_ns_per(const char* name, double things) { report(name, seconds_ * 1e9 / things); }

  /// `name`: how many are done in a second.
  void report_per_second(const char* name, double things) { report(name, things / seconds_); }

  /// Of the flops of an iteration: `GFLOPs`, `percent_of_peak`, and the peak that was there just
  /// before and after.
  void report_flops(double flops) {
    const double peak = (peak_before_ + best_fma_gflops(*team_)) / 2;
    const double reached = flops * 1e-9 / seconds_;
    report("GFLOPs", reached);
    report("percent_of_peak", 100 * reached / peak);
    report("peak_GFLOPs", peak);
  }

  void report(const char* name, double value) { state_->counters[name] = value; }

 private:
  template <class Work>
  friend Meter measure(benchmark::State& state, Team& team, Work&& work);

  Meter(benchmark::State& state, Team& team)
      : state_(&state), team_(&team), peak_before_(best_fma_gflops(team)) {}

  benchmark::State* state_;
  Team* team_;
  double peak_before_;
  double seconds_ = 0;
};

/// Runs a benchmark's loop, after two iterations that warm memory up: an arena that has grown in
/// the first is one new block in the second. \param team whose threads the work runs on
template <class Work>
Meter measure(benchmark::State& state, Team& team, Work&& work) {
  for (int warming = 0; warming < 2; ++warming) work();
  Meter meter(state, team);
  const Stopwatch watch(team.size());
  for (auto _ : state) {
    work();
    benchmark::ClobberMemory();
  }
  const auto iterations = static_cast<double>(std::max<std::int64_t>(state.iterations(), 1));
  meter.seconds_ = watch.seconds() / iterations;
  return meter;
}

/// Registers a benchmark that runs on so many threads. Google Benchmark, too, takes the time of the
/// thread where there is one, and else of the clock; then it adds `/real_time` to the name.
template <class Function>
void add_benchmark(const std::string& name, int threads, Function&& function) {
  auto* added = benchmark::RegisterBenchmark(name.c_str(), std::forward<Function>(function));
  added->Unit(benchmark::kMicrosecond);
  if (threads > 1) added->UseRealTime();
}

}  // namespace vaecollapse::bench
