// Times calls on a machine that others use too: a sample counts only if the machine was at its
// full speed before and after it. On one thread the clock is the processor's time for this
// program, so that the turns of others are not counted; on several it is that on the wall, and a
// sample does not count if somebody else was given one of our cores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <sys/resource.h>
#include <vector>

#include <vaecollapse/core/team.hpp>

#include "support/peak.hpp"

namespace vaecollapse::bench {

/// One measurement and the circumstances under which it was made.
struct GuardedSample {
  double seconds;
  /// The slower of the probes before and after. \unit GFLOP/s
  double probe;
  /// Somebody else's thread ran instead of ours.
  bool interrupted;
};

/// Takes samples between probes on all threads of a team.
class GuardedTimer {
 public:
  /// A probe below this share of the fastest one means that the machine was not ours.
  static constexpr double full_speed = 0.9;

  explicit GuardedTimer(Team& team) : team_(team) {
    for (int i = 0; i < 100; ++i) probe();
  }

  /// The fastest probe so far. \unit GFLOP/s
  double peak() const { return peak_; }

  /// Seconds of one call: some to warm up, then as often as makes a sample long enough for the
  /// clock.
  template <class Call>
  GuardedSample sample(Call&& call) {
    const double before = settle(most_probes_before);
    const double warm_up = warm_up_with(call);
    const double wanted = shortest_sample / std::max(warm_up, shortest_sample / most_calls);
    const int calls = std::max(1, static_cast<int>(wanted));
    const long others = turns_of_others();
    const double seconds = time_of([&] {
      for (int i = 0; i < calls; ++i) call();
    });
    const bool interrupted = turns_of_others() - others > allowed_turns(seconds);
    // Not one probe: threads of other libraries spin for a while before they sleep.
    return {seconds / calls, std::min(before, settle(most_probes_after)), interrupted};
  }

  bool passed(const GuardedSample& sample) const {
    return !sample.interrupted && sample.probe >= full_speed * peak_;
  }

 private:
  static constexpr double shortest_sample = 0.002, probe_seconds = 0.001;
  static constexpr double until_placed = 0.02;
  static constexpr int most_calls = 1000, most_probes_before = 20, most_probes_after = 3;

  template <class Call>
  double time_of(Call&& call) const {
    const double start = now();
    call();
    return now() - start;
  }

  /// The time of one call when it is warm. Threads that are woken may be queued behind their
  /// caller, above all on a virtual machine, and it takes a few milliseconds before they are moved.
  template <class Call>
  double warm_up_with(Call& call) const {
    double once = time_of(call);
    for (double spent = once; !alone() && spent < until_placed; spent += once) {
      once = time_of(call);
    }
    return once;
  }

  bool alone() const { return team_.size() == 1; }

  double now() const {
    timespec time{};
    // The time of all threads, so that nobody gains by starting some.
    clock_gettime(alone() ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  double probe() {
    const double now = fma_gflops(team_, probe_seconds);
    peak_ = std::max(peak_, now);
    return now;
  }

  /// Probes until the machine is at full speed, but only so often.
  double settle(int most_probes) {
    double now = probe();
    for (int i = 1; i < most_probes && now < full_speed * peak_; ++i) now = probe();
    return now;
  }

  /// How often so far others ran instead of our threads, where that matters.
  long turns_of_others() const {
    if (alone()) return 0;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nivcsw;
  }

  /// The kernel's own short work comes now and then, a competitor every few milliseconds.
  static long allowed_turns(double seconds) { return static_cast<long>(seconds / 0.02); }

  Team& team_;
  double peak_ = 0;
};

/// The median of some samples, and how many of them passed.
struct GuardedMedian {
  double seconds = 0;
  int passed = 0;
  /// Whether too few passed, so that all were taken.
  bool unguarded = false;
};

/// The median of the samples that passed, or of all if fewer than `least` did.
inline GuardedMedian guarded_median(const GuardedTimer& timer,
                                    const std::vector<GuardedSample>& samples, int least) {
  GuardedMedian result;
  std::vector<double> seconds;
  for (const GuardedSample& sample : samples) {
    if (timer.passed(sample)) seconds.push_back(sample.seconds);
  }
  result.passed = static_cast<int>(seconds.size());
  if (result.passed < least) {
    result.unguarded = true;
    seconds.clear();
    for (const GuardedSample& sample : samples) seconds.push_back(sample.seconds);
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  result.seconds = seconds.empty() ? 0 : *middle;
  return result;
}

}  // namespace vaecollapse::bench
