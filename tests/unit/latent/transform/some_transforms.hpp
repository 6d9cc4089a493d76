// Head transforms for tests: the smallest one, one that changes mu and logvar, and one that draws.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>

namespace transform_test {

namespace vc = vaecollapse;
using vc::Index;

/// mu + amount: the smallest transform.
struct AddToMean {
  double amount = 0.5;

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Gaussian<Scalar> operator()(C& cx, const vc::Gaussian<Scalar>& q, const vc::HeadPass&) const {
    const auto mu = q.mu;
    const auto y = cx.template make<2>(mu.shape());
    for (Index i = 0; i < y.size(); ++i) y.data()[i] = mu.data()[i] + static_cast<Scalar>(amount);
    cx.template record<"add_to_mean">(y, [=](vc::BackwardContext& back) {
      Scalar* const dmu = back.gradient_or_scratch(mu);
      for (Index i = 0; i < y.size(); ++i) dmu[i] += y.gradient_data()[i];
    });
    return {y, q.logvar};
  }
};

/// The delta-VAE's static form: whatever the heads say, KL_d = delta + relu(m_d) / 2, to 5e-7.
/// \source Razavi et al. 2019
struct CommittedRate {
  double delta = 0.1;

  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Gaussian<Scalar> operator()(C& cx, const vc::Gaussian<Scalar>& q, const vc::HeadPass&) const {
    const auto m = q.mu, s = q.logvar;
    const double low = root(-1), high = root(1);
    const auto mu = cx.template make<2>(m.shape()), logvar = cx.template make<2>(m.shape());
    const auto gate = [=](Index i) { return 1 / (1 + std::exp(-double(s.data()[i]))); };
    const auto variance = [=](Index i) { return low + (high - low) * gate(i); };
    const double free = 2 * delta + 1 + 1e-6;
    for (Index i = 0; i < mu.size(); ++i) {
      const double v = variance(i), over = std::max(0.0, double(m.data()[i]));
      logvar.data()[i] = static_cast<Scalar>(std::log(v));
      mu.data()[i] = static_cast<Scalar>(std::sqrt(free + std::log(v) - v + over));
    }
    cx.template record<"committed_rate">(mu, [=](vc::BackwardContext& back) {
      Scalar *const dm = back.gradient_or_scratch(m), *const ds = back.gradient_or_scratch(s);
      for (Index i = 0; i < mu.size(); ++i) {
        const double v = variance(i), dv = (high - low) * gate(i) * (1 - gate(i));
        const double dsquare = double(mu.gradient_data()[i]) / (2 * double(mu.data()[i]));
        const double dlogvar = double(logvar.gradient_data()[i]);
        if (m.data()[i] > 0) dm[i] += static_cast<Scalar>(dsquare);
        ds[i] += static_cast<Scalar>((dsquare * (1 / v - 1) + dlogvar / v) * dv);
      }
    });
    return {mu, logvar};
  }

 private:
  /// The root of ln x - x + 2 delta + 1 on one side of 1.
  double root(double side) const {
    double near_one = 1, far = side < 0 ? 1e-9 : 100;
    for (int halving = 0; halving < 200; ++halving) {
      const double middle = (near_one + far) / 2;
      (std::log(middle) - middle + 2 * delta + 1 > 0 ? near_one : far) = middle;
    }
    return near_one;
  }
};

/// In training, and in no other mode, each row's first mean is what the row has drawn.
struct DrawnMean {
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Gaussian<Scalar> operator()(C& cx, const vc::Gaussian<Scalar>& q,
                                  const vc::HeadPass& pass) const {
    if (pass.mode() == vc::Mode::evaluate || pass.draws() == nullptr) return q;
    const auto mu = cx.template make<2>(q.mu.shape());
    std::copy_n(q.mu.data(), mu.size(), mu.data());
    for (Index b = 0; b < mu.columns(); ++b) {
      const std::uint32_t row = pass.rows()[static_cast<std::size_t>(b)];
      mu.value_view()(0, b) =
          static_cast<Scalar>(pass.draws()->uniform(vc::Stream::user, row, 0, 0, 0));
    }
    return {mu, q.logvar};
  }
};

}  // namespace transform_test
