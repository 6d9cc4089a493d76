// What bench_peers prints: lines for programs, or a table for people.
#pragma once

#include <string>
#include <vector>

#include "peers/options.hpp"

namespace vaecollapse::bench {

struct PeerTime {
  std::string name;
  double seconds;
  /// How many samples the median is of.
  int samples;
};

/// The times of all contenders for one shape, ours first. \unit seconds a run
struct ShapeTimes {
  PeerShape shape;
  std::vector<PeerTime> contenders;
  /// Of one run, by a plain implementation.
  double flops;
  /// \unit FLOP/s of all threads together
  double peak;
};

void print_header(const PeerOptions& options);
/// A line for each peer, or one for the shape.
void print_times(const PeerOptions& options, const ShapeTimes& times);

}  // namespace vaecollapse::bench
