// The smallest posterior families: one without a prior and without mu and logvar, and one that has
// a prior besides. Their closed forms are known.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// A draw from the Laplace distribution of scale 1 about 0, by inversion.
inline double laplace_noise(double uniform) {
  return uniform < 0.5 ? std::log(2 * uniform) : -std::log(2 * (1 - uniform));
}

/// The parameters of q(z|x): each dimension is Laplace of scale 1 about `centre`. \shape [Z x B]
template <class Scalar>
struct Laplace {
  vc::Var<Scalar, 2> centre;
};

/// q(z|x) = Laplace(centre(x), 1) in each dimension. Its KL is that from Laplace(0, 1).
class LaplaceHead {
 public:
  LaplaceHead(vc::Layout& layout, const std::string& name, vc::Index input, vc::Index latent)
      : centre_(layout, name + ".centre", {input, latent}) {}

  vc::Index latent() const { return centre_.output(); }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  Laplace<Scalar> head(C& cx, const vc::Var<Scalar, 2>& code) const {
    return {centre_(cx, code)};
  }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> sample(C& cx, const Laplace<Scalar>& q, const vc::Draws& draws,
                            std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    const auto z = cx.template make<2>(q.centre.shape());
    for (vc::Index j = 0; j < z.columns(); ++j) {
      for (vc::Index d = 0; d < z.rows(); ++d) {
        const double uniform = draws.uniform(vc::Stream::latent, vc::at(rows, j), number, 0,
                                             static_cast<std::uint32_t>(d));
        z.value_view()(d, j) = q.centre.view()(d, j) + static_cast<Scalar>(laplace_noise(uniform));
      }
    }
    cx.template record<"laplace_sample">(z, [=](vc::BackwardContext&) {
      if (!q.centre.has_gradient()) return;
      for (vc::Index i = 0; i < z.size(); ++i) {
        q.centre.gradient_data()[i] += z.gradient_data()[i];
      }
    });
    return z;
  }

  template <class Scalar>
  vc::Var<Scalar, 2> mean(const Laplace<Scalar>& q) const {
    return q.centre;
  }

  /// |centre| + exp(-|centre|) - 1.
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 2> kl(C& cx, const Laplace<Scalar>& q, const vc::Var<Scalar, 2>&) const {
    const auto kl = cx.template make<2>(q.centre.shape());
    for (vc::Index i = 0; i < kl.size(); ++i) {
      const Scalar size = std::abs(q.centre.data()[i]);
      kl.data()[i] = size + std::exp(-size) - 1;
    }
    cx.template record<"laplace_kl">(kl, [=](vc::BackwardContext&) {
      if (!q.centre.has_gradient()) return;
      for (vc::Index i = 0; i < kl.size(); ++i) {
        const Scalar x = q.centre.data()[i], slope = 1 - std::exp(-std::abs(x));
        q.centre.gradient_data()[i] += kl.gradient_data()[i] * (x < 0 ? -slope : slope);
      }
    });
    return kl;
  }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_density(C& cx, const Laplace<Scalar>& q,
                                 const vc::Var<Scalar, 2>& z) const {
    const auto density = cx.template make<1>(vc::Shape<1>{{z.columns()}});
    for (vc::Index j = 0; j < z.columns(); ++j) {
      density.data()[j] = 0;
      for (vc::Index d = 0; d < z.rows(); ++d) {
        const Scalar away = std::abs(z.view()(d, j) - q.centre.view()(d, j));
        density.data()[j] -= away + static_cast<Scalar>(std::log(2.0));
      }
    }
    cx.template record<"laplace_log_density">(density, [=](vc::BackwardContext&) {
      for (vc::Index i = 0; i < z.size(); ++i) {
        const Scalar seed = density.gradient_data()[i / z.rows()];
        const Scalar slope = z.data()[i] < q.centre.data()[i] ? seed : -seed;
        if (z.has_gradient()) z.gradient_data()[i] += slope;
        if (q.centre.has_gradient()) q.centre.gradient_data()[i] -= slope;
      }
    });
    return density;
  }

 private:
  vc::Linear centre_;
};

/// The same, with its prior Laplace(0, 1).
class LaplaceUnderPrior : public LaplaceHead {
 public:
  using LaplaceHead::LaplaceHead;

  vc::Index kl_groups() const { return latent(); }

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Var<Scalar, 1> log_prior(C& cx, const vc::Var<Scalar, 2>& z) const {
    const auto centre = cx.template make<2>(z.shape());
    for (vc::Index i = 0; i < centre.size(); ++i) centre.data()[i] = 0;
    return log_density(cx, Laplace<Scalar>{centre}, z);
  }
  template <class Scalar>
  void sample_prior(vc::Workspace<Scalar>&, const vc::Draws& draws,
                    std::span<const std::uint32_t> rows, vc::View<Scalar> out) const {
    for (vc::Index j = 0; j < out.columns; ++j) {
      for (vc::Index d = 0; d < out.rows; ++d) {
        out(d, j) = static_cast<Scalar>(laplace_noise(draws.uniform(
            vc::Stream::prior, vc::at(rows, j), 0, 0, static_cast<std::uint32_t>(d))));
      }
    }
  }
};

}  // namespace vaecollapse_test
