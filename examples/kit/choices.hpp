// `--prior` and `--optimiser`, in the little language of `--objective`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <vaecollapse/optim/adadelta.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/any.hpp>
#include <vaecollapse/optim/sgd.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"

namespace kit {

/// The prior of z.
struct PriorChoice {
  std::uint64_t components = 0;  ///< of a mixture of Gaussians; 0: N(0, I)
  std::string text;              ///< the expression in full
};

struct OptimiserChoice {
  using Options = std::variant<vaecollapse::AdamOptions, vaecollapse::AdamWOptions,
                               vaecollapse::SgdOptions, vaecollapse::AdadeltaOptions>;
  Options options;
  std::string text;
};

/// \throws ExpressionError
PriorChoice parse_prior(std::string_view expression);
OptimiserChoice parse_optimiser(std::string_view expression);

/// The optimiser that was chosen, at a learning rate of its own where a step gives none.
vaecollapse::AnyOptimiser<float> make_optimiser(const OptimiserChoice& choice,
                                                double learning_rate);

/// What can stand in an expression.
std::vector<MethodSummary> prior_methods();
std::vector<MethodSummary> optimiser_methods();

}  // namespace kit
