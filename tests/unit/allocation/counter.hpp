// How often this program has asked for memory: `counter.cpp` replaces operator new.
#pragma once

#include <atomic>
#include <cstdint>

namespace allocation_test {

extern std::atomic<long> allocations;
/// Which of the next ones fails: 1 is the very next, 0 none.
extern std::atomic<long> fails_at;

/// How often 24 calls of `step(number)` ask for memory, once 6 have been made.
template <class Step>
long allocations_once_warm(Step&& step) {
  for (std::uint64_t number = 0; number < 6; ++number) step(number);
  const long before = allocations;
  for (std::uint64_t number = 6; number < 30; ++number) step(number);
  return allocations - before;
}

}  // namespace allocation_test
