#include "training_notes.hpp"

#include <utility>

#include <vaecollapse/optim/schedule.hpp>

#include "kit/posteriors.hpp"
#include "kit/training_notes.hpp"

namespace reinflection {

namespace {

kit::RunLength length_of(const Settings& settings, std::uint64_t rows) {
  return {rows, settings.batch, settings.epochs, settings.patience, settings.warmup};
}

}  // namespace

std::uint64_t planned_steps(const Settings& settings, std::uint64_t rows) {
  return length_of(settings, rows).steps();
}

void settle_warmup(Settings& settings, std::uint64_t rows) {
  if (settings.warmup != warmup_by_steps) return;
  settings.warmup = vaecollapse::default_warmup(
      kit::steps_of_shortest_phase(length_of(settings, rows), settings.objective));
}

std::vector<std::string> training_notes(const TrainingRun& run, std::uint64_t rows) {
  std::vector<std::string> notes =
      kit::training_notes(length_of(run.settings, rows), run.settings.objective);
  const auto latent = static_cast<vaecollapse::Index>(run.settings.latent);
  for (std::string& note : kit::posterior_notes(kit::parse_posterior(run.settings.posterior),
                                                latent, run.settings.objective)) {
    notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace reinflection
