// The plan of phases, `plan(elbo(beta=0):epochs=3, reset(decoder), free_bits(rate=60))`.
#pragma once

#include "kit/plans.hpp"

namespace kit {

/// `plan(...)`, as a row of the table of plans.
PlanMethod phases_method();

}  // namespace kit
