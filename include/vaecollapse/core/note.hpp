// The note of an unoptimised build: the only line that the library itself writes.
#pragma once

#include <vaecollapse/config.hpp>

#if VAECOLLAPSE_UNOPTIMISED && VAECOLLAPSE_NOTES
#include <cstdio>
#endif

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// Writes on standard error, once in a process, that a program trains that was compiled without
/// optimisation: nothing else shows why it is slow.
inline void note_if_unoptimised() {
#if VAECOLLAPSE_UNOPTIMISED && VAECOLLAPSE_NOTES
  [[maybe_unused]] static const int once = std::fprintf(
      stderr,
      "note: vaecollapse was compiled without optimisation and trains many times "
      "slower than it can: compile with -O2 -DNDEBUG, or -D CMAKE_BUILD_TYPE=Release\n");
#endif
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
