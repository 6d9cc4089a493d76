// What diagnose_posteriors says of stored posteriors: as text, and as a JSON object whose keys are
// those of `reinflect diagnose --json` where the figures are the same.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/posterior_diagnosis.hpp>

#include "posterior_file.hpp"

namespace posteriors {

struct Findings {
  vaecollapse::PosteriorDiagnosis diagnosis;
  std::string row;  ///< what a row is called
  std::vector<AbsentTensor> absent;
  std::vector<std::string> passed_over;
};

/// What usually helps, for a model of any library.
std::string advice(const vaecollapse::PosteriorDiagnosis& found);

std::string text_of(const Findings& findings);

/// What is not known is null.
nlohmann::ordered_json json_of(const Findings& findings);

}  // namespace posteriors
