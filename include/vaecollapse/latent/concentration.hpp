// The von Mises-Fisher distribution apart from its mean direction: its normaliser, its rate, and
// draws of the cosine between a sample and the mean direction.
#pragma once

#include <cmath>
#include <cstdint>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// A positive number whose logarithm may be beyond a double's exponents: mantissa 2^(512 shifts).
struct WideNumber {
  double mantissa;
  int shifts = 0;

  static constexpr double most = 0x1p512, shift = 0x1p-512;
  double log() const {
    constexpr double log_2 = 0.69314718055994530942;
    return std::log(mantissa) + 512 * shifts * log_2;
  }
};

/// log Gamma(n / 2), by the product that it is. std::lgamma writes a global variable.
/// \cost n / 2 multiplications; error of about n roundings
inline double log_gamma_of_half(Index n) {
  constexpr double sqrt_pi = 1.77245385090551602730;
  WideNumber product{n % 2 == 0 ? 1 : sqrt_pi};
  for (Index twice = n % 2 == 0 ? 2 : 1; twice < n; twice += 2) {
    product.mantissa *= static_cast<double>(twice) / 2;
    if (product.mantissa > WideNumber::most) {
      product.mantissa *= WideNumber::shift;
      ++product.shifts;
    }
  }
  return product.log();
}

/// log E exp(kappa t), t being a coordinate of a point that is uniform on the unit sphere of
/// R^dimensions: log(Gamma(v + 1) (2 / kappa)^v I_v(kappa)), v = dimensions / 2 - 1. It is the
/// power series of I_v without its first factor, whose terms are all positive: nothing cancels.
/// \cost about kappa terms; error below 8 kappa roundings of E
inline double log_mean_exponential(Index dimensions, double kappa) {
  constexpr double rounding = 0x1p-53;
  const double square = kappa * kappa / 4, half = static_cast<double>(dimensions) / 2;
  WideNumber rest{0};  // the sum without its first term
  double first = 1, term = 1, ratio = 1;
  for (Index i = 0; ratio > 0.5 || term > rounding * rest.mantissa; ++i) {
    const auto m = static_cast<double>(i);
    ratio = square / ((m + 1) * (half + m));
    term *= ratio;
    rest.mantissa += term;
    if (rest.mantissa > WideNumber::most) {
      for (double* number : {&rest.mantissa, &term, &first}) *number *= WideNumber::shift;
      ++rest.shifts;
    }
  }
  if (rest.shifts == 0) return std::log1p(rest.mantissa);
  rest.mantissa += first;
  return rest.log();
}

/// I_{v+1}(kappa) / I_v(kappa), v = dimensions / 2 - 1: the mean of the cosine. By the continued
/// fraction A_n = kappa / (n + kappa A_{n+2}) from far enough behind, where a bound stands for it.
/// \source Amos 1974, "Computation of modified Bessel functions and their ratios"
inline double bessel_ratio(Index dimensions, double kappa) {
  // Errors shrink by A_n A_{n+2} a step, in all to exp(-steps^2 / kappa) or less.
  const auto steps = static_cast<Index>(32 + 8 * std::sqrt(kappa));
  const auto order = [&](Index step) { return static_cast<double>(dimensions + 2 * step); };
  const double last = (order(steps) - 1) / 2;
  double ratio = kappa / (last + std::sqrt(kappa * kappa + last * last));
  for (Index step = steps; step-- > 0;) ratio = kappa / (order(step) + kappa * ratio);
  return ratio;
}

}  // namespace detail

/// Where a sample lies relative to its mean direction mu: z = along mu + across v, v being a unit
/// vector at right angles to mu.
struct CosineAndSine {
  double along;
  double across;
};

/// vMF(mu, kappa) on the unit sphere of R^Z has the density C exp(kappa mu' z). Everything here is
/// the same for every mu; it is computed once, in double.
class Concentration {
 public:
  static constexpr Index least_dimensions = 2, most_dimensions = 4096;
  static constexpr double most_kappa = 1e4;

  /// \throws Error unless 2 <= dimensions <= 4096 and 0 <= kappa <= 10000
  Concentration(Index dimensions, double kappa) : dimensions_(dimensions), kappa_(kappa) {
    require_range();
    const auto less_one = static_cast<double>(dimensions - 1);
    mean_cosine_ = detail::bessel_ratio(dimensions, kappa);
    log_mean_exponential_ = detail::log_mean_exponential(dimensions, kappa);
    constexpr double log_pi = 1.14472988584940017414, log_2 = 0.69314718055994530942;
    log_area_ = log_2 + static_cast<double>(dimensions) / 2 * log_pi -
                detail::log_gamma_of_half(dimensions);
    spread_ = less_one / (2 * kappa + std::sqrt(4 * kappa * kappa + less_one * less_one));
  }

  Index dimensions() const { return dimensions_; }
  double kappa() const { return kappa_; }

  /// A(kappa), the length of the mean of z and the mean of mu' z.
  double mean_cosine() const { return mean_cosine_; }
  /// log C, the normaliser of the density by the sphere's own area. \unit nats
  double log_normaliser() const { return -log_mean_exponential_ - log_area_; }
  /// The log density of the uniform distribution, in the same measure. \unit nats
  double log_uniform() const { return -log_area_; }
  /// KL(vMF(mu, kappa) || uniform) = kappa A(kappa) + log C + log area, for every mu.
  /// \unit nats; right to 1e-15 (1 + kappa)
  double kl() const { return kappa_ * mean_cosine_ - log_mean_exponential_; }

  /// The proposals after which the last one stands. At least 0.65 of them are accepted, whatever
  /// the dimensions and kappa: the chance of needing more is below 1e-29.
  static constexpr std::uint32_t most_proposals = 64;

  /// A draw of the cosine and sine between z and mu. Proposal number i of a row and sample has the
  /// unit block i of position 1 of its stream.
  /// \source Wood 1994, "Simulation of the von Mises Fisher distribution"; its symmetric beta
  /// variable by Ulrich 1984, from two uniforms
  CosineAndSine draw(const Draws& draws, Stream stream, std::uint32_t row,
                     std::uint32_t sample) const {
    CosineAndSine proposal{};
    for (std::uint32_t i = 0; i < most_proposals; ++i) {
      const PhiloxBlock words = draws.bits(stream, row, sample, 1, i);
      proposal = propose(uniform01(words[0]), uniform01(words[1]));
      if (accepts(proposal.along, uniform01(words[2]))) break;
    }
    return proposal;
  }

 private:
  void require_range() const {
    if (dimensions_ < least_dimensions || dimensions_ > most_dimensions) {
      detail::raise_error({"von Mises-Fisher: latent is ", dimensions_, ": it must be in [",
                           least_dimensions, ", ", most_dimensions, "]"});
    }
    if (!is_within(kappa_, 0, most_kappa)) {
      detail::raise_error({"von Mises-Fisher: kappa is ", kappa_, ": it must be in [0, 10000]"});
    }
  }

  /// A coordinate t of a uniform point of the sphere, moved towards mu: the cosine is
  /// ((1 - t) - b (1 + t)) / ((1 - t) + b (1 + t)).
  CosineAndSine propose(double u, double v) const {
    constexpr double two_pi = 6.28318530717958647693;
    const auto free = static_cast<double>(dimensions_ - 2);
    const double radius = dimensions_ == 2 ? 1 : std::sqrt(-std::expm1(2 * std::log(u) / free));
    const double t = radius * std::cos(two_pi * v);
    const double away = 1 - t, towards = spread_ * (1 + t), sum = away + towards;
    return {(away - towards) / sum, 2 * std::sqrt(away * towards) / sum};
  }

  bool accepts(double cosine, double uniform) const {
    const double peak = (1 - spread_) / (1 + spread_);
    const double fit = std::log((1 - peak * cosine) / (1 - peak * peak));
    return kappa_ * (cosine - peak) + static_cast<double>(dimensions_ - 1) * fit >=
           std::log(uniform);
  }

  Index dimensions_;
  double kappa_;
  double mean_cosine_, log_mean_exponential_, log_area_;
  double spread_;  ///< b of Wood 1994
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
