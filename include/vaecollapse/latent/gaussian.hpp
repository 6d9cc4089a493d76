// The diagonal Gaussian posterior family under the prior N(0, I).
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/gaussian_density.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The parameters of q(z|x) = N(mu, diag exp(logvar)). \shape both [Z x B]
template <class Scalar>
struct Gaussian {
  Var<Scalar, 2> mu;
  Var<Scalar, 2> logvar;
};

/// A posterior with a sample from it and its KL from the prior. mu and logvar are those of a
/// Gaussian; of any other family they are [0 x 0]. \shape all [Z x B], kl [G x B] \unit kl: nats
template <class Scalar>
struct Posterior {
  Var<Scalar, 2> mu;
  Var<Scalar, 2> logvar;
  Var<Scalar, 2> z;
  Var<Scalar, 2> kl;
};

/// What auxiliary losses are given, of any family of vectors z.
template <class Q, class Scalar>
Posterior<Scalar> posterior_of(const Q& q, const Var<Scalar, 2>& z, const Var<Scalar, 2>& kl) {
  if constexpr (requires { Gaussian<Scalar>{q.mu, q.logvar}; }) {
    return {q.mu, q.logvar, z, kl};
  } else {
    return {{}, {}, z, kl};
  }
}

/// A sequence of latents has no such form: this does not compile.
template <class Q, class Scalar>
Posterior<Scalar> posterior_of(const Q&, const Sequence<Scalar>&, const Var<Scalar, 2>&) {
  static_assert(!std::is_same_v<Q, Q>,
                "auxiliary losses read a vector z for each row, and the latent of this posterior "
                "family is a sequence");
  return {};
}

/// Linear heads for mu and logvar. logvar is kept smoothly between -20 and 20, so that exp can
/// neither overflow nor vanish. Parameters `name.mu.*` and `name.logvar.*`.
/// \shape code [input x B] -> mu, logvar, z and kl [latent x B]
/// \cost 4 input latent flops a column; a draw and one exp for each element of z, one exp for kl
class GaussianHead {
 public:
  /// The sizes of the head.
  struct Sizes {
    Index input;
    Index latent;
    bool has_bias = true;
  };
  static constexpr double lowest_logvar = -20, highest_logvar = 20;

  /// \throws Error for a latent of more dimensions than draws can tell apart
  GaussianHead(Layout& layout, const std::string& name, Sizes sizes)
      : mu_(layout, name + ".mu", {sizes.input, drawable(sizes.latent), sizes.has_bias}),
        logvar_(layout, name + ".logvar", {sizes.input, sizes.latent, sizes.has_bias}) {}

  Index latent() const { return mu_.output(); }
  /// The KL has a row for each dimension.
  Index kl_groups() const { return latent(); }

  /// q(z|x) from the encoder's code. \shape code [input x B]
  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> head(C& cx, const Var<Scalar, 2>& code) const {
    return bounded(cx, linear_head(cx, code));
  }
  /// What the linear heads give, before logvar is kept within its range: see `HasLinearHead`.
  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> linear_head(C& cx, const Var<Scalar, 2>& code) const {
    const auto mu = mu_(cx, code), logvar = logvar_(cx, code);
    return {mu, logvar};
  }
  /// The same Gaussian with logvar kept within its range.
  template <Context C, class Q>
  static Q bounded(C& cx, Q q) {
    q.logvar = soft_clamp(cx, q.logvar, lowest_logvar, highest_logvar);
    return q;
  }

  /// z = mu + exp(logvar / 2) noise; the noise of a row is addressed by its corpus row.
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> sample(C& cx, const Gaussian<Scalar>& q, const Draws& draws,
                        std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    require_shapes(Index(rows.size()) == q.mu.columns(), "gaussian_sample",
                   {{"mu", q.mu.shape()}, {"corpus rows", Shape<1>{{Index(rows.size())}}}},
                   "there must be a corpus row for each column");
    const View<Scalar> noise(cx.arena().template allocate<Scalar>(q.mu.size()), q.mu.rows(),
                             q.mu.columns());
    fill_normal(draws, Stream::latent, rows, number, noise);
    return gaussian_sample(cx, q.mu, q.logvar, View<const Scalar>(noise));
  }

  template <class Scalar>
  Var<Scalar, 2> mean(const Gaussian<Scalar>& q) const {
    return q.mu;
  }

  /// \shape [Z x B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const Gaussian<Scalar>& q) const {
    return gaussian_kl(cx, q.mu, q.logvar);
  }
  /// The same: a KL in closed form needs no sample.
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const Gaussian<Scalar>& q, const Var<Scalar, 2>&) const {
    return kl(cx, q);
  }

  /// log q(z|x). \shape z [Z x B] -> [B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_density(C& cx, const Gaussian<Scalar>& q, const Var<Scalar, 2>& z) const {
    return gaussian_log_density(cx, q.mu, q.logvar, z);
  }
  /// The same in double. \shape out [B]
  template <class Scalar>
  void log_density(Workspace<Scalar>&, const Gaussian<Scalar>& q, const Var<Scalar, 2>& z,
                   std::span<double> out) const {
    for (Index j = 0; j < z.columns(); ++j) {
      double twice = 0;
      for (Index d = 0; d < z.rows(); ++d) {
        const auto logvar = static_cast<double>(q.logvar.view()(d, j));
        const double away =
            static_cast<double>(z.view()(d, j)) - static_cast<double>(q.mu.view()(d, j));
        twice += away * away * std::exp(-logvar) + logvar + log_2pi;
      }
      at(out, j) = -twice / 2;
    }
  }

  /// log p(z), p being N(0, I). \shape z [Z x B] -> [B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_prior(C& cx, const Var<Scalar, 2>& z) const {
    return standard_normal_log_density(cx, z);
  }
  /// The same in double. \shape out [B]
  template <class Scalar>
  void log_prior(Workspace<Scalar>&, const Var<Scalar, 2>& z, std::span<double> out) const {
    for (Index j = 0; j < z.columns(); ++j) {
      double twice = 0;
      for (Index d = 0; d < z.rows(); ++d) {
        const auto value = static_cast<double>(z.view()(d, j));
        twice += value * value + log_2pi;
      }
      at(out, j) = -twice / 2;
    }
  }
  /// z ~ p(z), a column for each row, which addresses it. \shape out [Z x rows]
  template <class Scalar>
  void sample_prior(Workspace<Scalar>&, const Draws& draws, std::span<const std::uint32_t> rows,
                    View<Scalar> out) const {
    fill_normal(draws, Stream::prior, rows, 0, out);
  }

  /// All at once: posterior, sample and KL.
  template <Context C, class Scalar = typename C::scalar_type>
  Posterior<Scalar> operator()(C& cx, const Var<Scalar, 2>& code, const Draws& draws,
                               std::span<const std::uint32_t> rows) const {
    const auto q = head(cx, code);
    return {q.mu, q.logvar, sample(cx, q, draws, rows), kl(cx, q)};
  }

  /// The same for rows numbered 0, 1, ...: where there is no corpus.
  template <Context C, class Scalar = typename C::scalar_type>
  Posterior<Scalar> operator()(C& cx, const Var<Scalar, 2>& code, const Draws& draws) const {
    const auto rows = cx.arena().template span<std::uint32_t>(code.columns());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
    return (*this)(cx, code, draws, rows);
  }

 private:
  static Index drawable(Index latent) {
    if (latent <= Index{Draws::units}) return latent;
    detail::raise_error({"GaussianHead: latent is ", latent, ": there are draws for ", Draws::units,
                         " dimensions at most"});
  }

  Linear mu_;
  Linear logvar_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
