// -log p(z) under a mixture of Gaussians, and the negative entropy of a Gaussian, on the tape:
// together a KL by Monte Carlo.
#pragma once

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/mixture.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// sum_k softmax(logits)_k N(means_k, diag exp(logvars_k)).
/// \shape means, logvars [Z x K], logits [K]
template <class Scalar>
struct MixtureVars {
  Var<Scalar, 2> means;
  Var<Scalar, 2> logvars;
  Var<Scalar, 1> logits;

  kernels::Mixture<const Scalar> view() const {
    return {means.view(), logvars.view(), logits.data()};
  }
};

/// -log p(z_b) under the mixture, and p(k | z_b). \shape surprisal [1 x B], responsibilities [K x
/// B]
template <class Scalar>
struct Surprisal {
  Var<Scalar, 2> surprisal;
  View<const Scalar> responsibilities;
};

/// -log p(z) of each example under a mixture, with the p(k | z) of its components.
/// \shape z [Z x B] -> [1 x B], [K x B] \unit nats \throws ShapeError \cost O(Z K B)
/// \source the mixture as a prior: Dilokthanakul et al. 2016; Kamoi & Fukutomi 2018
template <Context C, class Scalar = typename C::scalar_type>
Surprisal<Scalar> mixture_surprisal(C& cx, const Var<Scalar, 2>& z,
                                    const MixtureVars<Scalar>& prior) {
  const auto& [means, logvars, logits] = prior;
  require_shapes(means.shape() == logvars.shape() && means.rows() == z.rows() &&
                     means.columns() == logits.size(),
                 "mixture_surprisal",
                 {{"z", z.shape()},
                  {"means", means.shape()},
                  {"logvars", logvars.shape()},
                  {"logits", logits.shape()}},
                 "means and logvars must be [latent x components], logits [components], and z "
                 "[latent x batch]");
  const auto y =
      cx.template make<2>(Shape<2>{{1, z.columns()}}, any_gradient(z, means, logvars, logits));
  const auto scratch = [&](Index rows, Index columns) {
    return View<Scalar>(cx.arena().template allocate<Scalar>(rows * columns), rows, columns);
  };
  const kernels::MixtureWork<Scalar> work{scratch(z.rows(), means.columns()),
                                          scratch(means.columns(), z.columns())};
  kernels::mixture_surprisal_forward(z.view(), prior.view(), work, y.data());
  cx.template record<"mixture_surprisal">(y, [=](BackwardContext&) {
    const auto gradient = [](const Var<Scalar, 2>& x) {
      return x.has_gradient() ? x.gradient_view() : View<Scalar>();
    };
    kernels::mixture_surprisal_backward<Scalar>(
        z.view(), prior.view(), work, y.gradient_data(), gradient(z),
        {gradient(prior.means), gradient(prior.logvars), prior.logits.gradient_or_null()});
  });
  return {y, work.responsibilities};
}

/// E log q = -(1/2) sum_d (1 + log(2 pi) + logvar_d) of each example, q = N(mu, diag exp(logvar)).
/// \shape logvar [Z x B] -> [1 x B] \unit nats \cost O(Z B)
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> gaussian_negative_entropy(C& cx, const Var<Scalar, 2>& logvar) {
  const auto y = cx.template make<2>(Shape<2>{{1, logvar.columns()}}, any_gradient(logvar));
  kernels::gaussian_negative_entropy_forward(logvar.view(), y.data());
  cx.template record<"gaussian_negative_entropy">(y, [=](BackwardContext&) {
    kernels::gaussian_negative_entropy_backward<Scalar>(y.gradient_data(), logvar.gradient_view());
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
