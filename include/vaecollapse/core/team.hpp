// A team of threads: they split outputs into contiguous ranges, never a reduction, so that results
// do not depend on how many threads there are.
#pragma once

#include <algorithm>
#include <type_traits>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team_threads.hpp>
#include <vaecollapse/core/workers.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Never inlined: every kernel splits.
[[noreturn]] __attribute__((noinline, cold)) inline void refuse_split() {
  raise(
      Error("Team: split was called before another split of this team had ended: inside it, or on "
            "another thread. Let the range do its work alone, or give it a Team of its own"));
}

}  // namespace detail

/// Runs a function over ranges of tiles on its threads, the caller's among them. Made once, used
/// by one thread at a time: a split begins when the one before has ended.
class Team {
 public:
  /// The caller's thread alone.
  Team() = default;
  /// \param threads how many run at once, the caller included; 0: one for each core.
  /// \throws Error for a negative number, std::system_error if there cannot be so many threads
  explicit Team(int threads) : size_(detail::Workers::how_many(threads)) {
    if (size_ > 1) threads_ = new detail::Workers(size_);
  }
  ~Team() { delete threads_; }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return size_; }

  /// Calls `run(first, last)` so that the ranges cover 0 .. tiles exactly once. `run` must write
  /// outputs of its own tiles only. Ranges may run one after the other, so none may wait for
  /// another. Returns when all are done. What `run` throws reaches the caller then; if several
  /// ranges throw, what the first of them threw.
  /// \throws Error inside a split of the same team, on any thread, and while another thread splits.
  /// A team of its own may split inside, for one range at a time.
  template <class Run>
  void split(Index tiles, Run&& run) {
    const Turn turn(*this);
    if (tiles <= 0) return;
    if (size_ == 1 || tiles == 1) {
      run(Index{0}, tiles);
    } else {
      threads_->run({call<std::remove_reference_t<Run>>,
                     const_cast<void*>(static_cast<const void*>(&run)), tiles});
    }
  }

 private:
  /// A split from its beginning to its end.
  class Turn {
   public:
    explicit Turn(Team& team) : team_(team) {
      if (!team.begin_turn()) detail::refuse_split();
    }
    ~Turn() { __atomic_store_n(&team_.is_splitting_, false, __ATOMIC_RELEASE); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Team& team_;
  };

  /// The compiler's own functions: the header atomic takes longer to read than all of this. A team
  /// of one has no round that two threads could begin at once, and is spared the locked
  /// instruction.
  bool begin_turn() {
    if (size_ > 1) return !__atomic_exchange_n(&is_splitting_, true, __ATOMIC_ACQUIRE);
    const bool is_splitting = __atomic_load_n(&is_splitting_, __ATOMIC_RELAXED);
    __atomic_store_n(&is_splitting_, true, __ATOMIC_RELAXED);
    return !is_splitting;
  }

  template <class Run>
  static void call(void* run, Index first, Index last) {
    (*static_cast<Run*>(run))(first, last);
  }

  int size_ = 1;
  bool is_splitting_ = false;
  // None for a team of one. Behind an interface: who makes no other emits no code of threads.
  detail::TeamThreads* threads_ = nullptr;
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
