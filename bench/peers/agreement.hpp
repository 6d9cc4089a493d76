// Contenders that do not compute the same are not compared.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "peers/contender.hpp"

namespace vaecollapse::bench {

struct Disagreement : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// \param task: what was computed, for the message
/// \throws Disagreement that names the first tensor of `theirs` that is not as in `ours`
void require_agreement(const std::string& task, const std::string& peer,
                       const std::vector<Agreed>& ours, const std::vector<Agreed>& theirs);

}  // namespace vaecollapse::bench
