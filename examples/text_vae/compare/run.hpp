// The runs of `text_vae compare`: what each works on, and how it is trained and scored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include <vaecollapse/tasks/text/corpus.hpp>

#include "kit/compare/make_runs.hpp"
#include "kit/compare/planned_run.hpp"
#include "text_vae/compare/scores.hpp"
#include "text_vae/corpora.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

/// What all runs of a comparison work on.
struct ComparisonData {
  TrainingText text;
  std::optional<vaecollapse::text::Corpus> test;  ///< that scores are of; none: dev
  std::uint32_t samples = 50;                     ///< of z, for each sentence

  const vaecollapse::text::Corpus& scored() const { return test ? *test : text.dev; }
};

kit::DataHashes hashes_of(const ComparisonData& data);

/// The weights of the best epoch are kept and scored: dev tells it by the ELBO, whose KL has its
/// full weight whatever the objective's is.
/// \param data must outlive the run \throws Error for a mistake in the settings
kit::RunToMake<Scores> plan(const std::filesystem::path& out, std::string_view method,
                            Settings settings, ComparisonData& data, const kit::DataHashes& hashes);

}  // namespace text_vae
