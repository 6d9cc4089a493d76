#include "kit/network/try_objective.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace kit {

namespace {

void try_on_terms(const ObjectiveChoice& choice, const vaecollapse::Terms& terms,
                  std::string_view beside) {
  std::vector<double> dkl(static_cast<std::size_t>(terms.kl.rows)), dnll(1);
  vaecollapse::Seeds seeds{{dkl.data(), terms.kl.rows, 1}, dnll};
  vaecollapse::AnyObjective objective = choice.objective;
  try {
    for (std::size_t phase = 0; phase < std::max<std::size_t>(choice.phases.size(), 1); ++phase) {
      objective.enter_phase(phase);
      objective.evaluate(terms, seeds);
    }
  } catch (const vaecollapse::Error& error) {
    vaecollapse::raise(
        vaecollapse::Error("--objective, " + std::string(beside) + ": " + error.what()));
  }
}

}  // namespace

void try_objective(const ObjectiveChoice& choice, vaecollapse::Index kl_rows,
                   std::string_view beside) {
  const std::vector<double> kl(static_cast<std::size_t>(kl_rows)), nll(1);
  try_on_terms(choice, {.kl = {kl.data(), kl_rows, 1}, .nll = nll, .symbols = 1}, beside);
}

void try_objective_of_places(const ObjectiveChoice& choice, const vaecollapse::KlRows& leading,
                             std::string_view beside) {
  const std::array<vaecollapse::Index, 1> entries{leading.count() + 2};
  const std::vector<double> kl(static_cast<std::size_t>(entries[0])), nll(1);
  try_on_terms(choice,
               {.kl = {kl.data(), entries[0], 1},
                .nll = nll,
                .symbols = 1,
                .places = entries,
                .leading = leading},
               beside);
}

}  // namespace kit
