// What the tests of functions and kernels on arrays share: the truth near zero, errors in units in
// the last place, and a sweep over places and lengths.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace vaecollapse_tests {

/// e^x - 1 - x, by its series where the difference would cancel. Right with any flags.
template <class Real>
Real exact_expm1_minus_x(Real x) {
  if (!(std::abs(x) <= 1)) return std::expm1(x) - x;
  Real sum = 0, term = x * x / 2;
  for (int k = 3; std::abs(term) > static_cast<Real>(1e-21L) * sum; ++k) {
    sum += term;
    term *= x / static_cast<Real>(k);
  }
  return sum;
}

/// |found - exact| in units in the last place of `exact`, which is a normal number.
template <class Scalar>
double ulps(Scalar found, long double exact) {
  constexpr int digits = std::numeric_limits<Scalar>::digits;
  return static_cast<double>(std::abs(static_cast<long double>(found) - exact) /
                             std::ldexp(1.0L, std::ilogb(exact) - digits + 1));
}

/// One NaN is as good as another.
template <class Scalar>
bool same_bits_or_nan(Scalar a, Scalar b) {
  return std::memcmp(&a, &b, sizeof(Scalar)) == 0 || (std::isnan(a) && std::isnan(b));
}

/// Whether `run(first, out)`, which computes as many elements from `first` on as `out` has room
/// for, gives an element the same bits at any place of an array of any length, and writes nothing
/// behind. Of `count` elements, from each of the first `starts`.
template <class Scalar, class Run>
bool is_same_at_any_place(std::size_t count, std::size_t starts, Run&& run) {
  std::vector<Scalar> alone(count);
  for (std::size_t i = 0; i < count; ++i) run(i, std::span(alone).subspan(i, 1));
  bool same = true;
  for (std::size_t first = 0; first < starts; ++first) {
    for (std::size_t n = 0; first + n <= count; ++n) {
      const Scalar untouched = 42;
      std::vector<Scalar> out(n + 1);
      out[n] = untouched;
      run(first, std::span(out).first(n));
      for (std::size_t i = 0; i < n; ++i) {
        same = same && same_bits_or_nan(out[i], alone[first + i]);
      }
      same = same && out[n] == untouched;
    }
  }
  return same;
}

}  // namespace vaecollapse_tests
