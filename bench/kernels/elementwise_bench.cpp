// Arithmetic, functions of single numbers and sums on a matrix of 256 x 128, beside Eigen's
// expressions of the same things, and what dropout multiplies with.
//   elementwise/<what>/<who>
#include <algorithm>
#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/arithmetic.hpp>
#include <vaecollapse/kernels/dropout.hpp>
#include <vaecollapse/kernels/functions.hpp>
#include <vaecollapse/kernels/reductions.hpp>

#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

/// The compiler knows no size, as it knows none in a program.
Index unknown(Index size) {
  benchmark::DoNotOptimize(size);
  return size;
}

const Index rows = unknown(256), columns = unknown(128), n = rows * columns;
using kernels::Spread;
/// Beginning on a cache line, as values on a tape do.
using Numbers = vaecollapse::detail::Buffer<float>;
using Array = Eigen::Map<Eigen::ArrayXXf>;
using Column = Eigen::Map<Eigen::ArrayXf>;

Numbers drawn(std::uint32_t seed, double low, double high, Index count) {
  Numbers numbers(count);
  fill_uniform(seed, low, high, count, numbers.data());
  return numbers;
}

/// What is given, and what comes out: values, and a gradient that is added to. No kernel's result
/// is another one's input, so nothing grows while it is timed, but the gradient, by little.
struct Problem {
  Numbers a = drawn(1, 0.5, 3, n), b = drawn(2, 0.5, 3, n), c = drawn(3, 0.5, 3, rows);
  Numbers y = drawn(4, 0.1, 0.9, n), dy = drawn(5, -1, 1, n);
  Numbers out = Numbers(n), dx = Numbers(n), column = Numbers(rows);
  Team team{1};

  static Array matrix(Numbers& numbers) { return {numbers.data(), rows, columns}; }
  static Column vector(Numbers& numbers) {
    return {numbers.data(), static_cast<Eigen::Index>(numbers.size())};
  }
  template <Spread B>
  kernels::Pair<Spread::each, B, float> pair() const {
    return {a.data(), B == Spread::each ? b.data() : c.data(), rows, columns};
  }
  Eigen::Map<Eigen::Array<float, 1, Eigen::Dynamic>> row() { return {c.data(), columns}; }
  View<const float> view() const { return {a.data(), rows, columns}; }

  double disagreement_with(const Problem& other) const {
    return std::max({disagreement(n, out.data(), other.out.data()),
                     disagreement(n, dx.data(), other.dx.data()),
                     disagreement(rows, column.data(), other.column.data())});
  }
};

using Kernel = void (*)(Problem&);

struct Rivals {
  const char* name;
  Kernel ours, eigens;
};

template <class Op, Spread B>
void pair_forward(Problem& p) {
  kernels::pair_forward<Op>(p.pair<B>(), p.out.data(), p.team);
}
template <class Slope>
void pair_backward(Problem& p) {
  kernels::pair_backward<Slope, Spread::each>(p.pair<Spread::each>(), p.y.data(), p.dy.data(),
                                              p.dx.data(), p.team);
}
template <class F>
void map_forward(Problem& p) {
  kernels::map_forward<F>(n, p.a.data(), p.out.data(), p.team);
}
template <class F>
void map_backward(Problem& p) {
  kernels::map_backward<F, float>(n, p.a.data(), p.y.data(), p.dy.data(), p.dx.data(), p.team);
}

const Rivals arithmetic[] = {
    {"add", pair_forward<kernels::Add, Spread::each>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a) + p.matrix(p.b); }},
    {"add_number", pair_forward<kernels::Add, Spread::one>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a) + p.c.data()[0]; }},
    {"add_column", pair_forward<kernels::Add, Spread::column>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).colwise() + p.vector(p.c); }},
    {"add_column_backward",
     [](Problem& p) {
       kernels::pair_backward<kernels::Add::Right, Spread::column>(
           p.pair<Spread::column>(), p.y.data(), p.dy.data(), p.column.data(), p.team);
     },
     [](Problem& p) { p.vector(p.column) += p.matrix(p.dy).rowwise().sum(); }},
    {"multiply_row", pair_forward<kernels::Multiply, Spread::row>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).rowwise() * p.row(); }},
    {"multiply_row_backward",
     [](Problem& p) {
       kernels::pair_backward<kernels::Multiply::Right, Spread::row>(
           p.pair<Spread::row>(), p.y.data(), p.dy.data(), p.column.data(), p.team);
     },
     [](Problem& p) {
       p.vector(p.column).head(columns) +=
           (p.matrix(p.dy) * p.matrix(p.a)).colwise().sum().transpose();
     }},
    {"multiply", pair_forward<kernels::Multiply, Spread::each>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a) * p.matrix(p.b); }},
    {"multiply_backward", pair_backward<kernels::Multiply::Left>,
     [](Problem& p) { p.matrix(p.dx) += p.matrix(p.dy) * p.matrix(p.b); }},
    {"divide", pair_forward<kernels::Divide, Spread::each>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a) / p.matrix(p.b); }},
    {"divide_backward", pair_backward<kernels::Divide::Right>,
     [](Problem& p) { p.matrix(p.dx) -= p.matrix(p.dy) * p.matrix(p.y) / p.matrix(p.b); }},
};

const Rivals functions[] = {
    {"exp", map_forward<kernels::Exp>, [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).exp(); }},
    {"exp_backward", map_backward<kernels::Exp>,
     [](Problem& p) { p.matrix(p.dx) += p.matrix(p.dy) * p.matrix(p.y); }},
    {"log", map_forward<kernels::Log>, [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).log(); }},
    {"log_backward", map_backward<kernels::Log>,
     [](Problem& p) { p.matrix(p.dx) += p.matrix(p.dy) / p.matrix(p.a); }},
    {"square", map_forward<kernels::Square>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).square(); }},
    {"square_backward", map_backward<kernels::Square>,
     [](Problem& p) { p.matrix(p.dx) += 2.0f * p.matrix(p.dy) * p.matrix(p.a); }},
    {"sqrt", map_forward<kernels::Sqrt>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).sqrt(); }},
    {"sqrt_backward", map_backward<kernels::Sqrt>,
     [](Problem& p) { p.matrix(p.dx) += 0.5f * p.matrix(p.dy) / p.matrix(p.y); }},
    {"sigmoid", map_forward<kernels::Sigmoid>,
     [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).logistic(); }},
    {"sigmoid_backward", map_backward<kernels::Sigmoid>,
     [](Problem& p) { p.matrix(p.dx) += p.matrix(p.dy) * p.matrix(p.y) * (1 - p.matrix(p.y)); }},
    {"softplus", map_forward<kernels::Softplus>,
     [](Problem& p) {
       p.matrix(p.out) = p.matrix(p.a).max(0.0f) + (-p.matrix(p.a).abs()).exp().log1p();
     }},
    {"softplus_backward", map_backward<kernels::Softplus>,
     [](Problem& p) { p.matrix(p.dx) += p.matrix(p.dy) * p.matrix(p.a).logistic(); }},
    {"abs", map_forward<kernels::Abs>, [](Problem& p) { p.matrix(p.out) = p.matrix(p.a).abs(); }},
    {"abs_backward", map_backward<kernels::Abs>,
     [](Problem& p) { p.matrix(p.dx) += p.matrix(p.dy) * p.matrix(p.a).sign(); }},
};

const Rivals sums[] = {
    {"sum", [](Problem& p) { p.out.data()[0] = kernels::sum_forward(n, p.a.data(), 1); },
     [](Problem& p) { p.out.data()[0] = p.matrix(p.a).sum(); }},
    {"sum_backward", [](Problem& p) { kernels::sum_backward(n, 0.5f, 4, p.dx.data(), p.team); },
     [](Problem& p) { p.matrix(p.dx) += 0.125f; }},
    {"sum_rows",
     [](Problem& p) { kernels::sum_rows_forward(p.view(), 1, p.column.data(), p.team); },
     [](Problem& p) {
       p.vector(p.column).head(columns) = p.matrix(p.a).colwise().sum().transpose();
     }},
    {"sum_rows_backward",
     [](Problem& p) {
       kernels::sum_rows_backward<float>(p.c.data(), 1, {p.dx.data(), rows, columns}, p.team);
     },
     [](Problem& p) { p.matrix(p.dx).rowwise() += p.vector(p.c).head(columns).transpose(); }},
    {"sum_columns",
     [](Problem& p) { kernels::sum_columns_forward(p.view(), 1, p.column.data(), p.team); },
     [](Problem& p) { p.vector(p.column) = p.matrix(p.a).rowwise().sum(); }},
    {"sum_columns_backward",
     [](Problem& p) {
       kernels::sum_columns_backward<float>(p.c.data(), 1, {p.dx.data(), rows, columns}, p.team);
     },
     [](Problem& p) { p.matrix(p.dx).colwise() += p.vector(p.c); }},
};

void time_kernel(benchmark::State& state, const Rivals& rivals, Kernel run) {
  Problem problem, expected;
  run(problem);
  rivals.eigens(expected);
  if (problem.disagreement_with(expected) > 1e-5) return state.SkipWithError("not as Eigen's");
  Meter meter = measure(state, problem.team, [&] { run(problem); });
  meter.report_ns_per("ns_per_element", static_cast<double>(n));
}

void time_dropout(benchmark::State& state) {
  Problem problem;
  std::uint64_t step = 0;
  Meter meter = measure(state, problem.team, [&] {
    kernels::dropout_factors<float>({0.3, Draws(1, step++), Stream::user, {}},
                                    {problem.out.data(), rows, columns}, problem.team);
  });
  meter.report_ns_per("ns_per_element", static_cast<double>(n));
}

const bool registered = [] {
  const auto add_all = [](const auto& list) {
    for (const Rivals& rivals : list) {
      const auto add = [&](const char* who, Kernel run) {
        add_benchmark("elementwise/" + std::string(rivals.name) + "/" + who, 1,
                      [&rivals, run](benchmark::State& state) { time_kernel(state, rivals, run); });
      };
      add("ours", rivals.ours);
      add("eigen", rivals.eigens);
    }
  };
  add_all(arithmetic);
  add_all(functions);
  add_all(sums);
  add_benchmark("elementwise/dropout_factors/ours", 1, time_dropout);
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
