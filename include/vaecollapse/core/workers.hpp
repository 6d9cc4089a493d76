// The threads of a `Team`.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <thread>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team_threads.hpp>
#include <vaecollapse/core/wake_elsewhere.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Tells the core that a loop only waits.
inline void pause_core() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits between looks at what another thread is about to change: at first on its core, then while
/// others have their turn.
class Patience {
 public:
  void wait() {
    ++looks_;
    if (looks_ < eager_looks) return pause_core();
    if (looks_ == eager_looks) yields_since_ = Clock::now();
    std::this_thread::yield();
  }
  /// After a millisecond.
  bool is_over() const {
    return looks_ >= eager_looks && Clock::now() - yields_since_ > std::chrono::milliseconds(1);
  }

 private:
  using Clock = std::chrono::steady_clock;
  /// Some ten microseconds.
  static constexpr Index eager_looks = 1 << 10;
  Index looks_ = 0;
  Clock::time_point yields_since_{};
};

/// Workers watch for the next piece of work for about a millisecond and then sleep: waking one
/// costs its caller ten microseconds. A sleeping worker is woken on another core than the caller's.
/// Each has a share of its own, which stays in its cache from one piece of work to the next. When
/// the caller has done its own share and a worker has not begun another a moment later, because the
/// machine is busy, the caller takes that one too.
///
/// A cache line takes a tenth to a quarter of a microsecond from one core to the other, so in a
/// round one line goes to each worker, the caller's `Round`, and one comes back, its `Report`.
class Workers final : public TeamThreads {
 public:
  /// \throws std::system_error if there cannot be so many threads
  explicit Workers(int size) : Workers(size, NoThreads{}) {
    for (int rank = 1; rank < size_; ++rank) {
      member(rank).thread = std::thread([this, rank] { work(rank); });
    }
  }
  ~Workers() override {
    stopping_.store(true, std::memory_order_relaxed);
    round_.number.fetch_add(1);  // not `begin_round`: a thread may have ended before it returns
    round_.number.notify_all();
    for (int rank = 1; rank < size_; ++rank) {
      if (member(rank).thread.joinable()) member(rank).thread.join();
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// How many threads a team of `wanted` has; 0: one for each core. \throws Error if it is negative
  static int how_many(int wanted) {
    if (wanted < 0) {
      detail::raise_error(
          {"Team: threads is ", wanted, ": it must be at least 0, which is one for each core"});
    }
    if (wanted > 0) return wanted;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  void run(const TeamJob& job) override {
    round_.job = job;
    const unsigned round = begin_round();
    run_share(0);
    for (int rank = 1; rank < size_; ++rank) {
      if (!begins_soon(rank, round)) take_share(rank, round);
    }
    for (int rank = 1; rank < size_; ++rank) {
      const Report& report = member(rank).report;
      for (Patience patience; report.done.load(std::memory_order_acquire) != round;) {
        patience.wait();
      }
    }
    throw_first();
  }

 private:
  /// A worker that cannot be started leaves an object whose destructor stops the others.
  struct NoThreads {};
  Workers(int size, NoThreads)
      : size_(size), members_(std::make_unique<Member[]>(static_cast<std::size_t>(size))) {}

  /// Written by the caller only.
  struct alignas(64) Round {
    std::atomic<unsigned> number{0};
    TeamJob job;
  };

  /// The last rounds that a worker has begun and done, and whether it sleeps. Written by the
  /// worker, and by a caller that did its share.
  struct alignas(64) Report {
    std::atomic<unsigned> begun{0};
    std::atomic<unsigned> done{0};
    std::atomic<bool> asleep{false};
#if !VAECOLLAPSE_NO_EXCEPTIONS
    std::exception_ptr thrown;  ///< by the share of the last round
#endif
  };

  /// One of the team. The first is the caller, who has no thread here.
  struct Member {
    Report report;
    /// The last round whose share somebody has taken; on a line that stays with the worker.
    alignas(64) std::atomic<unsigned> taken{0};
    std::thread thread;
    WakeElsewhere wake_elsewhere;
  };

  /// Throws nothing: the round must end before its caller can leave it.
  void run_share(int rank) {
    const TeamJob& job = round_.job;
    const Index first = job.tiles * rank / size_;
    const Index last = job.tiles * (rank + 1) / size_;
    if (first >= last) return;
#if VAECOLLAPSE_NO_EXCEPTIONS
    job.call(job.function, first, last);
#else
    try {
      job.call(job.function, first, last);
    } catch (...) {
      member(rank).report.thrown = std::current_exception();
    }
#endif
  }

  /// Throws what the first of the shares has thrown, if any has, and forgets it.
  void throw_first() {
#if !VAECOLLAPSE_NO_EXCEPTIONS
    std::exception_ptr first;
    for (int rank = size_ - 1; rank >= 0; --rank) {
      if (member(rank).report.thrown == nullptr) continue;
      first = std::exchange(member(rank).report.thrown, nullptr);
    }
    if (first != nullptr) std::rethrow_exception(first);
#endif
  }

  /// Runs a share unless somebody has taken it. Every share of a round is taken exactly once and
  /// before the next round, so whoever comes late finds it gone, and whoever gets it finds this
  /// round's job.
  void take_share(int rank, unsigned round) {
    unsigned before = round - 1;
    if (!member(rank).taken.compare_exchange_strong(before, round, std::memory_order_acq_rel)) {
      return;
    }
    Report& report = member(rank).report;
    report.begun.store(round, std::memory_order_relaxed);
    run_share(rank);
    report.done.store(round, std::memory_order_release);
  }

  /// Whether a worker reports that it has begun, within a moment: two tenths of a microsecond on
  /// x86.
  bool begins_soon(int rank, unsigned round) {
    constexpr int looks = 8;
    for (int look = 0; look < looks; ++look) {
      if (member(rank).report.begun.load(std::memory_order_relaxed) == round) return true;
      pause_core();
    }
    return false;
  }

  /// A worker that is falling asleep may be missed; then its share is the caller's.
  unsigned begin_round() {
    bool sleepers = false;
    for (int rank = 1; rank < size_; ++rank) {
      if (!member(rank).report.asleep.load(std::memory_order_relaxed)) continue;
      sleepers = true;
      member(rank).wake_elsewhere.begin(member(rank).thread);
    }
    const unsigned round = round_.number.load(std::memory_order_relaxed) + 1;
    if (!sleepers) {
      round_.number.store(round, std::memory_order_release);
      return round;
    }
    round_.number.exchange(round);  // it is there before `notify_all` looks who waits
    round_.number.notify_all();
    for (int rank = 1; rank < size_; ++rank) member(rank).wake_elsewhere.end(member(rank).thread);
    return round;
  }

  void sleep(int rank, unsigned seen) {
    member(rank).report.asleep.store(true, std::memory_order_relaxed);
    round_.number.wait(seen, std::memory_order_acquire);
    member(rank).report.asleep.store(false, std::memory_order_relaxed);
  }

  void work(int rank) {
    unsigned seen = 0;
    while (true) {
      for (Patience patience; round_.number.load(std::memory_order_acquire) == seen;) {
        if (patience.is_over()) {
          sleep(rank, seen);
        } else {
          patience.wait();
        }
      }
      seen = round_.number.load(std::memory_order_acquire);
      if (stopping_.load(std::memory_order_relaxed)) return;
      take_share(rank, seen);
    }
  }

  Member& member(int rank) { return members_[static_cast<std::size_t>(rank)]; }

  Round round_;
  int size_;
  std::unique_ptr<Member[]> members_;
  std::atomic<bool> stopping_{false};
};

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
