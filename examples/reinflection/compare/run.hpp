// The runs of `reinflect compare`: what each works on, and how it is trained and scored.
#pragma once

#include <filesystem>
#include <string_view>

#include "compare/scores.hpp"
#include "corpora.hpp"
#include "kit/compare/ensembles.hpp"
#include "kit/compare/make_runs.hpp"
#include "kit/compare/planned_run.hpp"
#include "latent_space.hpp"
#include "settings.hpp"

namespace reinflection {

/// What all runs of a comparison work on.
struct ComparisonData {
  TrainingRows rows;
  LabelledWords latent;  ///< forms, by which lemma purity is measured; empty: none were given
};

kit::DataHashes hashes_of(const ComparisonData& data);

/// Scores runs' weights together, by the dev rows of `data`, which must outlive it.
kit::ScoreEnsemble<Scores> score_ensemble_of(const ComparisonData& data);

/// The last epoch's weights are kept, not the best one's: by accuracy an annealed run is at its
/// best where the KL costs nothing yet, and that epoch hides the collapse. \param data must outlive
/// the run \throws Error for a mistake in the settings
kit::RunToMake<Scores> plan(const std::filesystem::path& out, std::string_view method,
                            Settings settings, const ComparisonData& data,
                            const kit::DataHashes& hashes);

}  // namespace reinflection
