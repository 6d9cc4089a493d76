// The criterion that `--criterion` has chosen, for a program's network and rows. Includes the
// tape: for few sources only.
#pragma once

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/train/any_criterion.hpp>
#include <vaecollapse/train/criterion.hpp>

#include "kit/criterion.hpp"

namespace kit {

template <class Network, vaecollapse::SymbolRows Rows>
vaecollapse::AnyCriterion<Network, Rows> make_criterion(const CriterionChoice& choice) {
  switch (choice.kind) {
    case CriterionChoice::Kind::elbo:
      return vaecollapse::DevElbo();
    case CriterionChoice::Kind::importance_weighted_nll:
      return vaecollapse::DevImportanceWeightedNll(choice.samples);
    case CriterionChoice::Kind::accuracy:
      break;
  }
  return vaecollapse::DevAccuracy();
}

}  // namespace kit
