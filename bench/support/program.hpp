// What a benchmark program must define beside its benchmarks.
#pragma once

namespace vaecollapse::bench {

/// Which benchmarks run when no `--benchmark_filter` is given, a regular expression; more may be
/// registered, and `--benchmark_filter=all` runs every one.
extern const char* const default_filter;

}  // namespace vaecollapse::bench
