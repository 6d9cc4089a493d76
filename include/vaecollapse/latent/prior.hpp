// The prior of a posterior family, without a tape: how likely a z is, and draws of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <variant>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Which component a draw is from, by inversion of one uniform.
template <class Scalar>
Index draw_component(const MixtureVars<Scalar>& mixture, double uniform) {
  const Scalar* logits = mixture.logits.data();
  const Index count = mixture.logits.size();
  const auto greatest = static_cast<double>(*std::max_element(logits, logits + count));
  const auto weight = [&](Index k) { return std::exp(static_cast<double>(logits[k]) - greatest); };
  double total = 0, below = 0;
  for (Index k = 0; k < count; ++k) total += weight(k);
  for (Index k = 0; k + 1 < count; ++k) {
    below += weight(k);
    if (uniform * total < below) return k;
  }
  return count - 1;
}

}  // namespace detail

/// -log p(z_b) of each column. \shape z [Z x B], out [B] \unit nats
template <class Scalar>
void prior_surprisals(Workspace<Scalar>&, const GaussianHead&, const Var<Scalar, 2>& z,
                      std::span<double> out) {
  for (Index j = 0; j < z.columns(); ++j) {
    double twice = 0;
    for (Index d = 0; d < z.rows(); ++d) {
      const auto value = static_cast<double>(z.view()(d, j));
      twice += value * value + log_2pi;
    }
    at(out, j) = twice / 2;
  }
}
/// The same for this kind of posterior.
template <class Scalar>
void prior_surprisals(Workspace<Scalar>& ws, const MixturePriorHead& posterior,
                      const Var<Scalar, 2>& z, std::span<double> out) {
  const auto surprisal = posterior.prior()(ws, z).surprisal;
  std::copy_n(surprisal.data(), out.size(), out.begin());
}
/// The same for this kind of posterior.
template <class Scalar>
void prior_surprisals(Workspace<Scalar>& ws, const AnyPosterior& posterior, const Var<Scalar, 2>& z,
                      std::span<double> out) {
  std::visit([&](const auto& family) { prior_surprisals(ws, family, z, out); }, posterior.family());
}

/// z ~ p(z), a column for each row, which addresses it. \shape out [Z x rows]
template <class Scalar>
void sample_prior(Workspace<Scalar>&, const GaussianHead&, const Draws& draws,
                  std::span<const std::uint32_t> rows, View<Scalar> out) {
  fill_normal(draws, Stream::prior, rows, 0, out);
}
/// The same for this kind of posterior.
template <class Scalar>
void sample_prior(Workspace<Scalar>& ws, const MixturePriorHead& posterior, const Draws& draws,
                  std::span<const std::uint32_t> rows, View<Scalar> out) {
  fill_normal(draws, Stream::prior, rows, 0, out);
  const MixtureVars<Scalar> mixture = posterior.prior().vars(ws);
  for (Index j = 0; j < out.columns; ++j) {
    const std::uint32_t row = at(rows, j);
    const double uniform = draws.uniform(Stream::prior, row, 0, 1, 0);
    const Index k = detail::draw_component(mixture, uniform);
    for (Index d = 0; d < out.rows; ++d) {
      const Scalar scale = std::exp(mixture.logvars.view()(d, k) / 2);
      out(d, j) = mixture.means.view()(d, k) + scale * out(d, j);
    }
  }
}
/// The same for this kind of posterior.
template <class Scalar>
void sample_prior(Workspace<Scalar>& ws, const AnyPosterior& posterior, const Draws& draws,
                  std::span<const std::uint32_t> rows, View<Scalar> out) {
  std::visit([&](const auto& family) { sample_prior(ws, family, draws, rows, out); },
             posterior.family());
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
