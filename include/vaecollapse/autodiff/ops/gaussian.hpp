// The reparameterised Gaussian sample and its KL from N(0, I), on the tape.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/gaussian.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// z = mu + exp(logvar / 2) noise. The noise must live as long as the scope does.
/// \shape all [Z x B], noise without gaps \throws ShapeError \cost one exp an element, and one
/// backward \source Kingma & Welling 2014, section 2.4
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> gaussian_sample(C& cx, const Var<Scalar, 2>& mu, const Var<Scalar, 2>& logvar,
                               View<const Scalar> noise) {
  require_shapes(
      mu.shape() == logvar.shape() && mu.shape() == noise.shape() && noise.leading == noise.rows,
      "gaussian_sample", {{"mu", mu.shape()}, {"logvar", logvar.shape()}, {"noise", noise.shape()}},
      "the shapes must be equal");
  const auto z = cx.template make<2>(mu.shape(), any_gradient(mu, logvar));
  kernels::gaussian_sample_forward(z.size(), mu.data(), logvar.data(), noise.data, z.data());
  cx.template record<"gaussian_sample">(z, [=](BackwardContext& back) {
    kernels::gaussian_sample_backward<Scalar>(z.size(), logvar.data(), noise.data,
                                              z.gradient_data(), back.gradient_or_scratch(mu),
                                              back.gradient_or_scratch(logvar));
  });
  return z;
}

/// KL(N(mu, exp(logvar)) || N(0, 1)) of every dimension of every example.
/// \shape all [Z x B] \unit nats \throws ShapeError \cost one exp an element, and one backward
/// \source Kingma & Welling 2014, appendix B
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> gaussian_kl(C& cx, const Var<Scalar, 2>& mu, const Var<Scalar, 2>& logvar) {
  require_shapes(mu.shape() == logvar.shape(), "gaussian_kl",
                 {{"mu", mu.shape()}, {"logvar", logvar.shape()}}, "the shapes must be equal");
  const auto kl = cx.template make<2>(mu.shape(), any_gradient(mu, logvar));
  kernels::gaussian_kl_forward(kl.size(), mu.data(), logvar.data(), kl.data());
  cx.template record<"gaussian_kl">(kl, [=](BackwardContext& back) {
    kernels::gaussian_kl_backward<Scalar>(kl.size(), mu.data(), logvar.data(), kl.gradient_data(),
                                          back.gradient_or_scratch(mu),
                                          back.gradient_or_scratch(logvar));
  });
  return kl;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
