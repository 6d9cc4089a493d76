// The output layer of a vocabulary, forward and backward: a linear layer, softmax and the
// cross-entropy of the targets, as one op, as two and as expressions of Eigen.
//   vocabulary_output/<who>/threads:<n>/V:<symbols>/N:<columns>/H:<inputs>
// `ours` is `linear_cross_entropy`, `two_ops` a `Linear` and `cross_entropy`.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/nn/linear.hpp>

#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

struct Sizes {
  Index symbols, columns, inputs;

  /// Of the products alone.
  double flops() const { return 6.0 * double(symbols) * double(columns) * double(inputs); }
  std::string name() const {
    return "V:" + std::to_string(symbols) + "/N:" + std::to_string(columns) +
           "/H:" + std::to_string(inputs);
  }
};

enum class Ops { one, two };

/// The inputs, the layer and the targets. All contenders read the same numbers; the inputs are a
/// parameter, too, so that all gradients lie in one buffer.
class Problem {
 public:
  explicit Problem(const Sizes& sizes)
      : plan_(std::vector<Index>{sizes.columns}),
        x_(layout_.add("x", Shape<2>{{sizes.inputs, sizes.columns}}, Init::zeros())),
        linear_(layout_, "output", {sizes.inputs, sizes.symbols}),
        parameters_(layout_, Seed{1}) {
    fill_uniform(1, -1, 1, sizes.inputs * sizes.columns, parameters_.values().data() + x_.offset);
    for (Index n = 0; n < sizes.columns; ++n) {
      targets_.push_back(static_cast<Symbol>(31 * n % sizes.symbols));
    }
  }

  /// Adds to the gradients. Gives the sum of all columns' negative log-likelihoods.
  double run(Tape<float>& tape, Ops ops) const {
    const Scope scope(tape);
    const Sequence<float> states{tape.parameter(x_), &plan_};
    const Symbols targets{&plan_, targets_};
    const auto nll = ops == Ops::one
                         ? linear_cross_entropy(tape, tape.parameter(linear_.weight()),
                                                tape.parameter(linear_.bias()), states, targets)
                         : cross_entropy(tape, linear_(tape, states), targets);
    tape.backward(weighted_sum(tape, nll, std::array{1.0F}));
    return double(nll.data()[0]);
  }

  Parameters<float>& parameters() { return parameters_; }
  std::span<const Symbol> targets() const { return targets_; }
  /// Each parameter's place in the buffers, and how long it is.
  std::array<std::pair<Index, Index>, 3> ranges() const {
    return {{{x_.offset, x_.shape.size()},
             {linear_.weight().offset, linear_.weight().shape.size()},
             {linear_.bias().offset, linear_.bias().shape.size()}}};
  }

 private:
  SequencePlan plan_;
  Layout layout_;
  Slot<2> x_;
  Linear linear_;
  Parameters<float> parameters_;
  std::vector<Symbol> targets_;
};

/// The same as expressions of Eigen, in any precision.
template <class Scalar>
class Expressions {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

 public:
  Expressions(Problem& problem, const Sizes& sizes) : targets_(problem.targets()) {
    const float* values = problem.parameters().values().data();
    const auto [x, weights, bias] = problem.ranges();
    const auto matrix = [&](Index offset, Index columns) {
      return Eigen::Map<const Eigen::MatrixXf>(values + offset, sizes.inputs, columns);
    };
    x_ = matrix(x.first, sizes.columns).template cast<Scalar>();
    weights_ = matrix(weights.first, sizes.symbols).template cast<Scalar>();
    bias_ = Eigen::Map<const Eigen::VectorXf>(values + bias.first, sizes.symbols)
                .template cast<Scalar>();
    dx_ = Matrix::Zero(x_.rows(), x_.cols());
    dweights_ = Matrix::Zero(weights_.rows(), weights_.cols());
    dbias_ = Vector::Zero(bias_.size());
  }

  double run() {
    logits_.noalias() = weights_.transpose() * x_;
    double loss = 0;
    for (Index n = 0; n < logits_.cols(); ++n) {
      // The column becomes the loss's gradient by its logits.
      auto column = logits_.col(n).array();
      const Symbol target = targets_[static_cast<std::size_t>(n)];
      column += bias_.array();
      const Scalar greatest = column.maxCoeff(), logit = column(target);
      column = (column - greatest).exp();
      const Scalar sum = column.sum();
      loss += std::log(double(sum)) + double(greatest) - double(logit);
      column *= Scalar(1) / sum;
      column(target) -= 1;
    }
    dx_.noalias() += weights_ * logits_;
    dweights_.noalias() += x_ * logits_.transpose();
    dbias_.noalias() += logits_.rowwise().sum();
    return loss;
  }

  /// In the order of `Problem::ranges`.
  std::array<const Scalar*, 3> gradients() const {
    return {dx_.data(), dweights_.data(), dbias_.data()};
  }

 private:
  std::span<const Symbol> targets_;
  Matrix x_, weights_, logits_, dx_, dweights_;
  Vector bias_, dbias_;
};

/// Whether loss and gradients are those of the expressions in double.
bool is_right(Problem& problem, const Sizes& sizes, double loss,
              const std::array<const float*, 3>& gradients) {
  Expressions<double> twin(problem, sizes);
  const double expected = twin.run();
  if (!(std::abs(loss - expected) <= 1e-5 * std::abs(expected))) return false;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Index size = problem.ranges()[i].second;
    if (!(disagreement(size, gradients[i], twin.gradients()[i]) < 1e-4)) return false;
  }
  return true;
}

void time_ours(benchmark::State& state, const Sizes& sizes, int threads, Ops ops) {
  Problem problem(sizes);
  Team team(threads);
  Tape<float> tape(problem.parameters(), team);
  const double loss = problem.run(tape, ops);
  std::array<const float*, 3> gradients{};
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    gradients[i] = problem.parameters().gradients().data() + problem.ranges()[i].first;
  }
  if (!is_right(problem, sizes, loss, gradients)) return state.SkipWithError("not as its twin");
  Meter meter = measure(state, team, [&] { problem.run(tape, ops); });
  meter.report_flops(sizes.flops());
  meter.report_ns_per("ns_per_column", static_cast<double>(sizes.columns));
}

void time_eigen(benchmark::State& state, const Sizes& sizes) {
  Problem problem(sizes);
  Expressions<float> expressions(problem, sizes);
  const double loss = expressions.run();
  if (!is_right(problem, sizes, loss, expressions.gradients())) {
    return state.SkipWithError("not as its twin");
  }
  Team team(1);
  Meter meter = measure(state, team, [&] { expressions.run(); });
  meter.report_flops(sizes.flops());
  meter.report_ns_per("ns_per_column", static_cast<double>(sizes.columns));
}

const bool registered = [] {
  // Characters, and a vocabulary of words.
  for (const Sizes& sizes : {Sizes{40, 896, 256}, Sizes{1000, 640, 256}, Sizes{10000, 700, 256}}) {
    for (const int threads : {1, 2}) {
      for (const Ops ops : {Ops::one, Ops::two}) {
        add_benchmark("vocabulary_output/" + std::string(ops == Ops::one ? "ours" : "two_ops") +
                          "/threads:" + std::to_string(threads) + "/" + sizes.name(),
                      threads,
                      [=](benchmark::State& state) { time_ours(state, sizes, threads, ops); });
      }
    }
    add_benchmark("vocabulary_output/eigen/threads:1/" + sizes.name(), 1,
                  [=](benchmark::State& state) { time_eigen(state, sizes); });
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
