// A diagnosis in text and in JSON, and what it makes of the exit status.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/groupings.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace kit {

/// The diagnosis as a JSON object, or as lines to read.
std::string to_json(const vaecollapse::Diagnosis& diagnosis,
                    const std::vector<vaecollapse::Grouping>& groupings);
std::string to_text(const vaecollapse::Diagnosis& diagnosis,
                    const std::vector<vaecollapse::Grouping>& groupings);

/// What programs say of the mutual information, as an object and as a line.
nlohmann::ordered_json to_json(const vaecollapse::MutualInformation& information);
std::string to_text(const vaecollapse::MutualInformation& information);

/// The verdict, its evidence and its advice, then the warnings.
std::string to_text(const vaecollapse::Verdict& verdict, const std::vector<std::string>& warnings);

/// Of z alone, whether or not the task is learnt. 0: healthy; 3: z is not used, whatever the rate
/// and the cause; 4: used but unhealthy, or not known.
int status_of(const vaecollapse::Verdict& verdict);

}  // namespace kit
