// The evidence lower bound, and the beta-VAE.
#pragma once

#include <cmath>
#include <string>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// NLL + beta R, where R is the mean KL; beta 1 is the evidence lower bound.
/// \unit nats per word \cost O(G B)
/// \source Kingma & Welling 2014; beta: Higgins et al. 2017
class Elbo {
 public:
  /// \throws Error for a beta below 0
  explicit Elbo(double beta = 1) : beta_(beta) {
    if (!(beta >= 0 && std::isfinite(beta))) {
      raise(Error("Elbo: beta is " + std::to_string(beta) + ", it must be at least 0"));
    }
  }

  double beta() const { return beta_; }

  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = report_reconstruction("Elbo", terms, seeds);
    fill(seeds.kl, 1 / static_cast<double>(terms.batch()));
    report.penalty = report.rate;
    scale_penalty(beta_, seeds, report);
    return report;
  }

 private:
  double beta_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
