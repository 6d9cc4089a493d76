// A network without weights whose likelihood, posterior and mutual information are known: z ~ N(0,
// 1), x ~ N(2 z, 0.5), so x ~ N(0, 4.5) and z given x has precision 9. A row is its x, whatever
// symbols it holds; the second dimension of z is not used.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/var.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/kernels/unit_dropout.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/vae_terms.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// -log N(x; mean, variance).
inline double normal_nll(double x, double mean, double variance) {
  return ((x - mean) * (x - mean) / variance + std::log(variance) + vc::log_2pi) / 2;
}

/// A Gaussian family whose q is given, with the prior N(0, I); with `latent` 0 there is no z.
class GivenGaussian : public vc::GaussianHead {
 public:
  GivenGaussian(vc::Layout& layout, vc::Index latent)
      : GaussianHead(layout, "posterior", {1, 2}), latent_(latent) {}
  vc::Index latent() const { return latent_; }

 private:
  vc::Index latent_;
};

class LinearGaussianNetwork {
 public:
  using Q = vc::Gaussian<float>;
  struct Encoded {
    Q q;
  };

  /// \param x of every row \param latent 2, or 0 for a model without z
  LinearGaussianNetwork(vc::Layout& layout, std::vector<double> x, vc::Index latent = 2)
      : x_(std::move(x)), posterior_(layout, latent) {}

  /// -log p(x) of a row.
  double nll(vc::Row row) const { return normal_nll(x_[row], 0, 4.5); }
  /// The KL of its posterior from the prior.
  double kl(vc::Row row) const {
    const double mu = mean(row);
    return (mu * mu + 1.0 / 9 + std::log(9.0) - 1) / 2;
  }

  const GivenGaussian& posterior() const& { return posterior_; }

  template <vc::Context C>
  Encoded infer(C& cx, const vc::Batch& batch) const {
    const vc::Shape<2> shape{{2, batch.size()}};
    const Q q{cx.template make<2>(shape), cx.template make<2>(shape)};
    for (vc::Index j = 0; j < batch.size(); ++j) {
      q.mu.value_view()(0, j) = static_cast<float>(mean(vc::at(batch.rows(), j)));
      q.logvar.value_view()(0, j) = -std::log(9.0F);
      q.mu.value_view()(1, j) = q.logvar.value_view()(1, j) = 0;
    }
    return {q};
  }
  template <vc::Context C>
  Q encode(C& cx, const vc::Batch& batch) const {
    return infer(cx, batch).q;
  }

  template <vc::Context C, class... Encoded>
  vc::Var<float, 2> conditioning(C&, const vc::Var<float, 2>& z, const vc::Batch&,
                                 const Encoded&...) const {
    return z;
  }
  template <vc::Context C>
  vc::Var<float, 1> nll(C& cx, const vc::Var<float, 2>& z, const vc::Batch& batch,
                        const vc::Symbols&, const vc::kernels::UnitDropout&) const {
    return of_rows(cx, batch, [&](vc::Index j, vc::Row row) {
      return normal_nll(x_[row], 2 * static_cast<double>(z.view()(0, j)), 0.5);
    });
  }
  template <vc::Context C>
  vc::Var<float, 1> reconstruct(C& cx, const vc::Var<float, 2>& z, const vc::Batch& batch,
                                const vc::Symbols& inputs) const {
    return nll(cx, z, batch, inputs, {});
  }

  template <vc::Context C>
  vc::VaeTerms<float> terms(C& cx, const vc::Batch& batch, const vc::Draws& draws,
                            const vc::Symbols& inputs) const {
    if (posterior_.latent() == 0) {
      return {.nll = of_rows(cx, batch, [&](vc::Index, vc::Row row) { return nll(row); }),
              .kl = cx.template make<2>(vc::Shape<2>{{0, batch.size()}})};
    }
    const Q q = encode(cx, batch);
    const auto z = posterior_.sample(cx, q, draws, batch.rows());
    return {.nll = reconstruct(cx, z, batch, inputs), .kl = posterior_.kl(cx, q)};
  }

 private:
  double mean(vc::Row row) const { return 2 * x_[row] / 0.5 / 9; }

  template <vc::Context C, class F>
  static vc::Var<float, 1> of_rows(C& cx, const vc::Batch& batch, F&& f) {
    const auto nll = cx.template make<1>(vc::Shape<1>{{batch.size()}});
    for (vc::Index j = 0; j < batch.size(); ++j) {
      nll.value_view().data[j] = static_cast<float>(f(j, vc::at(batch.rows(), j)));
    }
    return nll;
  }

  std::vector<double> x_;
  GivenGaussian posterior_;
};

}  // namespace vaecollapse_test
