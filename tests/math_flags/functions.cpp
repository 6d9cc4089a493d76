// Built with each flag that allows the compiler to compute something else than what is written, on
// each instruction set: exp and its kin are as right as without, and NaN and infinity come out
// where they must. Prints what is wrong. Nothing here may rely on what these flags change: the
// truth comes from long double, and numbers are looked at by their bits.
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <support/exact.hpp>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/simd/gate.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vc = vaecollapse;
namespace simd = vaecollapse::simd;
using vaecollapse_tests::exact_expm1_minus_x;

namespace {

int faults = 0;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  ++faults;
  std::printf("%s\n", what.c_str());
}

/// Opaque to the compiler.
template <class Scalar>
Scalar made_of(Scalar x) {
  volatile Scalar hidden = x;
  return hidden;
}

template <class Scalar>
using Function = void (*)(std::span<const Scalar>, std::span<Scalar>);
using Truth = long double (*)(long double);

long double true_sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double true_softplus(long double x) { return std::log1p(std::exp(x)); }
long double true_exp(long double x) { return std::exp(x); }
long double true_log(long double x) { return std::log(x); }
long double true_tanh(long double x) { return std::tanh(x); }

long double true_expm1(long double x) { return std::expm1(x); }

/// The relative error is at most `most` units of 2^-23, or 2^-52, at every point of a sweep; the
/// first ones also where the compiler knows them, alone and as one of many.
template <class Scalar>
void check_values(const char* name, Function<Scalar> function, Truth truth, double low, double high,
                  double most) {
  std::vector<Scalar> x;
  for (int i = 0; i <= 4000; ++i) {
    x.push_back(made_of(static_cast<Scalar>(low + (high - low) * i / 4000)));
  }
  x.push_back(1);
  std::vector<Scalar> y(x.size());
  function(x, y);
  double worst = 0;
  Scalar at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double expected = truth(static_cast<long double>(x[i]));
    const double away = static_cast<double>(std::abs(static_cast<long double>(y[i]) - expected));
    const double scale = static_cast<double>(std::abs(expected)) *
                         static_cast<double>(std::numeric_limits<Scalar>::epsilon());
    expect(vc::is_finite(y[i]), std::string(name) + " is not finite");
    // Subnormal numbers count as zero where -ffast-math has linked the program.
    constexpr auto least = static_cast<double>(std::numeric_limits<Scalar>::min());
    if (std::abs(expected) < static_cast<long double>(least)) {
      expect(away <= least, std::string(name) + " of next to nothing is wrong");
      continue;
    }
    const double units = away / scale;
    if (units > worst) {
      worst = units;
      at = x[i];
    }
  }
  std::printf("%s, %d bytes: %.2f units at %.9g\n", name, static_cast<int>(sizeof(Scalar)), worst,
              static_cast<double>(at));
  expect(worst <= most, std::string(name) + " is wrong");
}

/// One value, wherever it stands among others.
template <class Scalar>
Scalar at(Function<Scalar> function, Scalar x) {
  const std::array<Scalar, 3> in{0, x, 1};
  std::array<Scalar, 3> out{};
  function(in, out);
  return out[1];
}

template <class Scalar>
bool same(Scalar x, Scalar y) {
  return vc::detail::magnitude_bits(x) == vc::detail::magnitude_bits(y) && (x < 0) == (y < 0);
}

template <class Scalar>
void check_limits() {
  const Scalar infinity = vc::infinity<Scalar>(), nan = vc::not_a_number<Scalar>();
  const Function<Scalar> functions[] = {
      simd::exp<Scalar>,  simd::expm1<Scalar>,   simd::log<Scalar>,     simd::expm1_minus_x<Scalar>,
      simd::tanh<Scalar>, simd::sigmoid<Scalar>, simd::softplus<Scalar>};
  int number = 0;
  for (const Function<Scalar> function : functions) {
    const std::string name = "function " + std::to_string(number++);
    expect(vc::is_nan(at<Scalar>(function, nan)), name + " of NaN");
    expect(vc::is_nan(at<Scalar>(function, -nan)), name + " of -NaN");
    expect(vc::is_nan(at<Scalar>(
               function, vc::detail::from_bits<Scalar>(vc::detail::infinity_bits<Scalar> + 3))),
           name + " of another NaN");
  }
  expect(same<Scalar>(at<Scalar>(simd::exp, infinity), infinity), "exp of infinity");
  expect(same<Scalar>(at<Scalar>(simd::exp, -infinity), 0), "exp of -infinity");
  expect(same<Scalar>(at<Scalar>(simd::exp, 2000), infinity), "exp of 2000");
  expect(same<Scalar>(at<Scalar>(simd::exp, -2000), 0), "exp of -2000");
  expect(same<Scalar>(at<Scalar>(simd::exp, 0), 1), "exp of 0");
  expect(same<Scalar>(at<Scalar>(simd::expm1, infinity), infinity), "expm1 of infinity");
  expect(same<Scalar>(at<Scalar>(simd::expm1, -infinity), -1), "expm1 of -infinity");
  expect(same<Scalar>(at<Scalar>(simd::expm1_minus_x, infinity), infinity), "its distance there");
  expect(same<Scalar>(at<Scalar>(simd::log, infinity), infinity), "log of infinity");
  expect(same<Scalar>(at<Scalar>(simd::log, 0), -infinity), "log of 0");
  expect(vc::is_nan(at<Scalar>(simd::log, -1)), "log of -1");
  expect(vc::is_nan(at<Scalar>(simd::log, -infinity)), "log of -infinity");
  expect(same<Scalar>(at<Scalar>(simd::log, 1), 0), "log of 1");
  expect(same<Scalar>(at<Scalar>(simd::tanh, infinity), 1), "tanh of infinity");
  expect(same<Scalar>(at<Scalar>(simd::tanh, -infinity), -1), "tanh of -infinity");
  expect(same<Scalar>(at<Scalar>(simd::tanh, -1e4), -1), "tanh of -1e4");
  expect(same<Scalar>(at<Scalar>(simd::tanh, 0), 0), "tanh of 0");
  expect(same<Scalar>(at<Scalar>(simd::sigmoid, infinity), 1), "sigmoid of infinity");
  expect(same<Scalar>(at<Scalar>(simd::sigmoid, -infinity), 0), "sigmoid of -infinity");
  expect(same<Scalar>(at<Scalar>(simd::sigmoid, 1e5), 1), "sigmoid of 1e5");
  expect(same<Scalar>(at<Scalar>(simd::sigmoid, -1e5), 0), "sigmoid of -1e5");
  expect(same<Scalar>(at<Scalar>(simd::softplus, infinity), infinity), "softplus of infinity");
  expect(same<Scalar>(at<Scalar>(simd::softplus, -infinity), 0), "softplus of -infinity");
  expect(same<Scalar>(at<Scalar>(simd::softplus, 1e5), Scalar(1e5)), "softplus of 1e5");
}

template <class Scalar>
void check_gate() {
  const auto first = [](simd::Pack<Scalar> x) {
    std::array<Scalar, static_cast<std::size_t>(simd::lanes<Scalar>)> lanes;
    simd::store(lanes.data(), x);
    return lanes[0];
  };
  const auto pack = [](Scalar x) { return simd::broadcast<Scalar>(x); };
  const auto nan = pack(vc::not_a_number<Scalar>()), one = pack(made_of(Scalar(1)));
  const auto infinite = pack(vc::infinity<Scalar>());
  expect(vc::is_nan(first(simd::min(one, nan))), "min(1, NaN)");
  expect(vc::is_nan(first(simd::max(one, nan))), "max(1, NaN)");
  expect(same<Scalar>(first(simd::min(nan, one)), 1), "min(NaN, 1)");
  expect(same<Scalar>(first(simd::max(nan, one)), 1), "max(NaN, 1)");
  expect(same<Scalar>(first(simd::divide(one, infinite)), 0), "1 / infinity");
  expect(same<Scalar>(first(simd::divide(one, pack(made_of(Scalar(0))))), vc::infinity<Scalar>()),
         "1 / 0");
  expect(same<Scalar>(first(simd::sqrt(infinite)), vc::infinity<Scalar>()), "sqrt of infinity");
  expect(same<Scalar>(first(simd::sqrt(pack(made_of(Scalar(0))))), 0), "sqrt of 0");
  expect(vc::is_nan(first(simd::sqrt(pack(made_of(Scalar(-1)))))), "sqrt of -1");
  for (int n = 1; n < 200; ++n) {
    const Scalar x = made_of(static_cast<Scalar>(n)), y = made_of(Scalar(n * n));
    expect(same<Scalar>(first(simd::sqrt(pack(y))), x), "sqrt of a square");
    expect(same<Scalar>(first(simd::divide(pack(y), pack(x))), x), "a quotient that is whole");
  }
}

template <class Scalar>
void check() {
  check_values<Scalar>("exp", simd::exp<Scalar>, true_exp, -87, 88, 1.1);
  check_values<Scalar>("exp", simd::exp<Scalar>, true_exp, -1, 1, 1.1);
  check_values<Scalar>("expm1", simd::expm1<Scalar>, true_expm1, -30, 80, 2);
  check_values<Scalar>("expm1", simd::expm1<Scalar>, true_expm1, -1e-3, 1e-3, 2);
  check_values<Scalar>("expm1_minus_x", simd::expm1_minus_x<Scalar>,
                       exact_expm1_minus_x<long double>, -30, 80, 3);
  check_values<Scalar>("expm1_minus_x", simd::expm1_minus_x<Scalar>,
                       exact_expm1_minus_x<long double>, -1e-3, 1e-3, 3);
  check_values<Scalar>("log", simd::log<Scalar>, true_log, 1e-3, 30, 1.1);
  check_values<Scalar>("log", simd::log<Scalar>, true_log, 1e-30, 1e30, 1.1);
  check_values<Scalar>("tanh", simd::tanh<Scalar>, true_tanh, -12, 12, 2.7);
  check_values<Scalar>("sigmoid", simd::sigmoid<Scalar>, true_sigmoid, -80, 80, 2.6);
  check_values<Scalar>("softplus", simd::softplus<Scalar>, true_softplus, -80, 80, 2.2);
  const Scalar e = at<Scalar>(simd::exp, 1);
  expect(std::abs(static_cast<double>(e) - 2.718281828459045) <
             2.718281828459045 * (sizeof(Scalar) == 4 ? 1e-7 : 3e-16),
         "exp(1) is " + std::to_string(e));
  check_limits<Scalar>();
  check_gate<Scalar>();
}

}  // namespace

int main() {
  check<float>();
  check<double>();
  expect(vc::normal(0x80000000U) > 0 && vc::normal(0x80000000U) < 1e-9, "normal in the middle");
  expect(std::abs(vc::normal(0) + 6.3379) < 1e-3 && std::abs(vc::normal(~0U) - 6.3379) < 1e-3,
         "normal at the ends");
  std::printf("%s: %d faults\n", simd::instruction_set_name(), faults);
  return faults == 0 ? 0 : 1;
}
