// Wakes a thread of a team on another core than the one that wakes it, for core/workers.hpp.
#pragma once

#include <thread>

#include <vaecollapse/config.hpp>

#if VAECOLLAPSE_WAKES_ELSEWHERE
#include <pthread.h>
#include <sched.h>
#endif

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// On a virtual machine, Linux takes a core that sleeps for one that its host has taken away. It
/// then puts a thread that wakes into the queue of the core that woke it, or in its place, and
/// leaves it there for milliseconds while the other core does nothing. A thread that may not run
/// on the caller's core while it is woken is put onto another one at once. Three system calls, of
/// about a microsecond each. Does nothing on other systems and on a single core.
/// \pre the thread runs until `end` has returned: for one that is over, glibc changes the caller
class WakeElsewhere {
 public:
  /// Keeps a thread that sleeps from the core of the caller.
  void begin(std::thread& sleeper) {
#if VAECOLLAPSE_WAKES_ELSEWHERE
    const int here = sched_getcpu();
    cpu_set_t elsewhere;
    if (here < 0 || here >= CPU_SETSIZE) return;
    if (pthread_getaffinity_np(sleeper.native_handle(), sizeof allowed_, &allowed_) != 0) return;
    elsewhere = allowed_;
    CPU_CLR(static_cast<std::size_t>(here), &elsewhere);
    if (CPU_COUNT(&elsewhere) == 0) return;
    begun_ = pthread_setaffinity_np(sleeper.native_handle(), sizeof elsewhere, &elsewhere) == 0;
#else
    static_cast<void>(sleeper);
#endif
  }

  /// Lets it run wherever it was allowed to before.
  void end(std::thread& woken) {
#if VAECOLLAPSE_WAKES_ELSEWHERE
    if (begun_) pthread_setaffinity_np(woken.native_handle(), sizeof allowed_, &allowed_);
    begun_ = false;
#else
    static_cast<void>(woken);
#endif
  }

 private:
#if VAECOLLAPSE_WAKES_ELSEWHERE
  cpu_set_t allowed_;
  bool begun_ = false;
#endif
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
