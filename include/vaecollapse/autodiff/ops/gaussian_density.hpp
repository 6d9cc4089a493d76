// The log density of a diagonal Gaussian and of a mixture of them at z, on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/mixture.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/gaussian_density.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// log N(z; mu, diag exp(logvar)) of each example.
/// \shape mu, logvar, z [Z x B] -> [B] \unit nats \throws ShapeError \cost O(Z B)
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> gaussian_log_density(C& cx, const Var<Scalar, 2>& mu, const Var<Scalar, 2>& logvar,
                                    const Var<Scalar, 2>& z) {
  require_shapes(mu.shape() == logvar.shape() && mu.shape() == z.shape(), "gaussian_log_density",
                 {{"mu", mu.shape()}, {"logvar", logvar.shape()}, {"z", z.shape()}},
                 "the shapes must be equal");
  const auto density = cx.template make<1>(Shape<1>{{z.columns()}}, any_gradient(mu, logvar, z));
  kernels::gaussian_log_density_forward<Scalar>({mu.view(), logvar.view()}, z.view(),
                                                density.data());
  cx.template record<"gaussian_log_density">(density, [=](BackwardContext&) {
    const auto gradient = [](const Var<Scalar, 2>& x) {
      return x.has_gradient() ? x.gradient_view() : View<Scalar>();
    };
    kernels::gaussian_log_density_backward<Scalar>({mu.view(), logvar.view()}, z.view(),
                                                   density.gradient_data(),
                                                   {gradient(mu), gradient(logvar)}, gradient(z));
  });
  return density;
}

/// log N(z; 0, I) of each example. \shape z [Z x B] -> [B] \unit nats \cost O(Z B)
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> standard_normal_log_density(C& cx, const Var<Scalar, 2>& z) {
  const auto density = cx.template make<1>(Shape<1>{{z.columns()}}, any_gradient(z));
  kernels::standard_normal_log_density_forward(z.view(), density.data());
  cx.template record<"standard_normal_log_density">(density, [=](BackwardContext&) {
    kernels::standard_normal_log_density_backward<Scalar>(z.view(), density.gradient_data(),
                                                          z.gradient_view());
  });
  return density;
}

/// log p(z) of each example under a mixture: what `mixture_surprisal` gives, with the other sign.
/// \shape z [Z x B] -> [B] \unit nats \throws ShapeError \cost O(Z K B)
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 1> mixture_log_density(C& cx, const Var<Scalar, 2>& z,
                                   const MixtureVars<Scalar>& mixture) {
  const auto surprisal = mixture_surprisal(cx, z, mixture).surprisal;
  const auto density = cx.template make<1>(Shape<1>{{z.columns()}}, surprisal.has_gradient());
  for (Index b = 0; b < density.size(); ++b) density.data()[b] = -surprisal.data()[b];
  cx.template record<"mixture_log_density">(density, [=](BackwardContext&) {
    kernels::add_scaled<Scalar>(density.size(), -1, density.gradient_data(),
                                surprisal.gradient_data());
  });
  return density;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
