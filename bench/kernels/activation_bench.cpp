// Elementwise functions on an array that fits the first cache: ours, Eigen's, the standard
// library's. The counter `ulp` is the largest error, in units in the last place, over many numbers
// from the same interval.
//   activation/<function>/<who>
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/simd/math.hpp>

#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

using In = std::span<const float>;
using Out = std::span<float>;
using Array = Eigen::ArrayXf;
using ArrayFunction = void (*)(In, Out);

/// A function, the interval of its arguments, and who computes it.
struct Function {
  const char* name;
  double low, high;
  double (*truth)(double);
  ArrayFunction ours, eigens, standard;
};

template <class Expression>
void on_eigen(In in, Out out, Expression&& expression) {
  const auto n = static_cast<Eigen::Index>(in.size());
  const Eigen::Map<const Array> x(in.data(), n);
  Eigen::Map<Array>(out.data(), n) = expression(x);
}

template <class F>
void one_by_one(In in, Out out, F&& f) {
  std::transform(in.begin(), in.end(), out.begin(), f);
}

/// \pre the size is a multiple of every vector's
void roots(In in, Out out) {
  const Index n = static_cast<Index>(in.size());
  for (Index i = 0; i < n; i += simd::lanes<float>) {
    simd::store(out.data() + i, simd::sqrt<float>(simd::load(in.data() + i)));
  }
}

float standard_softplus(float x) { return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x))); }

const Function functions[] = {
    {"exp", -10, 10, [](double x) { return std::exp(x); }, simd::exp<float>,
     [](In in, Out out) { on_eigen(in, out, [](const auto& x) { return x.exp(); }); },
     [](In in, Out out) { one_by_one(in, out, [](float x) { return std::exp(x); }); }},
    {"tanh", -5, 5, [](double x) { return std::tanh(x); }, simd::tanh<float>,
     [](In in, Out out) { on_eigen(in, out, [](const auto& x) { return x.tanh(); }); },
     [](In in, Out out) { one_by_one(in, out, [](float x) { return std::tanh(x); }); }},
    {"sigmoid", -10, 10, [](double x) { return 1 / (1 + std::exp(-x)); }, simd::sigmoid<float>,
     [](In in, Out out) { on_eigen(in, out, [](const auto& x) { return x.logistic(); }); },
     [](In in, Out out) { one_by_one(in, out, [](float x) { return 1 / (1 + std::exp(-x)); }); }},
    {"log", 0.01, 100, [](double x) { return std::log(x); }, simd::log<float>,
     [](In in, Out out) { on_eigen(in, out, [](const auto& x) { return x.log(); }); },
     [](In in, Out out) { one_by_one(in, out, [](float x) { return std::log(x); }); }},
    {"softplus", -10, 10,
     [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); },
     simd::softplus<float>,
     [](In in, Out out) {
       on_eigen(in, out, [](const auto& x) { return x.max(0.0f) + (-x.abs()).exp().log1p(); });
     },
     [](In in, Out out) { one_by_one(in, out, standard_softplus); }},
    {"sqrt", 0.01, 100, [](double x) { return std::sqrt(x); }, roots,
     [](In in, Out out) { on_eigen(in, out, [](const auto& x) { return x.sqrt(); }); },
     [](In in, Out out) { one_by_one(in, out, [](float x) { return std::sqrt(x); }); }},
};

/// The error of one result in units in the last place of what is right.
double ulp_error(float found, double truth) {
  const auto rounded = static_cast<float>(std::abs(truth));
  const float next = std::nextafter(rounded, std::numeric_limits<float>::infinity());
  return std::abs(static_cast<double>(found) - truth) / (double(next) - double(rounded));
}

/// How far a function is off: in units in the last place, and as a share of the result or of one,
/// whichever is larger. Eigen's sigmoid is right to a few 1e-7 of one only.
struct Errors {
  double ulp = 0, share = 0;
};

Errors largest_errors(const Function& function, ArrayFunction run) {
  const auto x = uniform(1, function.low, function.high, Index{1} << 17);
  std::vector<float> y(x.size());
  run(x, y);
  Errors errors;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double truth = function.truth(static_cast<double>(x[i]));
    const double difference = std::abs(static_cast<double>(y[i]) - truth);
    errors.ulp = std::max(errors.ulp, ulp_error(y[i], truth));
    errors.share = std::max(errors.share, difference / std::max(1.0, std::abs(truth)));
    if (std::isnan(y[i])) return {HUGE_VAL, HUGE_VAL};
  }
  return errors;
}

void time_function(benchmark::State& state, const Function& function, ArrayFunction run) {
  constexpr Index n = 2048;
  const Errors errors = largest_errors(function, run);
  if (!(errors.share < 1e-6)) return state.SkipWithError("the function is wrong");
  Team team(1);
  const auto x = uniform(2, function.low, function.high, n);
  std::vector<float> y(x.size());
  Meter meter = measure(state, team, [&] { run(x, y); });
  meter.report_ns_per("ns_per_element", static_cast<double>(n));
  meter.report("ulp", errors.ulp);
}

const bool registered = [] {
  for (const Function& function : functions) {
    const auto add = [&](const char* who, ArrayFunction run) {
      add_benchmark(
          "activation/" + std::string(function.name) + "/" + who, 1,
          [&function, run](benchmark::State& state) { time_function(state, function, run); });
    };
    add("ours", function.ours);
    add("eigen", function.eigens);
    add("std", function.standard);
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
