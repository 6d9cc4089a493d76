// What bench_peers is asked on its command line.
#pragma once

#include <vector>

#include "peers/contender.hpp"

namespace vaecollapse::bench {

/// Whether a whole training step is timed.
inline bool is_step(Mode mode) { return mode == Mode::train_step || mode == Mode::text_step; }

struct PeerOptions {
  bool tsv = false;
  std::vector<PeerShape> shapes;
  int threads = 1;
  Mode mode = Mode::forward_backward;
  PeerCell cell = PeerCell::gru;
  bool attention = false;
  bool source_attention = false;
  int samples = 11;
};

/// Ends the program for --help or for an option that is wrong. Where no shape is asked for, the
/// shapes are those of the mode's table.
PeerOptions parse_options(int count, char** arguments);

}  // namespace vaecollapse::bench
