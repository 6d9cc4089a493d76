// What is known to be too little or too much for a setting, in a training run of so many steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kit {

/// How long a run is, by the settings of these names.
struct RunLength {
  std::uint64_t rows = 0;
  std::uint64_t batch = 1;
  std::uint64_t epochs = 1;
  std::uint64_t patience = 0;  ///< 0: as long as there are epochs
  std::uint64_t warmup = 0;

  std::uint64_t steps_of_epoch() const { return (rows + batch - 1) / batch; }
  std::uint64_t steps() const { return epochs * steps_of_epoch(); }
};

/// The steps over which the learning rate rises and falls at least: of the shortest phase of a
/// plan, of the whole run without one.
std::uint64_t steps_of_shortest_phase(const RunLength& run, std::string_view objective);

/// A sentence for each setting that cannot do in this run what it is for.
/// \param objective an expression that is written out in full
std::vector<std::string> training_notes(const RunLength& run, std::string_view objective);

}  // namespace kit
