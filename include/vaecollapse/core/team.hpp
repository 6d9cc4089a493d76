// The threads of a team. Include this to make a `Team` of several.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/split.hpp>
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

/// Workers look out for the next piece of work for about a millisecond and then sleep, since to
/// wake one takes its caller ten microseconds; those asleep are woken on other cores than the
/// caller's. Each has a share of its own, which stays in its cache from one piece of work to the
/// next; a share that its worker has not begun when the caller is done with its own, because the
/// machine has other things to do, is the caller's.
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
    begin_round();  // not `wake`: threads may be over before it is
    for (int rank = 1; rank < size_; ++rank) {
      if (member(rank).thread.joinable()) member(rank).thread.join();
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// The threads of a team that was asked for so many; 0: one for each core.
  static int how_many(int wanted) {
    if (wanted > 0) return wanted;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  void run(const TeamJob& job) override {
    job_ = job;
    pending_.store(size_, std::memory_order_relaxed);
    wake();
    const unsigned round = round_.load(std::memory_order_relaxed);
    for (int rank = 0; rank < size_; ++rank) take_share(rank, round);
    for (Patience patience; pending_.load(std::memory_order_acquire) != 0;) patience.wait();
  }

 private:
  /// A worker that cannot be started leaves an object whose destructor stops the others.
  struct NoThreads {};
  Workers(int size, NoThreads)
      : size_(size), members_(std::make_unique<Member[]>(static_cast<std::size_t>(size))) {}

  /// One of the team, on cache lines of its own. The first is the caller, who has no thread here.
  struct alignas(64) Member {
    std::atomic<unsigned> last_round{0};
    std::atomic<bool> asleep{false};
    std::thread thread;
    WakeElsewhere wake_elsewhere;
  };

  /// Runs a share unless somebody has begun it. Every share of a round is begun exactly once and
  /// before the next round, so whoever comes late finds it gone, and whoever gets it finds `job_`
  /// as this round's.
  void take_share(int rank, unsigned round) {
    unsigned before = round - 1;
    if (!member(rank).last_round.compare_exchange_strong(before, round,
                                                         std::memory_order_acq_rel)) {
      return;
    }
    const Index first = job_.tiles * rank / size_;
    const Index last = job_.tiles * (rank + 1) / size_;
    if (first < last) job_.call(job_.function, first, last);
    pending_.fetch_sub(1, std::memory_order_release);
  }

  void wake() {
    for (int rank = 1; rank < size_; ++rank) {
      if (member(rank).asleep.load(std::memory_order_relaxed)) {
        member(rank).wake_elsewhere.begin(member(rank).thread);
      }
    }
    begin_round();
    for (int rank = 1; rank < size_; ++rank) member(rank).wake_elsewhere.end(member(rank).thread);
  }

  void begin_round() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  void sleep(int rank, unsigned seen) {
    member(rank).asleep.store(true, std::memory_order_relaxed);
    round_.wait(seen, std::memory_order_acquire);
    member(rank).asleep.store(false, std::memory_order_relaxed);
  }

  void work(int rank) {
    unsigned seen = 0;
    while (true) {
      for (Patience patience; round_.load(std::memory_order_acquire) == seen;) {
        if (patience.is_over()) {
          sleep(rank, seen);
        } else {
          patience.wait();
        }
      }
      seen = round_.load(std::memory_order_acquire);
      if (stopping_.load(std::memory_order_relaxed)) return;
      take_share(rank, seen);
    }
  }

  Member& member(int rank) { return members_[static_cast<std::size_t>(rank)]; }

  int size_;
  std::unique_ptr<Member[]> members_;
  TeamJob job_;
  std::atomic<unsigned> round_{0};
  std::atomic<int> pending_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
