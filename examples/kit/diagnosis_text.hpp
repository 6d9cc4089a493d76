// A diagnosis in text and in JSON, and what it makes of the exit status.
#pragma once

#include <string>
#include <vector>

#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/groupings.hpp>

namespace kit {

/// The diagnosis as a JSON object, or as lines to read.
std::string to_json(const vaecollapse::Diagnosis& diagnosis,
                    const std::vector<vaecollapse::Grouping>& groupings);
std::string to_text(const vaecollapse::Diagnosis& diagnosis,
                    const std::vector<vaecollapse::Grouping>& groupings);

/// Of z alone, whether or not the task is learnt. 0: healthy; 3: z is not used, whatever the rate
/// and the cause; 4: used but unhealthy, or not known.
int status_of(const vaecollapse::Verdict& verdict);

}  // namespace kit
