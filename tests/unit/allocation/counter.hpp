// How often this program has asked for memory: `warm_step_test.cpp` replaces operator new.
#pragma once

#include <atomic>

namespace allocation_test {

extern std::atomic<long> allocations;
/// Which of the next ones fails: 1 is the very next, 0 none.
extern std::atomic<long> fails_at;

}  // namespace allocation_test
