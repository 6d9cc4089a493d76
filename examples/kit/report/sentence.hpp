// What a report says first: whether z is used, what accuracy falls to without it (or what the NLL
// rises to, where accuracy shows nothing), and which labels it groups. One sentence.
#pragma once

#include <string>
#include <vector>

#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/groupings.hpp>
#include <vaecollapse/metrics/verdict.hpp>

namespace kit {

/// `z is not used, the model has collapsed`.
std::string use_of(const vaecollapse::Verdict& verdict);

std::string sentence_of(const vaecollapse::Diagnosis& found,
                        const std::vector<vaecollapse::Grouping>& groupings);

/// The same of the runs of a comparison, as far as it holds for any program: who did not use z.
struct RunUse {
  std::string method;
  bool has_collapsed = false;
};
std::string use_of_z(const std::vector<RunUse>& runs);

}  // namespace kit
