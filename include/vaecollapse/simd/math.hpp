// exp, expm1, log, tanh, sigmoid and softplus on packs and on arrays of any length. Coefficients
// come from scripts/derive_simd_math.py; tests/unit/simd/math_slow_test.cpp measures the errors.
// Every element goes through the same vector code, also the last few of an array, so a value gives
// the same bits at any position. With -ffast-math and similar flags the values are as exact: the
// gate hides from the compiler what these flags would break.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>

#include <vaecollapse/config.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/simd/gate.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::simd {

namespace detail {

/// Coefficients, lowest power first, and limits.
template <class Scalar>
struct MathConstants;

template <>
struct MathConstants<float> {
  /// ln 2 in two parts; the product of the first with an exponent is exact.
  static constexpr float ln2_high = 0.693145751953125f, ln2_low = 1.428606765e-06f;
  /// exp(r) = 1 + r + r^2 q(r) for |r| <= ln(2) / 2, relative error 2^-28.0.
  static constexpr std::array exp_q{0.49999994f, 0.166665211f, 0.041668389f, 0.00836874545f,
                                    0.00138145406f};
  /// exp(x) = 1 + x + x^2 q(x) for |x| <= 1, q with a relative error of 2^-26.6.
  static constexpr std::array tangent_q{
      0.5f,           0.166666672f,    0.041666735f,    0.00833331048f,
      0.00138854515f, 0.000198440233f, 2.53548296e-05f, 2.77228446e-06f};
  /// log(1 + f) = 2 s + s w R(w), s = f / (2 + f), w = s^2, 1 + f in [sqrt(1/2), sqrt(2)).
  static constexpr std::array log_r{0.666667759f, 0.399775654f, 0.298712075f};
  /// The same with f in [0, 1].
  static constexpr std::array log1p_r{0.666666746f, 0.399989545f, 0.286168844f, 0.214111462f,
                                      0.244094029f};
  /// exp overflows above `exp_max`; below `exp_min` it is less than the smallest normal number.
  static constexpr float exp_max = 88.7228317f, exp_min = -87.3365402f;
  /// Arguments of e^x whose power of two is already infinite, or zero.
  static constexpr float exp_infinite = 89.0f, exp_zero = -88.0f;
};

template <>
struct MathConstants<double> {
  static constexpr double ln2_high = 0.6931471804855391, ln2_low = 7.4406171100123968e-11;
  /// Relative error 2^-60.3.
  static constexpr std::array exp_q{0.5,
                                    0.16666666666666682,
                                    0.041666666666666095,
                                    0.0083333333333169817,
                                    0.0013888888889116351,
                                    0.00019841269896515707,
                                    2.4801586925736553e-05,
                                    2.7557234727264148e-06,
                                    2.7557582266039471e-07,
                                    2.5112084691553827e-08,
                                    2.0826587586276401e-09};
  /// Relative error 2^-54.5.
  static constexpr std::array tangent_q{0.5,
                                        0.16666666666666666,
                                        0.041666666666666664,
                                        0.0083333333333332395,
                                        0.0013888888888889579,
                                        0.00019841269841371754,
                                        2.4801587301197253e-05,
                                        2.7557319175077427e-06,
                                        2.7557319324874765e-07,
                                        2.5052120413189954e-08,
                                        2.0876744833545931e-09,
                                        1.6057462248926468e-10,
                                        1.1471240300883714e-11,
                                        7.7528668522243758e-13,
                                        4.7988693022765826e-14};
  static constexpr std::array log_r{0.66666666666667096, 0.39999999999519531, 0.28571428729365389,
                                    0.22222199081404306, 0.18183572084064009, 0.15313149469588749,
                                    0.14810677359592228};
  static constexpr std::array log1p_r{0.66666666666666674, 0.39999999999994063, 0.28571428572497265,
                                      0.22222222126427374, 0.18181823161718638, 0.15384453029328238,
                                      0.13336787146236009, 0.11716154183927896, 0.10971192341076183,
                                      0.0699948521224181,  0.1645902314849754};
  static constexpr double exp_max = 709.78271289338397, exp_min = -708.39641853226408;
  static constexpr double exp_infinite = 710.0, exp_zero = -709.0;
};

/// Where the bits of a number lie.
template <class Scalar>
struct Format {
  using Bits = Unsigned<Scalar>;
  static constexpr int mantissa_bits = std::numeric_limits<Scalar>::digits - 1;
  static constexpr Bits exponent_bias = Bits(std::numeric_limits<Scalar>::max_exponent - 1);
  static constexpr Bits mantissa_mask = (Bits(1) << mantissa_bits) - 1;
  static constexpr Bits sign = Bits(1) << (8 * sizeof(Scalar) - 1);
  /// 2^mantissa_bits: adding it leaves an integer in the mantissa.
  static constexpr Scalar shifter = Scalar(Bits(1) << mantissa_bits);
};

/// The polynomial with coefficients c, lowest power first.
template <std::size_t I = 0, class Scalar, std::size_t N>
VAECOLLAPSE_INLINE Pack<Scalar> polynomial(const std::array<Scalar, N>& c, Pack<Scalar> x) {
  if constexpr (I + 1 == N) {
    return broadcast<Scalar>(c[I]);
  } else {
    return fma<Scalar>(polynomial<I + 1>(c, x), x, broadcast<Scalar>(c[I]));
  }
}

/// x = n ln 2 + r, |r| <= ln(2) / 2: gives r, and n + bias in the low bits of `n_plus_bias`,
/// anything above them. A second result goes where it is asked for, here and below: GCC 12 keeps
/// a copy in memory of what it returns as a struct of two packs.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> reduce_exp(Pack<Scalar> x, Scalar bias,
                                           Pack<Unsigned<Scalar>>& n_plus_bias) {
  using C = MathConstants<Scalar>;
  // Half as much again as 2^mantissa_bits, so that negative n stay in the same binade.
  const auto shifter = broadcast<Scalar>(Scalar(1.5) * Format<Scalar>::shifter + bias);
  const auto log2_e = broadcast<Scalar>(Scalar(1.4426950408889634));
  const Pack<Scalar> shifted = as_rounded<Scalar>(fma<Scalar>(x, log2_e, shifter));
  const Pack<Scalar> n = as_rounded<Scalar>(shifted - shifter);
  const auto r = as_rounded<Scalar>(fnma<Scalar>(n, broadcast<Scalar>(C::ln2_high), x));
  n_plus_bias = to_bits<Scalar>(shifted);
  return fnma<Scalar>(n, broadcast<Scalar>(C::ln2_low), r);
}

/// e^r - 1, n and r as above.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> split_exp(Pack<Scalar> x, Scalar bias,
                                          Pack<Unsigned<Scalar>>& n_plus_bias) {
  const Pack<Scalar> r = reduce_exp<Scalar>(x, bias, n_plus_bias);
  const Pack<Scalar> above = polynomial(MathConstants<Scalar>::exp_q, r);
  return as_rounded<Scalar>(fma<Scalar>(r * r, above, r));
}

/// e^r - 1 and 2^n, whose product with it needs no care for exp_zero <= x <= exp_infinite: 2^n is
/// 0 for n = -bias and infinity for n = bias + 1.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> scaled_exp(Pack<Scalar> x, Pack<Scalar>& power) {
  using F = Format<Scalar>;
  Pack<Unsigned<Scalar>> biased;
  const Pack<Scalar> expm1_r = split_exp<Scalar>(x, Scalar(F::exponent_bias), biased);
  power = from_bits<Scalar>(biased << F::mantissa_bits);
  return expm1_r;
}

/// log(1 + f) = f - s * rest, rest = f - w R(w): gives s.
template <class Scalar, std::size_t N>
VAECOLLAPSE_INLINE Pack<Scalar> split_log(const std::array<Scalar, N>& coefficients, Pack<Scalar> f,
                                          Pack<Scalar>& rest) {
  const Pack<Scalar> s = divide<Scalar>(f, f + broadcast<Scalar>(2));
  const Pack<Scalar> w = s * s;
  rest = fnma<Scalar>(w, polynomial(coefficients, w), f);
  return s;
}

/// Every bit of x but the sign.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> magnitude(Pack<Scalar> x) {
  using F = Format<Scalar>;
  return from_bits<Scalar>(to_bits<Scalar>(x) & broadcast<typename F::Bits>(F::sign - 1));
}

/// The magnitude of a number that is not negative, with the sign of another.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> with_sign(Pack<Scalar> positive, Pack<Scalar> sign) {
  using F = Format<Scalar>;
  return from_bits<Scalar>(to_bits<Scalar>(positive) |
                           (to_bits<Scalar>(sign) & broadcast<typename F::Bits>(F::sign)));
}

}  // namespace detail

/// e^x. Zero where the result would be less than the smallest normal number, infinity where it
/// would overflow. Error at most 1.01 ulp in float (measured over every float), 1.0 in double (over
/// a sample, as below). \cost 0.22 ns a float, 0.7 ns a double with AVX-512 at 3.7 GHz
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> exp(Pack<Scalar> x) {
  using C = detail::MathConstants<Scalar>;
  using F = detail::Format<Scalar>;
  Pack<detail::Unsigned<Scalar>> n;
  const Pack<Scalar> expm1_r = detail::split_exp<Scalar>(x, Scalar(0), n);
  const Pack<Scalar> significand = expm1_r + broadcast<Scalar>(1);
  Pack<Scalar> y = from_bits<Scalar>(to_bits<Scalar>(significand) + (n << F::mantissa_bits));
  y = select<Scalar>(x < broadcast<Scalar>(C::exp_min), broadcast<Scalar>(0), y);
  // The product is infinite where x is too large, and NaN where x is.
  const auto large = broadcast<Scalar>(std::numeric_limits<Scalar>::max());
  return select<Scalar>(x <= broadcast<Scalar>(C::exp_max), y, x * large);
}

namespace detail {

/// 2^n (e^r - 1) + 2^n - 1, of half of 2^n: 2^n may be infinite where the sum is not.
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> joined_expm1(Pack<Scalar> expm1_r,
                                             Pack<Unsigned<Scalar>> n_plus_bias_less_one) {
  const Pack<Scalar> power =
      from_bits<Scalar>(n_plus_bias_less_one << Format<Scalar>::mantissa_bits);
  const Pack<Scalar> half =
      as_rounded<Scalar>(fma<Scalar>(power, expm1_r, power - broadcast<Scalar>(Scalar(0.5))));
  return half + half;
}

/// Where e^x - 1 has reached -1.
inline constexpr int expm1_min = -40;

}  // namespace detail

/// e^x - 1, right where it is close to zero too, with the sign of x. May be zero where the result
/// would be less than the smallest normal number. Error at most 1.6 ulp in float, 1.9 in double.
/// \cost 0.26 ns a float, 0.8 ns a double
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> expm1(Pack<Scalar> x) {
  const auto infinite = broadcast<Scalar>(detail::MathConstants<Scalar>::exp_infinite);
  const auto limited = max<Scalar>(broadcast<Scalar>(detail::expm1_min), min<Scalar>(infinite, x));
  Pack<detail::Unsigned<Scalar>> n;
  const Pack<Scalar> expm1_r =
      detail::split_exp<Scalar>(limited, Scalar(detail::Format<Scalar>::exponent_bias - 1), n);
  return detail::with_sign<Scalar>(
      detail::magnitude<Scalar>(detail::joined_expm1<Scalar>(expm1_r, n)), x);
}

/// e^x - 1 - x: how far e^x is above its tangent at zero. Never negative, and right where it is
/// close to zero too, as x^2 / 2. Error at most 3.0 ulp in float and in double.
/// \cost 0.3 ns a float, 1.0 ns a double
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> expm1_minus_x(Pack<Scalar> x) {
  using C = detail::MathConstants<Scalar>;
  const Pack<Scalar> limited = min<Scalar>(broadcast<Scalar>(C::exp_infinite), x);
  Pack<detail::Unsigned<Scalar>> n;
  const Pack<Scalar> r =
      detail::reduce_exp<Scalar>(max<Scalar>(broadcast<Scalar>(detail::expm1_min), limited),
                                 Scalar(detail::Format<Scalar>::exponent_bias - 1), n);
  // One series for both: the answer itself close to zero, a part of e^r elsewhere.
  const Mask<Scalar> near = detail::magnitude<Scalar>(x) <= broadcast<Scalar>(1);
  const Pack<Scalar> t = select<Scalar>(near, x, r);
  const Pack<Scalar> above = t * t * detail::polynomial(C::tangent_q, t);
  const Pack<Scalar> far = detail::joined_expm1<Scalar>(r + above, n) - limited;
  return select<Scalar>(near, above, far);
}

/// The natural logarithm: -infinity for zeros, NaN below them; right for subnormal numbers. Error
/// at most 0.96 ulp in float, 0.9 in double. \cost 0.34 ns a float, 0.85 ns a double
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> log(Pack<Scalar> x) {
  using C = detail::MathConstants<Scalar>;
  using F = detail::Format<Scalar>;
  using Bits = typename F::Bits;
  using Limits = std::numeric_limits<Scalar>;
  const auto zero = broadcast<Scalar>(0), shifter = broadcast<Scalar>(F::shifter);
  const Mask<Scalar> subnormal = x < broadcast<Scalar>(Limits::min());
  const Pack<Scalar> normal = select<Scalar>(subnormal, x * shifter, x);
  const Pack<Scalar> bias =
      select<Scalar>(subnormal, broadcast<Scalar>(Scalar(F::exponent_bias + F::mantissa_bits)),
                     broadcast<Scalar>(Scalar(F::exponent_bias)));

  // normal = 2^e (1 + f), 1 + f in [sqrt(1/2), sqrt(2)).
  constexpr Bits root = std::bit_cast<Bits>(Scalar(0.70710678118654752));
  constexpr Bits one = std::bit_cast<Bits>(Scalar(1));
  const auto bits = to_bits<Scalar>(normal) + broadcast<Bits>(one - root);
  const auto exponent = from_bits<Scalar>((bits >> F::mantissa_bits) | to_bits<Scalar>(shifter));
  const Pack<Scalar> e = exponent - shifter - bias;
  const auto mantissa = (bits & broadcast<Bits>(F::mantissa_mask)) + broadcast<Bits>(root);
  const Pack<Scalar> f = from_bits<Scalar>(mantissa) - broadcast<Scalar>(1);

  Pack<Scalar> rest;
  const Pack<Scalar> s = detail::split_log<Scalar>(C::log_r, f, rest);
  const auto correction =
      as_rounded<Scalar>(fnma<Scalar>(e, broadcast<Scalar>(C::ln2_low), s * rest));
  const auto small = as_rounded<Scalar>(f - correction);
  Pack<Scalar> y = fma<Scalar>(e, broadcast<Scalar>(C::ln2_high), small);
  y = select<Scalar>(x == zero, broadcast<Scalar>(-Limits::infinity()), y);
  y = select<Scalar>(x < zero, broadcast<Scalar>(Limits::quiet_NaN()), y);
  return select<Scalar>(x < broadcast<Scalar>(Limits::infinity()), y, x);
}

/// The hyperbolic tangent; exactly odd, never beyond -1 and 1. Error at most 2.67 ulp in float, 2.5
/// in double. \cost 0.25 ns a float, 0.8 ns a double
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> tanh(Pack<Scalar> x) {
  // e / (e + 2) with e = exp(2 |x|) - 1 is exact enough near zero too. Above 22 it is 1.
  const auto one = broadcast<Scalar>(1), two = broadcast<Scalar>(2);
  const Pack<Scalar> a = detail::magnitude<Scalar>(x);
  Pack<Scalar> power;
  const Pack<Scalar> expm1_r =
      detail::scaled_exp<Scalar>(min<Scalar>(broadcast<Scalar>(44), a + a), power);
  const Pack<Scalar> e = fma<Scalar>(power, expm1_r, power - one);
  return detail::with_sign<Scalar>(divide<Scalar>(e, e + two), x);
}

/// 1 / (1 + e^-x). May be zero where the result would be less than the smallest normal number.
/// Error at most 2.5 ulp in float, 2.3 in double. \cost 0.24 ns a float, 0.75 ns a double
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> sigmoid(Pack<Scalar> x) {
  using C = detail::MathConstants<Scalar>;
  const auto one = broadcast<Scalar>(1);
  const Pack<Scalar> below = min<Scalar>(broadcast<Scalar>(C::exp_infinite), -x);
  Pack<Scalar> power;
  const Pack<Scalar> expm1_r =
      detail::scaled_exp<Scalar>(max<Scalar>(broadcast<Scalar>(C::exp_zero), below), power);
  return divide<Scalar>(one, fma<Scalar>(expm1_r + one, power, one));
}

/// log(1 + e^x) without overflow. May be zero where the result would be less than the smallest
/// normal number. Error at most 2.05 ulp in float, 2.0 in double.
/// \cost 0.43 ns a float, 1.6 ns a double
template <class Scalar>
VAECOLLAPSE_INLINE Pack<Scalar> softplus(Pack<Scalar> x) {
  using C = detail::MathConstants<Scalar>;
  const Pack<Scalar> negative = -detail::magnitude<Scalar>(x);
  Pack<Scalar> power;
  const Pack<Scalar> expm1_r =
      detail::scaled_exp<Scalar>(max<Scalar>(broadcast<Scalar>(C::exp_zero), negative), power);
  const Pack<Scalar> u = (expm1_r + broadcast<Scalar>(1)) * power;
  Pack<Scalar> rest;
  const Pack<Scalar> s = detail::split_log<Scalar>(C::log1p_r, u, rest);
  return max<Scalar>(broadcast<Scalar>(0), x) + fnma<Scalar>(s, rest, u);
}

namespace detail {

/// out = function(in), element by element; the two may be the same memory.
template <class Scalar, class Function>
VAECOLLAPSE_INLINE void map(std::string_view name, std::span<const Scalar> in,
                            std::span<Scalar> out, Function function) {
  const Index n = static_cast<Index>(in.size());
  require_shapes(in.size() == out.size(), name,
                 {{"in", Shape<1>{{n}}}, {"out", Shape<1>{{static_cast<Index>(out.size())}}}},
                 "in and out must have the same length");
  Index i = 0;
  for (; i + lanes<Scalar> <= n; i += lanes<Scalar>)
    store(out.data() + i, function(load(in.data() + i)));
  if (i < n) store_partial(out.data() + i, n - i, function(load_partial(in.data() + i, n - i)));
}

}  // namespace detail

/// Array forms, for any length: `simd::exp<float>(in, out)`. The arrays may be the same memory.
/// \throws ShapeError if the lengths differ.
template <class Scalar>
void exp(std::span<const Scalar> in, std::span<Scalar> out) {
  detail::map("simd::exp", in, out, [](Pack<Scalar> x) { return simd::exp<Scalar>(x); });
}

/// \copydoc exp(std::span<const Scalar>, std::span<Scalar>)
template <class Scalar>
void expm1(std::span<const Scalar> in, std::span<Scalar> out) {
  detail::map("simd::expm1", in, out, [](Pack<Scalar> x) { return simd::expm1<Scalar>(x); });
}

/// \copydoc exp(std::span<const Scalar>, std::span<Scalar>)
template <class Scalar>
void expm1_minus_x(std::span<const Scalar> in, std::span<Scalar> out) {
  detail::map("simd::expm1_minus_x", in, out,
              [](Pack<Scalar> x) { return simd::expm1_minus_x<Scalar>(x); });
}

/// \copydoc exp(std::span<const Scalar>, std::span<Scalar>)
template <class Scalar>
void log(std::span<const Scalar> in, std::span<Scalar> out) {
  detail::map("simd::log", in, out, [](Pack<Scalar> x) { return simd::log<Scalar>(x); });
}

/// \copydoc exp(std::span<const Scalar>, std::span<Scalar>)
template <class Scalar>
void tanh(std::span<const Scalar> in, std::span<Scalar> out) {
  detail::map("simd::tanh", in, out, [](Pack<Scalar> x) { return simd::tanh<Scalar>(x); });
}

/// \copydoc exp(std::span<const Scalar>, std::span<Scalar>)
template <class Scalar>
void sigmoid(std::span<const Scalar> in, std::span<Scalar> out) {
  detail::map("simd::sigmoid", in, out, [](Pack<Scalar> x) { return simd::sigmoid<Scalar>(x); });
}

/// \copydoc exp(std::span<const Scalar>, std::span<Scalar>)
template <class Scalar>
void softplus(std::span<const Scalar> in, std::span<Scalar> out) {
  detail::map("simd::softplus", in, out, [](Pack<Scalar> x) { return simd::softplus<Scalar>(x); });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::simd
