// What depends on how many steps a run has: the default warm-up, and what is known to be too little
// or too much for a setting.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "training_run.hpp"

namespace reinflection {

/// In place of a warm-up that nobody has given, until the rows are known. No option can be it, and
/// no file has it: what a run's files say is the number that it trains with.
inline constexpr std::uint64_t warmup_by_steps = std::numeric_limits<std::uint64_t>::max();

/// The steps of one whole run on so many rows, copies among them.
std::uint64_t planned_steps(const Settings& settings, std::uint64_t rows);

/// Puts the default in place of `warmup_by_steps`.
void settle_warmup(Settings& settings, std::uint64_t rows);

/// A sentence for each setting that cannot do in this run what it is for. \pre a settled warm-up
std::vector<std::string> training_notes(const TrainingRun& run, std::uint64_t rows);

}  // namespace reinflection
