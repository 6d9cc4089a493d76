// What depends on how many steps a run has: the default warm-up, and what is known to be too little
// or too much for a setting.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/optim/schedule.hpp>

#include "kit/posteriors.hpp"
#include "kit/training_run.hpp"

namespace kit {

/// How much an epoch is.
struct EpochLength {
  std::uint64_t rows = 0;  ///< copies among them
  std::uint64_t steps = 0;
};

/// An epoch whose batches are all full but the last.
constexpr EpochLength in_full_batches(std::uint64_t rows, std::uint64_t batch) {
  return {rows, (rows + batch - 1) / batch};
}

/// How long a run is, by the settings of these names.
struct RunLength {
  EpochLength epoch;
  std::uint64_t batch = 1;
  std::uint64_t epochs = 1;
  std::uint64_t patience = 0;  ///< 0: as long as there are epochs
  std::uint64_t warmup = 0;

  std::uint64_t steps() const { return epochs * epoch.steps; }
};

/// The steps over which the learning rate rises and falls at least: of the shortest phase of a
/// plan, of the whole run without one.
std::uint64_t steps_of_shortest_phase(const RunLength& run, std::string_view objective);

/// A sentence for each setting that cannot do in this run what it is for.
/// \param objective an expression that is written out in full
std::vector<std::string> training_notes(const RunLength& run, std::string_view objective);

/// In place of a warm-up that nobody has given, until the rows are known. No option can be it, and
/// no file has it: what a run's files say is the number that it trains with.
inline constexpr std::uint64_t warmup_by_steps = std::numeric_limits<std::uint64_t>::max();

/// One whole run of such epochs.
template <class Settings>
RunLength length_of(const Settings& settings, const EpochLength& epoch) {
  return {epoch, settings.batch, settings.epochs, settings.patience, settings.warmup};
}

/// Puts the default in place of `warmup_by_steps`.
template <class Settings>
void settle_warmup(Settings& settings, const EpochLength& epoch) {
  if (settings.warmup != warmup_by_steps) return;
  settings.warmup = vaecollapse::default_warmup(
      steps_of_shortest_phase(length_of(settings, epoch), settings.objective));
}

/// A sentence for each setting that cannot do in this run what it is for. \pre a settled warm-up
template <class Settings>
std::vector<std::string> training_notes(const TrainingRun<Settings>& run,
                                        const EpochLength& epoch) {
  const Settings& settings = run.settings;
  std::vector<std::string> notes = training_notes(length_of(settings, epoch), settings.objective);
  for (std::string& note :
       posterior_notes(parse_posterior(settings.posterior),
                       static_cast<vaecollapse::Index>(settings.latent), settings.objective)) {
    notes.push_back(std::move(note));
  }
  return notes;
}

/// Writes each, unless it is empty, to the standard error stream.
void print_notes(const std::vector<std::string>& notes);

}  // namespace kit
