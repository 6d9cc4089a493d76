// A mixture of diagonal Gaussians as a prior: -log p(z), and p(k | z) of its components; and the
// entropy of the diagonal Gaussian that z is drawn from.
#pragma once

#include <algorithm>
#include <cmath>

#include <vaecollapse/core/constants.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// sum_k softmax(logits)_k N(z; means_k, diag exp(logvars_k)), or gradients for it.
template <class T>
struct Mixture {
  View<T> means;        ///< [Z x K]
  View<T> logvars;      ///< [Z x K]
  T* logits = nullptr;  ///< [K]

  Index components() const { return means.columns; }
};

/// What the forward pass finds and the backward pass reads.
template <class Scalar>
struct MixtureWork {
  View<Scalar> precisions;        ///< exp(-logvars) [Z x K]
  View<Scalar> responsibilities;  ///< p(k | z_b) [K x B]
};

namespace detail {

/// sum_d precision_d (z_d - mean_d)^2.
template <class Scalar>
Scalar squared_distance(Index n, const Scalar* z, const Scalar* mean, const Scalar* precision) {
  auto sum = simd::broadcast<Scalar>(0);
  for (const auto chunk : chunks<Scalar>(n)) {
    const auto away = chunk.load(z) - chunk.load(mean);
    sum = simd::fma(away * chunk.load(precision), away, sum);
  }
  return simd::reduce_add(sum);
}

}  // namespace detail

/// surprisal_b = -log p(z_b). \shape z [Z x B], surprisal [B] \unit nats \cost O(Z K B)
template <class Scalar>
void mixture_surprisal_forward(View<const Scalar> z, const Mixture<const Scalar>& prior,
                               const MixtureWork<Scalar>& work, Scalar* surprisal) {
  for (Index k = 0; k < prior.components(); ++k) {
    for (const auto chunk : chunks<Scalar>(z.rows)) {
      chunk.store(work.precisions.column(k), simd::exp(-chunk.load(prior.logvars.column(k))));
    }
  }
  const Scalar normaliser = log_sum_exp(prior.components(), prior.logits);
  const auto constant = static_cast<Scalar>(log_2pi / 2) * static_cast<Scalar>(z.rows);
  for (Index b = 0; b < z.columns; ++b) {
    Scalar* const joint = work.responsibilities.column(b);
    for (Index k = 0; k < prior.components(); ++k) {
      const Scalar spread =
          sum(z.rows, prior.logvars.column(k)) +
          detail::squared_distance<Scalar>(z.rows, z.column(b), prior.means.column(k),
                                           work.precisions.column(k));
      joint[k] = prior.logits[k] - normaliser - constant - spread / 2;
    }
    const Scalar density = log_sum_exp(prior.components(), joint);
    surprisal[b] = -density;
    for (Index k = 0; k < prior.components(); ++k) joint[k] = std::exp(joint[k] - density);
  }
}

/// With r = responsibilities and away = precision (z - mean): dz += r away, dmeans -= r away,
/// dlogvars += r (1 - away (z - mean)) / 2 and dlogits += softmax(logits) - r, each times the seed
/// of its column. Any of the four may be null.
template <class Scalar>
void mixture_surprisal_backward(View<const Scalar> z, const Mixture<const Scalar>& prior,
                                const MixtureWork<Scalar>& work, const Scalar* seed,
                                View<Scalar> dz, const Mixture<Scalar>& dprior) {
  const auto half = simd::broadcast<Scalar>(Scalar(0.5)), one = simd::broadcast<Scalar>(1);
  for (Index b = 0; b < z.columns; ++b) {
    for (Index k = 0; k < prior.components(); ++k) {
      const auto share = simd::broadcast<Scalar>(seed[b] * work.responsibilities(k, b));
      for (const auto chunk : chunks<Scalar>(z.rows)) {
        const auto away = chunk.load(z.column(b)) - chunk.load(prior.means.column(k));
        const auto pull = chunk.load(work.precisions.column(k)) * away;
        if (dz.data != nullptr) chunk.add_product(dz.column(b), share, pull);
        if (dprior.means.data != nullptr) chunk.add_product(dprior.means.column(k), -share, pull);
        if (dprior.logvars.data != nullptr) {
          chunk.add_product(dprior.logvars.column(k), half * share, simd::fnma(pull, away, one));
        }
      }
    }
  }
  if (dprior.logits == nullptr) return;
  const Scalar normaliser = log_sum_exp(prior.components(), prior.logits);
  for (Index k = 0; k < prior.components(); ++k) {
    const Scalar weight = std::exp(prior.logits[k] - normaliser);
    for (Index b = 0; b < z.columns; ++b) {
      dprior.logits[k] += seed[b] * (weight - work.responsibilities(k, b));
    }
  }
}

/// -H(N(mu, diag exp(logvar))) of each column. \shape logvar [Z x B], result [B] \unit nats
template <class Scalar>
void gaussian_negative_entropy_forward(View<const Scalar> logvar, Scalar* result) {
  const auto constant = static_cast<Scalar>(0.5 + log_2pi / 2);
  for (Index b = 0; b < logvar.columns; ++b) {
    result[b] =
        -(static_cast<Scalar>(logvar.rows) * constant + sum(logvar.rows, logvar.column(b)) / 2);
  }
}

/// dlogvar -= seed / 2.
template <class Scalar>
void gaussian_negative_entropy_backward(const Scalar* seed, View<Scalar> dlogvar) {
  for (Index b = 0; b < dlogvar.columns; ++b) {
    const auto half = simd::broadcast<Scalar>(-seed[b] / 2);
    for (const auto chunk : chunks<Scalar>(dlogvar.rows)) {
      chunk.add(dlogvar.column(b), half);
    }
  }
}

namespace naive {

/// The reference of `mixture_surprisal_forward`: as the formula stands.
template <class Scalar>
void mixture_surprisal_forward(View<const Scalar> z, const Mixture<const Scalar>& prior,
                               Scalar* surprisal) {
  const Index components = prior.components();
  for (Index b = 0; b < z.columns; ++b) {
    Scalar total = 0, density = 0;
    for (Index k = 0; k < components; ++k) total += std::exp(prior.logits[k]);
    for (Index k = 0; k < components; ++k) {
      Scalar log_component = std::log(std::exp(prior.logits[k]) / total);
      for (Index d = 0; d < z.rows; ++d) {
        const Scalar away = z(d, b) - prior.means(d, k), logvar = prior.logvars(d, k);
        log_component -=
            static_cast<Scalar>(log_2pi / 2) + (logvar + away * away / std::exp(logvar)) / 2;
      }
      density += std::exp(log_component);
    }
    surprisal[b] = -std::log(density);
  }
}

/// The reference of `mixture_surprisal_backward`, which has found the responsibilities itself.
template <class Scalar>
void mixture_surprisal_backward(View<const Scalar> z, const Mixture<const Scalar>& prior,
                                View<const Scalar> responsibilities, const Scalar* seed,
                                View<Scalar> dz, const Mixture<Scalar>& dprior) {
  Scalar total = 0;
  for (Index k = 0; k < prior.components(); ++k) total += std::exp(prior.logits[k]);
  for (Index b = 0; b < z.columns; ++b) {
    for (Index k = 0; k < prior.components(); ++k) {
      const Scalar share = seed[b] * responsibilities(k, b);
      for (Index d = 0; d < z.rows; ++d) {
        const Scalar away = z(d, b) - prior.means(d, k);
        const Scalar pull = away / std::exp(prior.logvars(d, k));
        dz(d, b) += share * pull;
        dprior.means(d, k) -= share * pull;
        dprior.logvars(d, k) += share * (1 - pull * away) / 2;
      }
      dprior.logits[k] += seed[b] * std::exp(prior.logits[k]) / total - share;
    }
  }
}

template <class Scalar>
void gaussian_negative_entropy_forward(View<const Scalar> logvar, Scalar* result) {
  for (Index b = 0; b < logvar.columns; ++b) {
    result[b] = 0;
    for (Index d = 0; d < logvar.rows; ++d) {
      result[b] -= static_cast<Scalar>(0.5 + log_2pi / 2) + logvar(d, b) / 2;
    }
  }
}

template <class Scalar>
void gaussian_negative_entropy_backward(const Scalar* seed, View<Scalar> dlogvar) {
  for (Index b = 0; b < dlogvar.columns; ++b) {
    for (Index d = 0; d < dlogvar.rows; ++d) dlogvar(d, b) -= seed[b] / 2;
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
