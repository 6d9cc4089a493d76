#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/simd/gate.hpp>

namespace vc = vaecollapse;
namespace simd = vaecollapse::simd;
using vc::Index;

namespace {

template <class Scalar>
constexpr std::size_t width = static_cast<std::size_t>(simd::lanes<Scalar>);

/// lane(first), lane(first + step), ...
template <class Scalar>
simd::Pack<Scalar> ramp(double first, double step) {
  std::array<Scalar, width<Scalar>> values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<Scalar>(first + step * static_cast<double>(i));
  return simd::load(values.data());
}

template <class Scalar>
std::array<Scalar, width<Scalar>> lanes_of(simd::Pack<Scalar> pack) {
  std::array<Scalar, width<Scalar>> values{};
  simd::store(values.data(), pack);
  return values;
}

}  // namespace

TEST_CASE("compile-time facts agree with the instruction set") {
  CHECK(simd::lanes<float> == 2 * simd::lanes<double>);
  CHECK(simd::lanes<float> * 4 == static_cast<Index>(simd::alignment));
  const std::string_view name = simd::instruction_set_name();
  if (name == "avx512") {
    CHECK(simd::lanes<float> == 16);
    CHECK(simd::vector_registers == 32);
  } else if (name == "avx2" || name == "avx") {
    CHECK(simd::lanes<float> == 8);
    CHECK(simd::vector_registers == 16);
  } else {
    CHECK(simd::lanes<float> == 4);
  }
}

TEST_CASE_TEMPLATE("partial loads and stores touch the first n lanes only", Scalar, float, double) {
  constexpr std::size_t w = width<Scalar>;
  for (std::size_t n = 0; n <= w; ++n) {
    CAPTURE(n);
    // Exactly n elements on the heap, so that the address sanitizer sees an overrun.
    std::vector<Scalar> source(n);
    for (std::size_t i = 0; i < n; ++i) source[i] = static_cast<Scalar>(i + 1);
    const auto loaded = lanes_of(simd::load_partial(source.data(), static_cast<Index>(n)));
    for (std::size_t i = 0; i < w; ++i)
      CHECK(loaded[i] == (i < n ? static_cast<Scalar>(i + 1) : Scalar(0)));

    std::array<Scalar, w + 1> target;
    target.fill(Scalar(-7));
    simd::store_partial(target.data(), static_cast<Index>(n), ramp<Scalar>(100, 1));
    for (std::size_t i = 0; i <= w; ++i)
      CHECK(target[i] == (i < n ? static_cast<Scalar>(100 + i) : Scalar(-7)));
  }
}

TEST_CASE_TEMPLATE("whole loads and stores", Scalar, float, double) {
  constexpr std::size_t w = width<Scalar>;
  alignas(simd::alignment) std::array<Scalar, 2 * w> memory{};
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<Scalar>(i);
  CHECK(lanes_of(simd::load(memory.data() + 1))[w - 1] == static_cast<Scalar>(w));
  simd::store_aligned(memory.data() + w, simd::load_aligned(memory.data()));
  for (std::size_t i = 0; i < w; ++i) CHECK(memory[w + i] == static_cast<Scalar>(i));
  for (const Scalar lane : lanes_of(simd::broadcast<Scalar>(3))) CHECK(lane == Scalar(3));
}

TEST_CASE_TEMPLATE("fma and fnma", Scalar, float, double) {
  const auto a = ramp<Scalar>(1, 1), b = ramp<Scalar>(2, 3), c = ramp<Scalar>(-5, 0.5);
  const auto sum = lanes_of(simd::fma(a, b, c)), difference = lanes_of(simd::fnma(a, b, c));
  for (std::size_t i = 0; i < width<Scalar>; ++i) {
    const double ai = 1 + double(i), bi = 2 + 3 * double(i), ci = -5 + 0.5 * double(i);
    CHECK(sum[i] == static_cast<Scalar>(ai * bi + ci));
    CHECK(difference[i] == static_cast<Scalar>(ci - ai * bi));
  }
#if defined(__FMA__) || defined(__AVX512F__)
  // (1 + e)^2 - (1 + 2 e) is e^2 with one rounding and 0 with two.
  const Scalar e = std::numeric_limits<Scalar>::epsilon();
  const auto x = simd::broadcast<Scalar>(1 + e), y = simd::broadcast<Scalar>(1 + 2 * e);
  CHECK(lanes_of(simd::fma<Scalar>(x, x, -y))[0] == e * e);
  CHECK(lanes_of(simd::fnma<Scalar>(x, x, y))[0] == -e * e);
#endif
}

TEST_CASE_TEMPLATE("min and max keep a NaN of the second argument", Scalar, float, double) {
  const auto nan = simd::broadcast<Scalar>(std::numeric_limits<Scalar>::quiet_NaN());
  const auto one = simd::broadcast<Scalar>(1), two = simd::broadcast<Scalar>(2);
  CHECK(lanes_of(simd::min(one, two))[0] == Scalar(1));
  CHECK(lanes_of(simd::min(two, one))[0] == Scalar(1));
  CHECK(lanes_of(simd::max(one, two))[0] == Scalar(2));
  CHECK(lanes_of(simd::max(two, one))[0] == Scalar(2));
  CHECK(std::isnan(lanes_of(simd::min(one, nan))[0]));
  CHECK(std::isnan(lanes_of(simd::max(one, nan))[0]));
  CHECK(lanes_of(simd::min(nan, one))[0] == Scalar(1));
  CHECK(lanes_of(simd::max(nan, one))[0] == Scalar(1));
}

TEST_CASE_TEMPLATE("select, sqrt, reduce_add", Scalar, float, double) {
  const auto x = ramp<Scalar>(0, 1);
  const auto two = simd::broadcast<Scalar>(2);
  const auto chosen = lanes_of(simd::select<Scalar>(x < two, x, -x));
  const auto root = lanes_of(simd::sqrt<Scalar>(x * x));
  for (std::size_t i = 0; i < width<Scalar>; ++i) {
    CHECK(chosen[i] == (i < 2 ? static_cast<Scalar>(i) : -static_cast<Scalar>(i)));
    CHECK(root[i] == static_cast<Scalar>(i));
  }
  CHECK(simd::reduce_add(x) == static_cast<Scalar>(width<Scalar> * (width<Scalar> - 1) / 2));
}

TEST_CASE_TEMPLATE("a lane is spread over a vector", Scalar, float, double) {
  constexpr int last_lane = static_cast<int>(simd::lanes<Scalar>) - 1;
  const auto values = lanes_of(ramp<Scalar>(1, 2));
  const auto x = simd::load(simd::forget(values.data()));
  auto first = simd::spread_lane<0>(x);
  simd::settle<Scalar>(first);
  const auto last = simd::spread_lane<last_lane>(x);
  for (std::size_t i = 0; i < width<Scalar>; ++i) {
    CHECK(lanes_of(first)[i] == values.front());
    CHECK(lanes_of(last)[i] == values.back());
  }
}

TEST_CASE_TEMPLATE("zipping interleaves", Scalar, float, double) {
  const auto n = static_cast<double>(simd::lanes<Scalar>);
  const auto low =
      lanes_of<Scalar>(simd::zip_low<Scalar>(ramp<Scalar>(0, 1), ramp<Scalar>(100, 1)));
  const auto high =
      lanes_of<Scalar>(simd::zip_high<Scalar>(ramp<Scalar>(0, 1), ramp<Scalar>(100, 1)));
  for (std::size_t i = 0; i < width<Scalar>; ++i) {
    const double of = static_cast<double>(i / 2) + (i % 2 == 0 ? 0 : 100);
    CHECK(low[i] == static_cast<Scalar>(of));
    CHECK(high[i] == static_cast<Scalar>(of + n / 2));
  }
}

TEST_CASE_TEMPLATE("bit patterns go both ways", Scalar, float, double) {
  constexpr int mantissa_bits = std::numeric_limits<Scalar>::digits - 1;
  const auto bits = simd::to_bits(ramp<Scalar>(1, 0));
  // Adding one to the exponent field doubles.
  const auto doubled = bits + (simd::to_bits(ramp<Scalar>(2, 0)) - bits);
  CHECK(lanes_of(simd::from_bits<Scalar>(doubled))[0] == Scalar(2));
  CHECK((bits >> mantissa_bits).get(0) == (sizeof(Scalar) == 4 ? 127u : 1023u));
}

TEST_CASE("prefetch takes any address") { simd::prefetch(nullptr); }
