// Softmax and cross-entropy over the symbols of a vocabulary, for all 896 columns of a batch of 64
// words of 14 symbols.
//   softmax_cross_entropy/<pass>/<who>/V:<symbols>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>

#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

constexpr Index columns = 896;

struct Problem {
  Index symbols;
  std::vector<float> logits, seeds, nll, normaliser, dlogits;
  std::vector<Symbol> targets;

  explicit Problem(Index vocabulary)
      : symbols(vocabulary),
        logits(uniform(1, -4, 4, vocabulary * columns)),
        seeds(uniform(2, 0, 1, columns)),
        nll(columns),
        normaliser(columns),
        dlogits(logits.size()),
        targets(columns) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      targets[i] = static_cast<Symbol>(static_cast<Index>(7 * i) % symbols);
    }
  }

  View<const float> input() const { return {logits.data(), symbols, columns}; }
  View<float> gradient() { return {dlogits.data(), symbols, columns}; }
};

void forward(Problem& p) {
  kernels::softmax_cross_entropy_forward<float>(p.input(), p.targets, p.nll.data(),
                                                p.normaliser.data());
}
void backward(Problem& p) {
  kernels::softmax_cross_entropy_backward<float>(p.input(), p.targets, p.normaliser.data(),
                                                 p.seeds.data(), p.gradient());
}
using Logits = Eigen::Map<const Eigen::MatrixXf>;

/// log sum exp of each column.
void eigen_forward(Problem& p) {
  const Logits logits(p.logits.data(), p.symbols, columns);
  const Eigen::RowVectorXf greatest = logits.colwise().maxCoeff();
  Eigen::Map<Eigen::RowVectorXf> normaliser(p.normaliser.data(), columns);
  normaliser = greatest.array() + (logits.rowwise() - greatest).array().exp().colwise().sum().log();
  for (Index n = 0; n < columns; ++n) {
    p.nll[std::size_t(n)] = normaliser[n] - logits(p.targets[std::size_t(n)], n);
  }
}
void eigen_backward(Problem& p) {
  const Logits logits(p.logits.data(), p.symbols, columns);
  const Eigen::Map<const Eigen::RowVectorXf> normaliser(p.normaliser.data(), columns);
  const Eigen::Map<const Eigen::RowVectorXf> seeds(p.seeds.data(), columns);
  Eigen::Map<Eigen::MatrixXf> dlogits(p.dlogits.data(), p.symbols, columns);
  dlogits.array() += (logits.rowwise() - normaliser).array().exp().rowwise() * seeds.array();
  for (Index n = 0; n < columns; ++n) dlogits(p.targets[std::size_t(n)], n) -= seeds[n];
}
void naive_forward(Problem& p) {
  kernels::naive::softmax_cross_entropy_forward<float>(p.input(), p.targets, p.nll.data());
}
void naive_backward(Problem& p) {
  kernels::naive::softmax_cross_entropy_backward<float>(p.input(), p.targets, p.seeds.data(),
                                                        p.gradient());
}

/// A pass of ours and of Eigen's gives what one of the twin does, from the same start.
bool is_right(Index symbols) {
  Problem ours(symbols), eigens(symbols), twin(symbols);
  forward(ours);
  backward(ours);
  eigen_forward(eigens);
  eigen_backward(eigens);
  naive_forward(twin);
  naive_backward(twin);
  const auto agrees = [&](const Problem& found) {
    return disagreement(columns, found.nll.data(), twin.nll.data()) < 1e-5 &&
           disagreement(symbols * columns, found.dlogits.data(), twin.dlogits.data()) < 1e-5;
  };
  return agrees(ours) && agrees(eigens);
}

using Kernel = void (*)(Problem&);

void time_kernel(benchmark::State& state, Index symbols, Kernel run) {
  if (!is_right(symbols)) return state.SkipWithError("not as its twin");
  Problem problem(symbols);
  forward(problem);
  Team team(1);
  Meter meter = measure(state, team, [&] { run(problem); });
  meter.report_ns_per("ns_per_column", static_cast<double>(columns));
  meter.report_ns_per("ns_per_element", static_cast<double>(symbols * columns));
}

const bool registered = [] {
  for (const Index symbols : {40, 256}) {
    const auto add = [&](const char* pass, const char* who, Kernel run) {
      add_benchmark("softmax_cross_entropy/" + std::string(pass) + "/" + who +
                        "/V:" + std::to_string(symbols),
                    1, [=](benchmark::State& state) { time_kernel(state, symbols, run); });
    };
    add("forward", "ours", forward);
    add("forward", "eigen", eigen_forward);
    add("forward", "naive", naive_forward);
    add("backward", "ours", backward);
    add("backward", "eigen", eigen_backward);
    add("backward", "naive", naive_backward);
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
