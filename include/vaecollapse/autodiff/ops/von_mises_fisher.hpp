// Directions and the von Mises-Fisher distribution around them, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/von_mises_fisher.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Every column divided by its length. A column no longer than `kernels::least_length` becomes the
/// first axis, and its gradient is zero. \shape [Z x B], Z >= 1 \throws ShapeError \cost O(Z B)
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> direction(C& cx, const Var<Scalar, 2>& x) {
  require_shapes(x.rows() >= 1, "direction", {{"input", x.shape()}}, "a column must not be empty");
  const auto y = cx.template make<2>(x.shape(), any_gradient(x));
  Scalar* const lengths = cx.arena().template allocate<Scalar>(x.columns());
  kernels::direction_forward(x.view(), y.value_view(), lengths);
  cx.template record<"direction">(y, [=](BackwardContext&) {
    kernels::direction_backward<Scalar>(y.view(), lengths, y.gradient_view(), x.gradient_view());
  });
  return y;
}

/// z = along mu + across v, v being the direction of what of the noise is at right angles to mu.
/// The gradient reaches mu as if z were turned with it; `along` and `across` have none. These and
/// the noise must live as long as the scope does.
/// \shape mu, noise, z [Z x B], Z >= 2, along and across [B] \pre columns of mu have length one
/// \throws ShapeError \cost O(Z B) \source Wood 1994; a fixed kappa needs no gradient through
/// `along`: Xu & Durrett 2018
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> von_mises_fisher_sample(C& cx, const Var<Scalar, 2>& mu,
                                       kernels::SphereCoordinates<Scalar> w,
                                       View<const Scalar> noise) {
  require_shapes(mu.shape() == noise.shape() && mu.rows() >= 2, "von_mises_fisher_sample",
                 {{"mu", mu.shape()}, {"noise", noise.shape()}},
                 "the shapes must be equal, with two rows or more");
  const auto z = cx.template make<2>(mu.shape(), any_gradient(mu));
  kernels::von_mises_fisher_sample_forward(mu.view(), w, noise, z.value_view());
  cx.template record<"von_mises_fisher_sample">(z, [=](BackwardContext&) {
    kernels::von_mises_fisher_sample_backward<Scalar>(mu.view(), w, z.view(), z.gradient_view(),
                                                      mu.gradient_view());
  });
  return z;
}

/// kappa mu' z + log_normaliser of each column: log vMF(z; mu, kappa), in nats, by the sphere's own
/// area. \shape mu, z [Z x B] -> [B] \throws ShapeError \cost O(Z B)
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> von_mises_fisher_log_density(C& cx, const Var<Scalar, 2>& mu,
                                            const Var<Scalar, 2>& z, double kappa,
                                            double log_normaliser) {
  require_shapes(mu.shape() == z.shape(), "von_mises_fisher_log_density",
                 {{"mu", mu.shape()}, {"z", z.shape()}}, "the shapes must be equal");
  const auto y = cx.template make<1>(Shape<1>{{mu.columns()}}, any_gradient(mu, z));
  kernels::von_mises_fisher_log_density_forward(mu.view(), z.view(), kappa, log_normaliser,
                                                y.data());
  cx.template record<"von_mises_fisher_log_density">(y, [=](BackwardContext&) {
    const auto gradient = [](const Var<Scalar, 2>& x) {
      return x.has_gradient() ? x.gradient_view() : View<Scalar>();
    };
    kernels::von_mises_fisher_log_density_backward<Scalar>(
        mu.view(), z.view(), kappa, y.gradient_data(), gradient(mu), gradient(z));
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
