// `--criterion`: by what the best epoch of a training is chosen, in the little language of
// `--objective`. A new criterion is a new row of the table in criterion.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/train/report.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"

namespace kit {

/// make_criterion.hpp makes it: this header has no model to judge.
struct CriterionChoice {
  enum class Kind { accuracy, elbo, importance_weighted_nll };
  Kind kind = Kind::accuracy;
  std::uint32_t samples = 0;  ///< of z a row, where the kind draws any
  std::string text{};         ///< the expression in full
};

/// \throws ExpressionError
CriterionChoice parse_criterion(std::string_view expression);

/// What can stand in an expression.
std::vector<MethodSummary> criterion_methods();

/// `elbo -31.250`; empty for the usual criterion, whose value programs show as they like.
std::string criterion_text(const vaecollapse::EpochReport& epoch);

}  // namespace kit
