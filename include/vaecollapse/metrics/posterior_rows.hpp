// The posteriors of a corpus, as numbers.
#pragma once

#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>

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

  /// Of sequences of latents: where each row's places stand in mu and z, which then have a column
  /// for each place.
  std::vector<PlaceRange> places{};

  Index rows() const { return places.empty() ? columns(mu) : static_cast<Index>(places.size()); }
  View<const Scalar> view(const std::vector<Scalar>& values) const {
    return {values.data(), latent, columns(values)};
  }
  LatentView<Scalar> latents(const std::vector<Scalar>& values) const { return {values, places}; }

 private:
  Index columns(const std::vector<Scalar>& values) const {
    return latent == 0 ? 0 : static_cast<Index>(values.size()) / latent;
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
