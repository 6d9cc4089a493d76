// A team of threads that splits outputs into contiguous ranges, never a reduction, so that
// results do not depend on how many threads there are.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Runs a function over ranges of tiles on its threads, the caller's among them. Made once, used
/// by one thread at a time. Workers spin briefly for the next piece of work and then sleep. Each
/// has a share of its own, which stays in its cache from one piece of work to the next; a share
/// that its worker has not begun when the caller is done with its own, because the machine has
/// other things to do, is the caller's.
class Team {
 public:
  /// \param threads how many run at once, the caller included; 0: one for each core.
  explicit Team(int threads = 1)
      : size_(threads > 0 ? threads : default_threads()),
        shares_(std::make_unique<Share[]>(static_cast<std::size_t>(size_))) {
    for (int rank = 1; rank < size_; ++rank) {
      workers_.emplace_back([this, rank] { work(rank); });
    }
  }
  ~Team() {
    stopping_.store(true, std::memory_order_relaxed);
    wake();
    for (std::thread& worker : workers_) worker.join();
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return size_; }

  /// Calls `run(first, last)` so that the ranges cover 0 .. tiles exactly once. `run` must write
  /// outputs of its own tiles only and must not throw. Returns when all are done.
  template <class Run>
  void split(Index tiles, Run&& run) {
    if (tiles <= 0) return;
    if (size_ == 1 || tiles == 1) {
      run(Index{0}, tiles);
      return;
    }
    job_ = {[](void* function, Index first, Index last) {
              (*static_cast<std::remove_reference_t<Run>*>(function))(first, last);
            },
            const_cast<void*>(static_cast<const void*>(std::addressof(run))), tiles};
    pending_.store(size_, std::memory_order_relaxed);
    wake();
    const unsigned round = round_.load(std::memory_order_relaxed);
    for (int rank = 0; rank < size_; ++rank) take_share(rank, round);
    for (int spins = 0; pending_.load(std::memory_order_acquire) != 0; ++spins) {
      if (spins > spin_limit) std::this_thread::yield();
    }
  }

 private:
  struct Job {
    void (*call)(void*, Index, Index) = nullptr;
    void* function = nullptr;
    Index tiles = 0;
  };
  /// On a cache line of its own.
  struct alignas(64) Share {
    std::atomic<unsigned> last_round{0};
  };
  static constexpr int spin_limit = 1 << 14;

  static int default_threads() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  /// Runs a share unless somebody has begun it. Every share of a round is begun exactly once and
  /// before the next round, so whoever comes late finds it gone, and whoever gets it finds `job_`
  /// as this round's.
  void take_share(int rank, unsigned round) {
    unsigned before = round - 1;
    if (!shares_[static_cast<std::size_t>(rank)].last_round.compare_exchange_strong(
            before, round, std::memory_order_acq_rel)) {
      return;
    }
    const Index first = job_.tiles * rank / size_;
    const Index last = job_.tiles * (rank + 1) / size_;
    if (first < last) job_.call(job_.function, first, last);
    pending_.fetch_sub(1, std::memory_order_release);
  }

  void wake() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  void work(int rank) {
    unsigned seen = 0;
    while (true) {
      for (int spins = 0; round_.load(std::memory_order_acquire) == seen; ++spins) {
        if (spins > spin_limit) round_.wait(seen, std::memory_order_acquire);
      }
      seen = round_.load(std::memory_order_acquire);
      if (stopping_.load(std::memory_order_relaxed)) return;
      take_share(rank, seen);
    }
  }

  int size_;
  std::unique_ptr<Share[]> shares_;
  Job job_;
  std::atomic<unsigned> round_{0};
  std::atomic<int> pending_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> workers_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
