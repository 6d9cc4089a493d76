#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <support/exact.hpp>
#include <support/float_sweep.hpp>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/simd/math.hpp>

namespace vc = vaecollapse;
namespace simd = vaecollapse::simd;
using vaecollapse_tests::exact_expm1_minus_x;
using vaecollapse_tests::is_same_at_any_place;
using vaecollapse_tests::ulps;
using vc::Index;

namespace {

template <class Scalar>
using Array = void (*)(std::span<const Scalar>, std::span<Scalar>);

template <class Scalar>
struct Named {
  const char* name;
  Array<Scalar> function;
};

template <class Scalar>
std::vector<Named<Scalar>> all_functions() {
  return {{"exp", simd::exp<Scalar>},
          {"expm1", simd::expm1<Scalar>},
          {"expm1_minus_x", simd::expm1_minus_x<Scalar>},
          {"log", simd::log<Scalar>},
          {"tanh", simd::tanh<Scalar>},
          {"sigmoid", simd::sigmoid<Scalar>},
          {"softplus", simd::softplus<Scalar>}};
}

template <class Scalar>
Scalar at(Array<Scalar> function, double x) {
  const Scalar in = static_cast<Scalar>(x);
  Scalar out = 0;
  function(std::span(&in, 1), std::span(&out, 1));
  return out;
}

template <class Scalar>
bool same_bits(Scalar a, Scalar b) {
  return std::memcmp(&a, &b, sizeof(Scalar)) == 0;
}

/// Numbers of every size, the same on every machine.
template <class Scalar>
std::vector<Scalar> mixed_numbers(std::size_t count, double largest, int exponents) {
  std::vector<Scalar> numbers(count);
  std::uint64_t state = 88172645463325252u;
  for (Scalar& number : numbers) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const double u = static_cast<double>(state >> 11) * 0x1p-52 - 1;
    number =
        static_cast<Scalar>(std::ldexp(largest * u, -static_cast<int>(state % 64) % exponents));
  }
  return numbers;
}

}  // namespace

TEST_CASE("a sample of all floats, against the double precision library") {
  vaecollapse_tests::check_floats(4099);
}

TEST_CASE("doubles, against the long double library") {
  struct Case {
    const char* name;
    Array<double> function;
    long double (*truth)(long double);
    double largest, allowed_ulp;
  };
  const Case cases[] = {
      {"exp", simd::exp<double>, [](long double x) { return std::exp(x); }, 700, 1.0},
      {"expm1", simd::expm1<double>, [](long double x) { return std::expm1(x); }, 700, 1.9},
      {"expm1", simd::expm1<double>, [](long double x) { return std::expm1(x); }, 2, 1.9},
      {"expm1_minus_x", simd::expm1_minus_x<double>, exact_expm1_minus_x<long double>, 700, 3.0},
      {"expm1_minus_x", simd::expm1_minus_x<double>, exact_expm1_minus_x<long double>, 2, 3.0},
      {"log", simd::log<double>, [](long double x) { return std::log(x); }, 1e300, 0.9},
      {"log", simd::log<double>, [](long double x) { return std::log(x); }, 2, 0.9},
      {"tanh", simd::tanh<double>, [](long double x) { return std::tanh(x); }, 25, 2.5},
      {"sigmoid", simd::sigmoid<double>, [](long double x) { return 1 / (1 + std::exp(-x)); }, 700,
       2.3},
      {"softplus", simd::softplus<double>,
       [](long double x) { return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x))); }, 700,
       2.0}};
  for (const Case& test : cases) {
    CAPTURE(test.name);
    std::vector<double> in =
        mixed_numbers<double>(100000, test.largest, test.largest > 1e9 ? 1 : 50);
    if (std::string_view(test.name) == "log")
      for (double& x : in) x = std::abs(x);
    std::vector<double> out(in.size());
    test.function(in, out);
    double worst = 0, worst_at = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double error = ulps(out[i], test.truth(in[i]));
      if (!(error <= worst)) worst = error, worst_at = in[i];
    }
    CAPTURE(worst_at);
    CHECK(worst <= test.allowed_ulp);
  }
}

TEST_CASE_TEMPLATE("limits", Scalar, float, double) {
  using Limits = std::numeric_limits<Scalar>;
  const Scalar infinity = Limits::infinity();
  for (const Named<Scalar>& named : all_functions<Scalar>()) {
    CAPTURE(named.name);
    const Array<Scalar> function = named.function;
    CHECK(std::isnan(at<Scalar>(function, Limits::quiet_NaN())));
    CHECK(std::isnan(at<Scalar>(function, -Limits::quiet_NaN())));
    const Scalar low = at<Scalar>(function, -Limits::max());
    const Scalar below = at<Scalar>(function, -double(infinity));
    CHECK((same_bits(low, below) || below == infinity || (std::isnan(low) && std::isnan(below))));
  }
  CHECK(at<Scalar>(simd::exp, infinity) == infinity);
  CHECK(at<Scalar>(simd::exp, -infinity) == 0);
  CHECK(at<Scalar>(simd::exp, 0) == 1);
  CHECK(at<Scalar>(simd::exp, -0.0) == 1);

  const Scalar tiny = Limits::denorm_min();
  CHECK(at<Scalar>(simd::expm1, infinity) == infinity);
  CHECK(at<Scalar>(simd::expm1, -infinity) == -1);
  CHECK(at<Scalar>(simd::expm1, -Limits::max()) == -1);
  CHECK(same_bits(at<Scalar>(simd::expm1, 0.0), Scalar(0.0)));
  CHECK(same_bits(at<Scalar>(simd::expm1, -0.0), Scalar(-0.0)));
  CHECK(at<Scalar>(simd::expm1, Limits::min()) == Limits::min());
  CHECK(at<Scalar>(simd::expm1, -Limits::min()) == -Limits::min());
  CHECK(std::abs(at<Scalar>(simd::expm1, 4 * tiny) - 4 * tiny) <= tiny);

  CHECK(at<Scalar>(simd::expm1_minus_x, infinity) == infinity);
  CHECK(at<Scalar>(simd::expm1_minus_x, -infinity) == infinity);
  CHECK(at<Scalar>(simd::expm1_minus_x, Limits::max()) == infinity);
  CHECK(at<Scalar>(simd::expm1_minus_x, -Limits::max()) == Limits::max());
  for (const double x : {0.0, -0.0, double(tiny), -double(tiny), 1e-30, -1e-30}) {
    CHECK(at<Scalar>(simd::expm1_minus_x, x) == static_cast<Scalar>(x * x / 2));
  }

  CHECK(at<Scalar>(simd::log, infinity) == infinity);
  CHECK(at<Scalar>(simd::log, 0) == -infinity);
  CHECK(at<Scalar>(simd::log, -0.0) == -infinity);
  CHECK(at<Scalar>(simd::log, 1) == 0);
  CHECK(std::isnan(at<Scalar>(simd::log, -Limits::denorm_min())));
  CHECK(std::isnan(at<Scalar>(simd::log, -infinity)));
  CHECK(at<Scalar>(simd::log, Limits::denorm_min()) ==
        doctest::Approx(std::log(Limits::denorm_min())).epsilon(1e-6));

  CHECK(at<Scalar>(simd::tanh, infinity) == 1);
  CHECK(at<Scalar>(simd::tanh, -infinity) == -1);
  CHECK(at<Scalar>(simd::tanh, Limits::max()) == 1);
  CHECK(same_bits(at<Scalar>(simd::tanh, 0.0), Scalar(0.0)));
  CHECK(same_bits(at<Scalar>(simd::tanh, -0.0), Scalar(-0.0)));
  CHECK(at<Scalar>(simd::tanh, Limits::denorm_min()) == Limits::denorm_min());

  CHECK(at<Scalar>(simd::sigmoid, infinity) == 1);
  CHECK(at<Scalar>(simd::sigmoid, -infinity) == 0);
  CHECK(at<Scalar>(simd::sigmoid, 0) == Scalar(0.5));

  CHECK(at<Scalar>(simd::softplus, infinity) == infinity);
  CHECK(at<Scalar>(simd::softplus, -infinity) == 0);
  CHECK(at<Scalar>(simd::softplus, Limits::max()) == Limits::max());
  CHECK(at<Scalar>(simd::softplus, 0) == doctest::Approx(std::log(2.0)));
}

TEST_CASE("exp overflows and underflows where it should") {
  CHECK(at<float>(simd::exp, 88.72283f) > 3.40e38f);
  CHECK(at<float>(simd::exp, 88.72283f) <= std::numeric_limits<float>::max());
  CHECK(at<float>(simd::exp, 88.72284f) == std::numeric_limits<float>::infinity());
  CHECK(at<float>(simd::exp, 89) == std::numeric_limits<float>::infinity());
  CHECK(at<float>(simd::exp, -87.3365402f) >= std::numeric_limits<float>::min());
  CHECK(at<float>(simd::exp, -87.3365555f) == 0);
  CHECK(at<double>(simd::exp, 709.78271289338397) <= std::numeric_limits<double>::max());
  CHECK(at<double>(simd::exp, 709.7827128933841) == std::numeric_limits<double>::infinity());
  CHECK(at<double>(simd::exp, -708.39641853226408) >= std::numeric_limits<double>::min());
  CHECK(at<double>(simd::exp, -708.3964185322643) == 0);
}

TEST_CASE("expm1 overflows where exp does") {
  CHECK(at<float>(simd::expm1, 88.72283f) > 3.40e38f);
  CHECK(at<float>(simd::expm1, 88.72283f) <= std::numeric_limits<float>::max());
  CHECK(at<float>(simd::expm1, 88.72284f) == std::numeric_limits<float>::infinity());
  CHECK(at<double>(simd::expm1, 709.78271289338397) <= std::numeric_limits<double>::max());
  CHECK(at<double>(simd::expm1, 709.7827128933841) == std::numeric_limits<double>::infinity());
}

TEST_CASE_TEMPLATE("expm1 has the sign of x, and expm1_minus_x is never negative", Scalar, float,
                   double) {
  std::vector<Scalar> in = mixed_numbers<Scalar>(20000, 30, 60), expm1(in), rest(in);
  simd::expm1<Scalar>(in, expm1);
  simd::expm1_minus_x<Scalar>(in, rest);
  std::size_t signs = 0, negative = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    signs += std::signbit(in[i]) == std::signbit(expm1[i]);
    negative += std::signbit(rest[i]);
  }
  CHECK(signs == in.size());
  CHECK(negative == 0);
}

TEST_CASE_TEMPLATE("tanh is odd to the last bit and never beyond one", Scalar, float, double) {
  const std::vector<Scalar> in = mixed_numbers<Scalar>(20000, 30, 40);
  std::vector<Scalar> opposite(in.size()), out(in.size()), opposite_out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) opposite[i] = -in[i];
  simd::tanh<Scalar>(in, out);
  simd::tanh<Scalar>(opposite, opposite_out);
  bool odd = true;
  for (std::size_t i = 0; i < in.size(); ++i) odd = odd && same_bits(out[i], -opposite_out[i]);
  CHECK(odd);
  CHECK(*std::max_element(out.begin(), out.end()) <= 1);
  CHECK(*std::min_element(out.begin(), out.end()) >= -1);
}

TEST_CASE_TEMPLATE("a value gives the same bits at any place of an array of any length", Scalar,
                   float, double) {
  constexpr std::size_t w = static_cast<std::size_t>(simd::lanes<Scalar>);
  const std::vector<Scalar> values = mixed_numbers<Scalar>(4 * w + 3, 8, 12);
  for (const Named<Scalar>& named : all_functions<Scalar>()) {
    CAPTURE(named.name);
    const Array<Scalar> function = named.function;
    CHECK(is_same_at_any_place<Scalar>(
        values.size(), w, [&](std::size_t first, std::span<Scalar> out) {
          function(std::span(values).subspan(first, out.size()), out);
        }));
  }
}

TEST_CASE("in place") {
  std::vector<float> values(37, 1.0f);
  simd::exp<float>(values, values);
  for (const float value : values) CHECK(value == doctest::Approx(2.718281828));
}

TEST_CASE("lengths that differ are an error") {
  const std::vector<float> in(3);
  std::vector<float> out(4);
  CHECK_THROWS_WITH_AS(simd::tanh<float>(in, out),
                       "simd::tanh: in is [3], out is [4]: in and out must have the same length",
                       vc::ShapeError);
}
