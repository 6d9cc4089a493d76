#include <atomic>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/wake_elsewhere.hpp>

namespace vc = vaecollapse;

#if VAECOLLAPSE_WAKES_ELSEWHERE

#include <dlfcn.h>

namespace {

std::atomic<int> affinities_set = 0;

}  // namespace

/// In place of the C library's, for the whole test program: counts, and calls that.
extern "C" int pthread_setaffinity_np(pthread_t thread, std::size_t size, const cpu_set_t* cpus) {
  using Function = int (*)(pthread_t, std::size_t, const cpu_set_t*);
  static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_setaffinity_np"));
  ++affinities_set;
  return next(thread, size, cpus);
}

namespace {

/// Waits until it is told to end.
class Sleeper {
 public:
  ~Sleeper() {
    over_ = true;
    over_.notify_one();
    thread.join();
  }

 private:
  std::atomic<bool> over_{false};

 public:
  std::thread thread{[this] { over_.wait(false); }};
};

cpu_set_t allowed(pthread_t thread) {
  cpu_set_t cpus;
  REQUIRE(pthread_getaffinity_np(thread, sizeof cpus, &cpus) == 0);
  return cpus;
}

/// The calling thread on one core, until the end of the scope.
class Pinned {
 public:
  Pinned() : before_(allowed(pthread_self())), here_(sched_getcpu()) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(here_, &one);
    REQUIRE(pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0);
  }
  ~Pinned() { pthread_setaffinity_np(pthread_self(), sizeof before_, &before_); }
  int here() const { return here_; }

 private:
  cpu_set_t before_;
  int here_;
};

}  // namespace

TEST_CASE("WakeElsewhere: the thread may run anywhere but here until the end, and then as before") {
  Sleeper sleeper;
  const cpu_set_t before = allowed(sleeper.thread.native_handle());
  const Pinned caller;
  vc::detail::WakeElsewhere wake;
  wake.begin(sleeper.thread);
  const cpu_set_t during = allowed(sleeper.thread.native_handle());
  if (CPU_COUNT(&before) > 1) {
    CHECK_FALSE(CPU_ISSET(caller.here(), &during));
    CHECK(CPU_COUNT(&during) == CPU_COUNT(&before) - 1);
  }
  wake.end(sleeper.thread);
  const cpu_set_t after = allowed(sleeper.thread.native_handle());
  CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("WakeElsewhere: a thread that may only run here stays here") {
  const Pinned caller;
  Sleeper sleeper;
  vc::detail::WakeElsewhere wake;
  wake.begin(sleeper.thread);
  const cpu_set_t during = allowed(sleeper.thread.native_handle());
  CHECK(CPU_COUNT(&during) == 1);
  CHECK(CPU_ISSET(caller.here(), &during));
  wake.end(sleeper.thread);
}

TEST_CASE("WakeElsewhere: an end without a beginning changes nothing") {
  Sleeper sleeper;
  const Pinned caller;
  const cpu_set_t before = allowed(sleeper.thread.native_handle());
  vc::detail::WakeElsewhere wake;
  wake.end(sleeper.thread);
  const cpu_set_t after = allowed(sleeper.thread.native_handle());
  CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("WakeElsewhere: a team's workers may run where they might before they were woken") {
  vc::Team team(2);
  const cpu_set_t before = allowed(pthread_self());
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    team.split(2, [](vc::Index, vc::Index) {});
    cpu_set_t seen[2];
    std::atomic<int> begun = 0;
    team.split(2, [&](vc::Index first, vc::Index) {
      ++begun;
      while (begun != 2) std::this_thread::yield();  // then the caller has woken all
      pthread_getaffinity_np(pthread_self(), sizeof seen[first], &seen[first]);
    });
    CHECK(CPU_EQUAL(&seen[0], &before));
    CHECK(CPU_EQUAL(&seen[1], &before));
  }
}

TEST_CASE("WakeElsewhere: a team that ends touches no affinity, for its threads may be over") {
  const cpu_set_t cpus = allowed(pthread_self());
  const int rounds = CPU_COUNT(&cpus) > 1 ? 500 : 0;  // on a busy machine it may be awake in some
  int set_to_wake = 0;
  {
    vc::Team team(2);
    affinities_set = 0;
    for (int round = 0; round < rounds && set_to_wake == 0; ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      team.split(2, [](vc::Index, vc::Index) {});
      set_to_wake = affinities_set;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    affinities_set = 0;
  }
  CHECK(affinities_set == 0);
  if (rounds > 0) CHECK(set_to_wake > 0);  // what is counted does happen
}

#endif
