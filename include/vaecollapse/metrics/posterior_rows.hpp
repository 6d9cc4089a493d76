// The posteriors of a corpus, as numbers.
#pragma once

#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// q(z|x) of every row, with the sample of z that the ELBO is of. What a family of posteriors has
/// not is empty. \shape mu, logvar, z [Z x rows]
template <class Scalar>
struct PosteriorRows {
  Index latent = 0;
  std::vector<Scalar> mu;      ///< the means
  std::vector<Scalar> logvar;  ///< of Gaussians
  std::vector<Scalar> z;
  std::vector<double> surprisals;  ///< -log p(z) of each row, where there is a prior; \unit nats
  std::vector<double> kl;          ///< mean over rows of each group's KL; \unit nats

  Index rows() const { return latent == 0 ? 0 : static_cast<Index>(mu.size()) / latent; }
  View<const Scalar> view(const std::vector<Scalar>& values) const {
    return {values.data(), latent, rows()};
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
