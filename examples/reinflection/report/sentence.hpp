// What a report says first: whether z is used, what accuracy falls to without it (or what the NLL
// rises to, where accuracy shows nothing), and which labels it groups. One sentence.
#pragma once

#include <string>
#include <vector>

#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/groupings.hpp>

#include "compare/run.hpp"

namespace reinflection {

std::string sentence_of(const vaecollapse::Diagnosis& found,
                        const std::vector<vaecollapse::Grouping>& groupings);

/// The same of the methods of a comparison. \pre there are results
std::string sentence_of(const std::vector<RunResult>& results);

}  // namespace reinflection
