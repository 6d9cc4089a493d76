// Additive scores of attention to a ragged sequence, v . tanh(query + key), on the rows of
// attention_problem.hpp, and their way back to queries, keys and v. Eigen computes a query at a
// time; its keys lie row by row as if that were free.
//   additive_attention/<pass>/<who>/queries:<in all>
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/additive_attention.hpp>
#include <vaecollapse/kernels/naive/sequence_attention.hpp>

#include "kernels/attention_problem.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

using attention::AttentionProblem;
using attention::batch;
using attention::Matrix;
using attention::Numbers;
using attention::width;

/// The scores of a problem, with gradients for them.
struct AdditiveProblem : AttentionProblem {
  Numbers score = uniform(5, -1, 1, width), of_rows = Numbers(std::size_t(width * batch)),
          dscore = Numbers(std::size_t(width));

  AdditiveProblem() : AttentionProblem(false) {
    const Numbers drawn = uniform(6, -1, 1, attended.pairs());
    std::copy(drawn.begin(), drawn.end(), dpairs.begin());
  }
  View<const float> all_keys() const { return of(keys, width); }
  View<const float> all_queries() const { return of(asked, width); }
};

void additive_forward(AdditiveProblem& p, Team& team) {
  team.split(batch, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      kernels::additive_scores_forward<float>(p.attended, row, {p.all_keys(), p.score.data()},
                                              p.all_queries(), p.pairs.data());
    }
  });
}

void additive_backward(AdditiveProblem& p, Team& team) {
  team.split(batch, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      kernels::additive_scores_backward<float>(
          p.attended, row, {p.all_keys(), p.score.data()}, p.all_queries(), p.dpairs.data(),
          {p.of(p.dasked, width), p.of(p.dkeys, width), p.of_rows.data() + row * width});
    }
  });
  for (Index row = 0; row < batch; ++row) {
    kernels::add<float>(width, p.of_rows.data() + row * width, p.dscore.data());
  }
}

void naive_additive_forward(AdditiveProblem& p, Team&) {
  kernels::naive::additive_scores_forward<float>(p.attended, p.all_keys(), p.score.data(),
                                                 p.all_queries(), p.pairs.data());
}

void naive_additive_backward(AdditiveProblem& p, Team&) {
  kernels::naive::additive_scores_backward<float>(
      p.attended, p.all_keys(), p.score.data(), p.all_queries(), p.dpairs.data(),
      p.of(p.dasked, width), p.of(p.dkeys, width), p.dscore.data());
}

/// The same in Eigen's expressions.
struct EigenAdditive {
  AdditiveProblem& p;
  std::vector<Index> positions{p.positions.begin(), p.positions.end()};
  Matrix keys = attention::gathered(p.keys, width, positions),
         dkeys = Matrix::Zero(keys.rows(), keys.cols());
  Eigen::Map<const Eigen::VectorXf> score{p.score.data(), width};
  Matrix answers{};

  template <class F>
  void for_queries(F&& f) {
    for (Index query = 0; query < p.count(); ++query) {
      const Index row = at(p.rows, query), first = at(p.first_position, row);
      const Index count = at(p.first_position, row + 1) - first, begin = p.attended.begin(query);
      const Eigen::Map<const Eigen::VectorXf> asked(p.asked.data() + query * width, width);
      answers = (keys.middleCols(first, count).colwise() + asked).array().tanh();
      f(query, first, count, begin);
    }
  }
  void forward() {
    for_queries([&](Index, Index, Index count, Index begin) {
      Eigen::Map<Eigen::VectorXf>(p.pairs.data() + begin, count).noalias() =
          answers.transpose() * score;
    });
  }
  void backward() {
    for_queries([&](Index query, Index first, Index count, Index begin) {
      const Eigen::Map<const Eigen::VectorXf> d(p.dpairs.data() + begin, count);
      Eigen::Map<Eigen::VectorXf>(p.dscore.data(), width).noalias() += answers * d;
      answers = ((1 - answers.array().square()).colwise() * score.array()).rowwise() *
                d.transpose().array();
      dkeys.middleCols(first, count) += answers;
      Eigen::Map<Eigen::VectorXf>(p.dasked.data() + query * width, width) +=
          answers.rowwise().sum();
    });
  }
};

bool is_right(int threads) {
  Team team(threads), alone;
  AdditiveProblem ours, twin, by_eigen;
  additive_forward(ours, team);
  additive_backward(ours, team);
  naive_additive_forward(twin, alone);
  naive_additive_backward(twin, alone);
  EigenAdditive eigen{by_eigen};
  eigen.forward();
  eigen.backward();
  const auto close = [](const Numbers& a, const Numbers& b) {
    return disagreement(Index(b.size()), a.data(), b.data()) < 1e-4;
  };
  const Matrix dkeys = attention::gathered(ours.dkeys, width, eigen.positions);
  return close(ours.pairs, twin.pairs) && close(by_eigen.pairs, twin.pairs) &&
         close(ours.dasked, twin.dasked) && close(by_eigen.dasked, twin.dasked) &&
         close(ours.dscore, twin.dscore) && close(by_eigen.dscore, twin.dscore) &&
         close(ours.dkeys, twin.dkeys) &&
         disagreement(dkeys.size(), eigen.dkeys.data(), dkeys.data()) < 1e-4;
}

template <class Run>
void time(benchmark::State& state, int threads, Run&& run) {
  if (!is_right(threads)) return state.SkipWithError("not as its twin and Eigen");
  Team team(threads);
  AdditiveProblem problem;
  EigenAdditive eigen{problem};
  Meter meter = measure(state, team, [&] { run(problem, eigen, team); });
  meter.report_ns_per("ns_per_tanh", double(problem.attended.pairs() * width));
}

const bool registered = [] {
  const std::string size = "/queries:" + std::to_string(AdditiveProblem().count());
  const auto add = [&](const std::string& name, int threads, auto run) {
    add_benchmark("additive_attention/" + name + size, threads, [=](benchmark::State& state) {
      time(state, threads,
           [=](AdditiveProblem& p, EigenAdditive& eigen, Team& team) { run(p, eigen, team); });
    });
  };
  const auto of = [](auto pass) {
    return [=](AdditiveProblem& p, EigenAdditive&, Team& team) { pass(p, team); };
  };
  add("forward/ours", 1, of(additive_forward));
  add("forward/ours_2_threads", 2, of(additive_forward));
  add("forward/naive", 1, of(naive_additive_forward));
  add("forward/eigen", 1, [](AdditiveProblem&, EigenAdditive& eigen, Team&) { eigen.forward(); });
  add("backward/ours", 1, of(additive_backward));
  add("backward/ours_2_threads", 2, of(additive_backward));
  add("backward/naive", 1, of(naive_additive_backward));
  add("backward/eigen", 1, [](AdditiveProblem&, EigenAdditive& eigen, Team&) { eigen.backward(); });
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
