// `--plateau`: when the learning rate falls because no epoch was better, in the little language of
// `--objective`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/train/options.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"

namespace kit {

struct PlateauChoice {
  std::optional<vaecollapse::PlateauOptions> options;  ///< empty: it never does
  std::string text;                                    ///< the expression in full
};

/// \throws ExpressionError
PlateauChoice parse_plateau(std::string_view expression);

/// What can stand in an expression.
std::vector<MethodSummary> plateau_methods();

}  // namespace kit
