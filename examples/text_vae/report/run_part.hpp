// What a report says of one run.
#pragma once

#include <cstdint>
#include <filesystem>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/groupings.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>

#include "kit/report/epochs.hpp"
#include "text_vae/trained_model.hpp"

namespace text_vae {

/// What a run is looked at by.
struct ReportSentences {
  vaecollapse::text::Corpus all;
  vaecollapse::text::Corpus points;  ///< those of the maps
};

/// As many sentences of a corpus as may be, which lie evenly among all.
vaecollapse::text::Corpus spread(const vaecollapse::text::Corpus& corpus, std::uint64_t most);

/// The label of the points: how long each is.
vaecollapse::Labelling label_lengths(const vaecollapse::text::Corpus& points);

/// The entry of `runs` in the data of a report, but for its name; see page.hpp.
/// \param folder of the run, whose epochs these are
/// \param team draws the maps
/// \pre two sentences and six points at least, and a model with z
nlohmann::ordered_json run_part(TrainedModel& model, const std::filesystem::path& folder,
                                kit::EpochFigures epochs, const ReportSentences& sentences,
                                const vaecollapse::DiagnosisOptions& options,
                                vaecollapse::Team& team);

}  // namespace text_vae
