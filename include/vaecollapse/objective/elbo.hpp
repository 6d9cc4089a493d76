// The evidence lower bound, and the beta-VAE.
#pragma once

#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/objective/numbers.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// NLL + beta R, where R is the mean KL; beta 1 is the evidence lower bound.
/// \unit nats per word \cost O(G B)
/// \source Kingma & Welling 2014; beta: Higgins et al. 2017
class Elbo {
 public:
  /// \throws Error for a beta below 0
  explicit Elbo(double beta = 1) : beta_(beta) { detail::require_amount("Elbo", "beta", beta); }

  double beta() const { return beta_; }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("Elbo", terms, seeds);
    pay_for_rate(report.rate, 1, seeds, report);
    scale_penalty(beta_, seeds, report);
    return report;
  }

 private:
  double beta_;
};

/// NLL + beta R with the beta in the type; `Elbo(beta)` is its run-time form.
/// \source Higgins et al. 2017
template <Literal Beta>
class BetaVae : public Elbo {
  static_assert(detail::is_amount(Beta.value()), "BetaVae<beta> needs a beta of at least 0");

 public:
  BetaVae() : Elbo(Beta.value()) {}
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
