// Scaled dot-product attention to a ragged sequence: 64 rows of 4 to 20 positions and as many
// queries each, width 128, values of 256 rows; and one query a row, as a decoder asks. Eigen
// multiplies a row's matrices, which lie row by row as if that were free; for one query a row it
// takes the columns where they lie.
//   sequence_attention/<pass>/<who>/queries:<in all>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/naive/sequence_attention.hpp>
#include <vaecollapse/kernels/sequence_attention.hpp>

#include "kernels/attention_problem.hpp"
#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

using namespace attention;

void forward(AttentionProblem& p, Team& team) {
  team.split(batch, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      kernels::pair_products<float>(p.attended, row, p.factor(), p.of(std::as_const(p.keys), width),
                                    p.of(std::as_const(p.asked), width), p.pairs.data(),
                                    kernels::Output::replace);
      kernels::pair_softmax(p.attended, row, p.pairs.data());
      kernels::mix_positions<float>(p.attended, row, p.of(std::as_const(p.values), value_rows),
                                    p.pairs.data(), p.of(p.out, value_rows),
                                    kernels::Output::replace);
    }
  });
}

void backward(AttentionProblem& p, Team& team) {
  const auto dout = p.of(std::as_const(p.dout), value_rows);
  team.split(batch, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      kernels::pair_products<float>(p.attended, row, 1, p.of(std::as_const(p.values), value_rows),
                                    dout, p.dpairs.data(), kernels::Output::replace);
      kernels::pair_softmax_backward(p.attended, row, p.factor(), p.pairs.data(), p.dpairs.data(),
                                     p.dpairs.data());
      kernels::mix_positions<float>(p.attended, row, p.of(std::as_const(p.keys), width),
                                    p.dpairs.data(), p.of(p.dasked, width),
                                    kernels::Output::accumulate);
      kernels::mix_queries<float>(p.attended, row, p.of(std::as_const(p.asked), width),
                                  p.dpairs.data(), p.of(p.dkeys, width));
      kernels::mix_queries<float>(p.attended, row, dout, p.pairs.data(),
                                  p.of(p.dvalues, value_rows));
    }
  });
}

void naive_forward(AttentionProblem& p, Team&) {
  std::fill(p.pairs.begin(), p.pairs.end(), 0.0F);
  std::fill(p.out.begin(), p.out.end(), 0.0F);
  kernels::naive::pair_products<float>(p.attended, p.factor(), p.of(std::as_const(p.keys), width),
                                       p.of(std::as_const(p.asked), width), p.pairs.data());
  kernels::naive::pair_softmax(p.attended, p.pairs.data());
  kernels::naive::mix_positions<float>(p.attended, p.of(std::as_const(p.values), value_rows),
                                       p.pairs.data(), p.of(p.out, value_rows));
}

void naive_backward(AttentionProblem& p, Team&) {
  const auto dout = p.of(std::as_const(p.dout), value_rows);
  Numbers dweights(p.pairs.size());
  kernels::naive::pair_products<float>(p.attended, 1, p.of(std::as_const(p.values), value_rows),
                                       dout, dweights.data());
  kernels::naive::pair_softmax_backward(p.attended, p.factor(), p.pairs.data(), dweights.data(),
                                        p.dpairs.data());
  kernels::naive::mix_positions<float>(p.attended, p.of(std::as_const(p.keys), width),
                                       p.dpairs.data(), p.of(p.dasked, width));
  kernels::naive::mix_queries<float>(p.attended, p.of(std::as_const(p.asked), width),
                                     p.dpairs.data(), p.of(p.dkeys, width));
  kernels::naive::mix_queries<float>(p.attended, dout, p.pairs.data(), p.of(p.dvalues, value_rows));
}

/// The same row by row in Eigen's expressions, the columns of a row side by side.
struct EigenAttention {
  std::vector<Index> positions, queries;
  std::span<const Index> first_position, first_query;
  Matrix keys, values, asked, dout, out, dkeys, dvalues, dasked;
  std::vector<Matrix> weights = std::vector<Matrix>(batch);

  explicit EigenAttention(const AttentionProblem& p)
      : positions(p.positions.begin(), p.positions.end()),
        queries(p.queries),
        first_position(p.first_position),
        first_query(p.first_query),
        keys(gathered(p.keys, width, positions)),
        values(gathered(p.values, value_rows, positions)),
        asked(gathered(p.asked, width, queries)),
        dout(gathered(p.dout, value_rows, queries)),
        out(Matrix::Zero(value_rows, asked.cols())),
        dkeys(Matrix::Zero(width, keys.cols())),
        dvalues(Matrix::Zero(value_rows, keys.cols())),
        dasked(Matrix::Zero(width, asked.cols())) {}

  virtual ~EigenAttention() = default;

  template <class F>
  void for_rows(F&& f) {
    for (Index row = 0; row < batch; ++row) {
      const Index p = at(first_position, row), q = at(first_query, row);
      f(p, at(first_position, row + 1) - p, q, at(first_query, row + 1) - q, at(weights, row));
    }
  }
  virtual void forward() {
    for_rows([&](Index p, Index positions_of_row, Index q, Index queries_of_row, Matrix& w) {
      w.noalias() = AttentionProblem::factor() * keys.middleCols(p, positions_of_row).transpose() *
                    asked.middleCols(q, queries_of_row);
      w = (w.rowwise() - w.colwise().maxCoeff().eval()).array().exp();
      w.array().rowwise() /= w.colwise().sum().eval().array();
      out.middleCols(q, queries_of_row).noalias() = values.middleCols(p, positions_of_row) * w;
    });
  }
  void backward() {
    Matrix d;
    for_rows([&](Index p, Index positions_of_row, Index q, Index queries_of_row, Matrix& w) {
      const auto dy = dout.middleCols(q, queries_of_row);
      d.noalias() = values.middleCols(p, positions_of_row).transpose() * dy;
      const Eigen::RowVectorXf mean = w.cwiseProduct(d).colwise().sum();
      d = (w.array() * (d.rowwise() - mean).array() * AttentionProblem::factor()).matrix().eval();
      dasked.middleCols(q, queries_of_row).noalias() += keys.middleCols(p, positions_of_row) * d;
      dkeys.middleCols(p, positions_of_row).noalias() +=
          asked.middleCols(q, queries_of_row) * d.transpose();
      dvalues.middleCols(p, positions_of_row).noalias() += dy * w.transpose();
    });
  }
};

/// One query a row, from the columns of time-major memory.
struct EigenStep : EigenAttention {
  explicit EigenStep(const AttentionProblem& p) : EigenAttention(p), problem(p) {
    for (Index row = 0; row < batch; ++row) at(weights, row).resize(plan().length(row), 1);
  }
  const SequencePlan& plan() const { return problem.plan; }
  auto of(const Numbers& numbers, Index height) const {
    return Eigen::Map<const Matrix>(numbers.data(), height, plan().columns());
  }
  void forward() override {
    const auto from = of(problem.keys, width), mixed = of(problem.values, value_rows);
    for (Index row = 0; row < batch; ++row) {
      auto w = at(weights, row).col(0);
      for (Index step = 0; step < w.size(); ++step) {
        w(step) =
            AttentionProblem::factor() * from.col(plan().column(row, step)).dot(asked.col(row));
      }
      w = (w.array() - w.maxCoeff()).exp();
      w /= w.sum();
      out.col(row).setZero();
      for (Index step = 0; step < w.size(); ++step) {
        out.col(row) += w(step) * mixed.col(plan().column(row, step));
      }
    }
  }
  const AttentionProblem& problem;
};

double difference(const Matrix& a, const Matrix& b) {
  return disagreement(a.size(), a.data(), b.data());
}

bool is_right(bool is_a_step, int threads) {
  Team team(threads);
  AttentionProblem ours(is_a_step), twin(is_a_step);
  EigenAttention eigen(ours);
  EigenStep step(ours);
  forward(ours, team);
  backward(ours, team);
  naive_forward(twin, team);
  naive_backward(twin, team);
  eigen.forward();
  eigen.backward();
  if (is_a_step) {
    step.forward();
    if (difference(step.out, eigen.out) > 1e-5) return false;
  }
  const auto same = [&](const Numbers& a, const Numbers& b, const Matrix& c, Index height,
                        const std::vector<Index>& columns) {
    return disagreement(Index(b.size()), a.data(), b.data()) < 1e-5 &&
           difference(gathered(a, height, columns), c) < 1e-5;
  };
  return same(ours.out, twin.out, eigen.out, value_rows, eigen.queries) &&
         same(ours.dasked, twin.dasked, eigen.dasked, width, eigen.queries) &&
         same(ours.dkeys, twin.dkeys, eigen.dkeys, width, eigen.positions) &&
         same(ours.dvalues, twin.dvalues, eigen.dvalues, value_rows, eigen.positions);
}

using Pass = void (*)(AttentionProblem&, Team&);

/// Products of pairs in a pass: two forward, four backward.
void report(Meter& meter, const AttentionProblem& p, bool is_backward) {
  const double columns = is_backward ? 2.0 * (width + value_rows) : width + value_rows;
  meter.report_flops(2 * columns * double(p.attended.pairs()));
}

void time_ours(benchmark::State& state, bool is_a_step, Pass run, int threads) {
  if (!is_right(is_a_step, threads)) return state.SkipWithError("not as its twin and Eigen");
  Team team(threads);
  AttentionProblem problem(is_a_step);
  forward(problem, team);
  Meter meter = measure(state, team, [&] { run(problem, team); });
  report(meter, problem, run == backward || run == naive_backward);
}

void time_eigen(benchmark::State& state, bool is_a_step, bool is_backward) {
  if (!is_right(is_a_step, 1)) return state.SkipWithError("not as ours");
  Team team(1);
  AttentionProblem problem(is_a_step);
  EigenAttention matrices(problem);
  EigenStep columns(problem);
  EigenAttention& eigen = is_a_step ? columns : matrices;
  eigen.forward();
  Meter meter = measure(state, team, [&] { is_backward ? eigen.backward() : eigen.forward(); });
  report(meter, problem, is_backward);
}

const bool registered = [] {
  for (const bool is_a_step : {false, true}) {
    const std::string size = "/queries:" + std::to_string(AttentionProblem(is_a_step).count());
    const auto add = [&](const std::string& name, Pass run, int threads) {
      add_benchmark("sequence_attention/" + name + size, threads,
                    [=](benchmark::State& state) { time_ours(state, is_a_step, run, threads); });
    };
    const auto add_eigen = [&](const std::string& name, bool is_backward) {
      add_benchmark("sequence_attention/" + name + size, 1,
                    [=](benchmark::State& state) { time_eigen(state, is_a_step, is_backward); });
    };
    add("forward/ours", forward, 1);
    add("forward/ours_2_threads", forward, 2);
    add("forward/naive", naive_forward, 1);
    add_eigen("forward/eigen", false);
    if (is_a_step) continue;
    add("backward/ours", backward, 1);
    add("backward/ours_2_threads", backward, 2);
    add("backward/naive", naive_backward, 1);
    add_eigen("backward/eigen", true);
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
