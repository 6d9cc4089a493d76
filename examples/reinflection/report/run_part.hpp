// What a report says of one run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "kit/report/epochs.hpp"
#include "latent_space.hpp"
#include "trained_model.hpp"

namespace reinflection {

/// What all runs of a report are looked at by.
struct ReportWords {
  std::vector<vaecollapse::reinflection::Example> rows;
  LabelledWords points;
};

/// The entry of `runs` in the data of a report, but for its name; see page.hpp.
/// \param folder of the run, whose epochs these are
/// \param team draws the maps
/// \pre two rows and six points at least
nlohmann::ordered_json run_part(TrainedModel& model, const std::filesystem::path& folder,
                                kit::EpochFigures epochs, const ReportWords& words,
                                const vaecollapse::DiagnosisOptions& options,
                                vaecollapse::Team& team);

}  // namespace reinflection
