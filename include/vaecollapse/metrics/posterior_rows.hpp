// The posteriors of a corpus, as numbers.
#pragma once

#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// q(z|x) of every row, with the sample of z that the ELBO is of. \shape mu, logvar, z [Z x rows]
template <class Scalar>
struct PosteriorRows {
  Index latent = 0;
  std::vector<Scalar> mu, logvar, z;
  std::vector<double> surprisals;  ///< -log p(z) of each row; \unit nats
  std::vector<double> kl;          ///< mean over rows of each group's KL; \unit nats

  Index rows() const { return static_cast<Index>(surprisals.size()); }
  View<const Scalar> view(const std::vector<Scalar>& values) const {
    return {values.data(), latent, rows()};
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
