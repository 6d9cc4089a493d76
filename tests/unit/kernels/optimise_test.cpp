#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/kernels/optimise.hpp>

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;

namespace {

/// Numbers of either sign and several magnitudes, the same each time.
template <class Scalar>
std::vector<Scalar> numbers(std::size_t n, double phase) {
  std::vector<Scalar> result(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) + phase;
    result[i] = static_cast<Scalar>(std::sin(3.7 * x) * std::exp(2 * std::cos(1.3 * x)));
  }
  return result;
}

template <class Scalar>
struct Buffers {
  std::vector<Scalar> value, gradient, first, second;
  explicit Buffers(std::size_t n)
      : value(numbers<Scalar>(n, 0)),
        gradient(numbers<Scalar>(n, 0.5)),
        first(numbers<Scalar>(n, 0.25)),
        second(numbers<Scalar>(n, 0.75)) {
    for (Scalar& v : second) v *= v;
  }
  friend bool operator==(const Buffers&, const Buffers&) = default;
};

template <class Scalar>
kernels::AdamNumbers<Scalar> adam_numbers() {
  return {Scalar(0.5),  Scalar(0.9),   Scalar(0.1), Scalar(0.999),
          Scalar(1e-3), Scalar(0.002), Scalar(5),   Scalar(1e-8)};
}

/// Differences of a few roundings of the largest of the operands that meet here.
template <class Scalar>
void check_close(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
  REQUIRE(a.size() == b.size());
  const double tolerance = 8 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double expected = static_cast<double>(b[i]);
    CHECK(std::abs(static_cast<double>(a[i]) - expected) <= tolerance * (1 + std::abs(expected)));
  }
}

/// Enough for whole vectors and every rest, for every vector width.
constexpr std::size_t most = 40;

}  // namespace

TEST_CASE_TEMPLATE("a running mean equals its naive twin, at any length", Scalar, float, double) {
  for (std::size_t n = 0; n <= most; ++n) {
    const std::vector<Scalar> value = numbers<Scalar>(n, 0);
    std::vector<Scalar> fast = numbers<Scalar>(n, 0.5), naive = fast;
    kernels::average_step(static_cast<vc::Index>(n), Scalar(0.25), value.data(), fast.data());
    kernels::naive::average_step(static_cast<vc::Index>(n), Scalar(0.25), value.data(),
                                 naive.data());
    check_close(fast, naive);
  }
}

TEST_CASE_TEMPLATE("an SGD step leaves out runs of zeros with the bits of a step over them", Scalar,
                   float, double) {
  constexpr std::size_t n = 5 * 64 + 17;
  for (const Scalar rate : {Scalar(0.5), Scalar(0), std::numeric_limits<Scalar>::infinity()}) {
    std::vector<Scalar> value = numbers<Scalar>(n, 0), gradient(n, Scalar(0));
    value[3] = value[70] = Scalar(-0.0);
    value[4] = value[71] = Scalar(0);
    // Some whole runs of zeros, a run with one number, a negative zero, and the last number.
    gradient[100] = Scalar(2);
    gradient[2 * 64 + 5] = Scalar(-0.0);
    gradient[n - 1] = Scalar(-3);
    std::vector<Scalar> expected = value;
    for (std::size_t i = 0; i < n; ++i) expected[i] = value[i] - rate * gradient[i];
    kernels::sgd_step(vc::Index(n), rate, value.data(), gradient.data());
    CAPTURE(rate);
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(i);
      CHECK(std::signbit(value[i]) == std::signbit(expected[i]));
      CHECK((value[i] == expected[i] || (std::isnan(value[i]) && std::isnan(expected[i]))));
      CHECK(gradient[i] == 0);
      CHECK_FALSE(std::signbit(gradient[i]));
    }
  }
}

TEST_CASE_TEMPLATE("each step equals its naive twin, at any length", Scalar, float, double) {
  for (std::size_t n = 0; n <= most; ++n) {
    const vc::Index count = static_cast<vc::Index>(n);
    Buffers<Scalar> fast(n), naive(n);
    kernels::adam_step(count, adam_numbers<Scalar>(), fast.value.data(), fast.gradient.data(),
                       fast.first.data(), fast.second.data());
    kernels::naive::adam_step(count, adam_numbers<Scalar>(), naive.value.data(),
                              naive.gradient.data(), naive.first.data(), naive.second.data());
    check_close(fast.value, naive.value);
    check_close(fast.first, naive.first);
    check_close(fast.second, naive.second);
    CHECK(fast.gradient == std::vector<Scalar>(n));

    fast = naive = Buffers<Scalar>(n);
    auto decaying = adam_numbers<Scalar>();
    decaying.keep_value = Scalar(0.75);
    kernels::adamw_step(count, decaying, fast.value.data(), fast.gradient.data(), fast.first.data(),
                        fast.second.data());
    kernels::naive::adamw_step(count, decaying, naive.value.data(), naive.gradient.data(),
                               naive.first.data(), naive.second.data());
    check_close(fast.value, naive.value);
    check_close(fast.first, naive.first);
    check_close(fast.second, naive.second);
    CHECK(fast.gradient == std::vector<Scalar>(n));

    fast = naive = Buffers<Scalar>(n);
    kernels::sgd_step(count, Scalar(0.1), fast.value.data(), fast.gradient.data());
    kernels::naive::sgd_step(count, Scalar(0.1), naive.value.data(), naive.gradient.data());
    check_close(fast.value, naive.value);
    CHECK(fast.gradient == std::vector<Scalar>(n));

    fast = naive = Buffers<Scalar>(n);
    const kernels::MomentumNumbers<Scalar> by{Scalar(0.5), Scalar(0.9), Scalar(0.1)};
    kernels::momentum_step(count, by, fast.value.data(), fast.gradient.data(), fast.first.data());
    kernels::naive::momentum_step(count, by, naive.value.data(), naive.gradient.data(),
                                  naive.first.data());
    check_close(fast.value, naive.value);
    check_close(fast.first, naive.first);
    CHECK(fast.gradient == std::vector<Scalar>(n));

    fast = naive = Buffers<Scalar>(n);
    kernels::nesterov_step(count, by, fast.value.data(), fast.gradient.data(), fast.first.data());
    kernels::naive::nesterov_step(count, by, naive.value.data(), naive.gradient.data(),
                                  naive.first.data());
    check_close(fast.value, naive.value);
    check_close(fast.first, naive.first);
    CHECK(fast.gradient == std::vector<Scalar>(n));

    fast = naive = Buffers<Scalar>(n);
    for (Buffers<Scalar>* buffers : {&fast, &naive}) {
      for (Scalar& u : buffers->first) u *= u;
    }
    const kernels::AdadeltaNumbers<Scalar> delta{Scalar(0.5), Scalar(0.95), Scalar(0.05),
                                                 Scalar(0.1), Scalar(1e-6)};
    kernels::adadelta_step(count, delta, fast.value.data(), fast.gradient.data(),
                           fast.second.data(), fast.first.data());
    kernels::naive::adadelta_step(count, delta, naive.value.data(), naive.gradient.data(),
                                  naive.second.data(), naive.first.data());
    check_close(fast.value, naive.value);
    check_close(fast.first, naive.first);
    check_close(fast.second, naive.second);
    CHECK(fast.gradient == std::vector<Scalar>(n));
  }
}

TEST_CASE_TEMPLATE("a step touches nothing beyond its numbers", Scalar, float, double) {
  for (std::size_t n = 0; n < most; ++n) {
    Buffers<Scalar> touched(most);
    const Buffers<Scalar> before(most);
    kernels::adam_step(static_cast<vc::Index>(n), adam_numbers<Scalar>(), touched.value.data(),
                       touched.gradient.data(), touched.first.data(), touched.second.data());
    for (std::size_t i = n; i < most; ++i) {
      CHECK(touched.value[i] == before.value[i]);
      CHECK(touched.gradient[i] == before.gradient[i]);
      CHECK(touched.first[i] == before.first[i]);
      CHECK(touched.second[i] == before.second[i]);
    }
  }
}

TEST_CASE_TEMPLATE("a number's bits do not depend on where a range begins", Scalar, float, double) {
  Buffers<Scalar> whole(most);
  kernels::adam_step(static_cast<vc::Index>(most), adam_numbers<Scalar>(), whole.value.data(),
                     whole.gradient.data(), whole.first.data(), whole.second.data());
  for (std::size_t cut = 0; cut <= most; ++cut) {
    Buffers<Scalar> parts(most);
    for (const auto& [begin, end] : {std::pair(std::size_t{0}, cut), std::pair(cut, most)}) {
      kernels::adam_step(static_cast<vc::Index>(end - begin), adam_numbers<Scalar>(),
                         parts.value.data() + begin, parts.gradient.data() + begin,
                         parts.first.data() + begin, parts.second.data() + begin);
    }
    CHECK(parts == whole);
  }
}

TEST_CASE_TEMPLATE("the sum of squares is right at any length", Scalar, float, double) {
  for (std::size_t n = 0; n <= 2 * most; ++n) {
    const std::vector<Scalar> x = numbers<Scalar>(n, 0);
    const vc::Index count = static_cast<vc::Index>(n);
    CHECK(kernels::squared_norm(count, x.data()) ==
          doctest::Approx(kernels::naive::squared_norm(count, x.data())).epsilon(1e-14));
  }
}

TEST_CASE("squares of floats that overflow in float are summed in double") {
  const std::vector<float> x(33, 1e30f);
  CHECK(kernels::squared_norm(33, x.data()) ==
        doctest::Approx(33 * static_cast<double>(1e30f) * static_cast<double>(1e30f)));
}
