// What a team asks of its threads: no header of the standard library, and nothing to compile where
// a team is one thread.
#pragma once

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

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

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
