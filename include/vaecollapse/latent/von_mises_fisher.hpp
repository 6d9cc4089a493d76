// The von Mises-Fisher posterior family: directions on the unit sphere, under the uniform prior.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include <vaecollapse/autodiff/ops/von_mises_fisher.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/concentration.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The mean direction of q(z|x) = vMF(mu, kappa); kappa is the head's. \shape [Z x B], columns of
/// length one
template <class Scalar>
struct VonMisesFisher {
  Var<Scalar, 2> mu;
};

/// A posterior on the unit sphere whose kappa is fixed: q(z|x) = vMF(mu(x), kappa), with the
/// density C exp(kappa mu' z), under the uniform prior. A linear head gives mu, divided by its
/// length; see `direction` for an output of zero.
///
/// The KL is one number for every x, so it has no gradient, and a posterior cannot collapse to the
/// prior. Weights and schedules of the KL, free bits and every other rate policy change the loss
/// that is reported, and nothing that is learnt: the rate is chosen by kappa.
/// Parameters `name.mu.weight` [input x latent] and `name.mu.bias` [latent].
/// \source Xu & Durrett 2018, "Spherical latent spaces for stable variational autoencoders";
/// Davidson et al. 2018, "Hyperspherical variational auto-encoders"
/// \shape code [input x B] -> mu and z [latent x B], kl [1 x B]
/// \cost 2 input latent flops a column; latent draws and about one and a half proposals for each
class VonMisesFisherHead {
 public:
  /// The sizes of the head, and how closely samples keep to mu.
  struct Sizes {
    Index input;
    Index latent;
    double kappa;
  };

  /// \throws Error unless 2 <= latent <= 4096 and 0 <= kappa <= 10000
  VonMisesFisherHead(Layout& layout, const std::string& name, Sizes sizes)
      : concentration_(sizes.latent, sizes.kappa),
        mu_(layout, name + ".mu", {sizes.input, sizes.latent}) {}

  Index latent() const { return mu_.output(); }
  Index kl_groups() const { return 1; }
  bool is_on_sphere() const { return true; }
  const Concentration& concentration() const { return concentration_; }

  /// q(z|x) from the encoder's code. \shape code [input x B]
  template <Context C, class Scalar = typename C::scalar_type>
  VonMisesFisher<Scalar> head(C& cx, const Var<Scalar, 2>& code) const {
    return {direction(cx, mu_(cx, code))};
  }

  /// z ~ q, addressed by its corpus row. \shape [Z x B], columns of length one
  /// \cost Z normal draws and about one and a half proposals a row
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> sample(C& cx, const VonMisesFisher<Scalar>& q, const Draws& draws,
                        std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    require_shapes(Index(rows.size()) == q.mu.columns(), "von_mises_fisher_sample",
                   {{"mu", q.mu.shape()}, {"corpus rows", Shape<1>{{Index(rows.size())}}}},
                   "there must be a corpus row for each column");
    const View<Scalar> noise(cx.arena().template allocate<Scalar>(q.mu.size()), q.mu.rows(),
                             q.mu.columns());
    fill_normal(draws, Stream::latent, rows, number, noise);
    const auto along = cx.arena().template span<Scalar>(noise.columns);
    const auto across = cx.arena().template span<Scalar>(noise.columns);
    for (std::size_t b = 0; b < rows.size(); ++b) {
      const auto drawn = concentration_.draw(draws, Stream::latent, rows[b], number);
      along[b] = static_cast<Scalar>(drawn.along);
      across[b] = static_cast<Scalar>(drawn.across);
    }
    return von_mises_fisher_sample(cx, q.mu, {along.data(), across.data()},
                                   View<const Scalar>(noise));
  }

  /// The mean direction: of length one, where the mean of z is A(kappa) mu.
  template <class Scalar>
  Var<Scalar, 2> mean(const VonMisesFisher<Scalar>& q) const {
    return q.mu;
  }

  /// The same number for every example, without a gradient. \shape [1 x B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const VonMisesFisher<Scalar>& q, const Var<Scalar, 2>&) const {
    const auto kl = cx.template make<2>(Shape<2>{{1, q.mu.columns()}});
    std::fill_n(kl.data(), kl.size(), static_cast<Scalar>(concentration_.kl()));
    return kl;
  }

  /// log q(z|x), by the sphere's own area. \shape z [Z x B], of length one -> [B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_density(C& cx, const VonMisesFisher<Scalar>& q,
                             const Var<Scalar, 2>& z) const {
    return von_mises_fisher_log_density(cx, q.mu, z, concentration_.kappa(),
                                        concentration_.log_normaliser());
  }
  /// The same in double. \shape out [B]
  template <class Scalar>
  void log_density(Workspace<Scalar>&, const VonMisesFisher<Scalar>& q, const Var<Scalar, 2>& z,
                   std::span<double> out) const {
    for (Index b = 0; b < z.columns(); ++b) {
      double cosine = 0;
      for (Index d = 0; d < z.rows(); ++d) {
        cosine += static_cast<double>(q.mu.view()(d, b)) * static_cast<double>(z.view()(d, b));
      }
      at(out, b) = concentration_.kappa() * cosine + concentration_.log_normaliser();
    }
  }

  /// log p(z), p being uniform on the sphere. \shape z [Z x B], of length one -> [B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_prior(C& cx, const Var<Scalar, 2>& z) const {
    const auto density = cx.template make<1>(Shape<1>{{z.columns()}});
    std::fill_n(density.data(), density.size(), static_cast<Scalar>(concentration_.log_uniform()));
    return density;
  }
  /// The same in double. \shape out [B]
  template <class Scalar>
  void log_prior(Workspace<Scalar>&, const Var<Scalar, 2>&, std::span<double> out) const {
    std::fill(out.begin(), out.end(), concentration_.log_uniform());
  }
  /// z ~ p(z), a column for each row, which addresses it. \shape out [Z x rows]
  template <class Scalar>
  void sample_prior(Workspace<Scalar>& workspace, const Draws& draws,
                    std::span<const std::uint32_t> rows, View<Scalar> out) const {
    fill_normal(draws, Stream::prior, rows, 0, out);
    const ArenaFrame frame(workspace.arena());
    kernels::direction_forward<Scalar>(out, out,
                                       workspace.arena().template allocate<Scalar>(out.columns));
  }

 private:
  Concentration concentration_;
  Linear mu_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
