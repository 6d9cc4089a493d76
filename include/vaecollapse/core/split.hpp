// A team of threads as kernels see it: they split outputs into contiguous ranges, never a
// reduction, so that results do not depend on how many threads there are. The threads themselves
// are in core/team.hpp; what has only a team of one need not compile them.
#pragma once

#include <algorithm>
#include <type_traits>

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// A function over ranges of tiles.
struct TeamJob {
  void (*call)(void* function, Index first, Index last) = nullptr;
  void* function = nullptr;
  Index tiles = 0;
};

/// What runs the shares of a job on several threads.
class TeamThreads {
 public:
  TeamThreads() = default;
  TeamThreads(const TeamThreads&) = delete;
  TeamThreads& operator=(const TeamThreads&) = delete;
  virtual ~TeamThreads() = default;
  virtual void run(const TeamJob& job) = 0;
};

/// Those of core/team.hpp.
class Workers;

}  // namespace detail

/// Runs a function over ranges of tiles on its threads, the caller's among them. Made once, used
/// by one thread at a time.
class Team {
 public:
  /// The caller's thread alone.
  Team() = default;
  /// \param threads how many run at once, the caller included; 0: one for each core.
  /// \pre <vaecollapse/core/team.hpp> is included
  /// \throws std::system_error if there cannot be so many threads
  template <class Threads = detail::Workers>
  explicit Team(int threads) {
    static_assert(
        requires { sizeof(Threads); },
        "a Team of several threads needs <vaecollapse/core/team.hpp>");
    size_ = Threads::how_many(threads);
    if (size_ > 1) threads_ = new Threads(size_);
  }
  ~Team() { delete threads_; }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return size_; }

  /// Calls `run(first, last)` so that the ranges cover 0 .. tiles exactly once. `run` must write
  /// outputs of its own tiles only and must not throw. Ranges may run one after the other, so none
  /// may wait for another. Returns when all are done.
  template <class Run>
  void split(Index tiles, Run&& run) {
    if (tiles <= 0) return;
    if (size_ == 1 || tiles == 1) {
      run(Index{0}, tiles);
    } else {
      threads_->run({call<std::remove_reference_t<Run>>,
                     const_cast<void*>(static_cast<const void*>(&run)), tiles});
    }
  }

 private:
  template <class Run>
  static void call(void* run, Index first, Index last) {
    (*static_cast<Run*>(run))(first, last);
  }

  int size_ = 1;
  detail::TeamThreads* threads_ = nullptr;  // none for a team of one
};

/// `Team::split` for n numbers: calls run(first, count) for ranges that begin on multiples of
/// `grain`.
template <class Run>
void split_by(Team& team, Index grain, Index n, Run&& run) {
  team.split((n + grain - 1) / grain, [&](Index first, Index last) {
    const Index begin = first * grain;
    run(begin, std::min(last * grain, n) - begin);
  });
}

/// The grain of numbers that are only copied or set, which takes a thread some microseconds.
inline constexpr Index copy_grain = 1 << 14;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
