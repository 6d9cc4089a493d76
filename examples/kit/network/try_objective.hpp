// What shows only when an objective meets the KL of a network, found before the first files are
// written.
#pragma once

#include <string_view>

#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/shape.hpp>

#include "kit/expression.hpp"

namespace kit {

/// Evaluates the objective once a phase on terms whose KL has so many rows, which groups may not
/// divide. \param beside the option that decides how many there are, such as `--latent`
/// \throws Error that names both options
void try_objective(const ObjectiveChoice& choice, vaecollapse::Index kl_rows,
                   std::string_view beside);
/// The same where these rows and those of places are the KL's.
void try_objective_of_places(const ObjectiveChoice& choice, const vaecollapse::KlRows& leading,
                             std::string_view beside);

}  // namespace kit
