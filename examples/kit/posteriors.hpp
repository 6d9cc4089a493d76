// `--posterior`, in the little language of `--objective`. A new family is a row of the table in
// posteriors.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/layout.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"

namespace vaecollapse::inline VAECOLLAPSE_ABI {
class AnyPosterior;  // its header includes the tape
}

namespace kit {

/// What a posterior is made for.
struct PosteriorSizes {
  vaecollapse::Index input;  ///< the width of the encoder's code
  vaecollapse::Index latent;
  std::uint64_t prior_components = 0;  ///< of `PriorChoice`
};

/// A posterior family with its numbers.
struct PosteriorFamily {
  using Make = std::function<vaecollapse::AnyPosterior(
      vaecollapse::Layout& layout, const std::string& name, const PosteriorSizes& sizes)>;
  using Rate = std::function<double(vaecollapse::Index latent)>;

  /// Declares its parameters. \throws Error for sizes that it cannot have
  Make make;
  /// Whether q is a Gaussian: only then may its prior and its heads be chosen.
  bool is_gaussian = false;
  /// The KL, of a family that has the same for every word; otherwise empty. \unit nats
  Rate fixed_rate = nullptr;
};

struct PosteriorChoice {
  PosteriorFamily family;
  std::string text;  ///< the expression in full
};

/// \throws ExpressionError
PosteriorChoice parse_posterior(std::string_view expression);

/// Makes it once, to no purpose but that. \throws Error for sizes that the family cannot have
void try_sizes(const PosteriorFamily& family, const PosteriorSizes& sizes);

/// What to say before a training whose objective has no say in the rate; otherwise nothing.
/// \param objective in full
std::vector<std::string> posterior_notes(const PosteriorChoice& posterior,
                                         vaecollapse::Index latent, std::string_view objective);

/// Adds to a verdict's advice to change the rate that this posterior has one rate alone.
void limit_advice(const PosteriorChoice& posterior, std::string& advice);

/// What can stand in an expression.
std::vector<MethodSummary> posterior_methods();

}  // namespace kit
