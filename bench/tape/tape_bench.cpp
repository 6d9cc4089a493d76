// What recording costs: chains of tiny ops on a tape, forward and backward, beside plain loops over
// arrays that do the same arithmetic. A node is counted once, with both its directions; its bytes
// are those of values and gradients, and on a tape of what its pullback remembers.
//   tape/<op>/<who>/n:<elements>
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/affine.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

const char* const default_filter = ".";

namespace {

/// Ops in a chain.
constexpr Index links = 1000;
using Numbers = std::vector<float>;

/// What a chain ends with, and the gradients of what it starts from.
struct Outcome {
  Numbers y, dx, dparameters;
};

double disagreement_of(const Outcome& a, const Outcome& b) {
  const auto of = [](const Numbers& found, const Numbers& expected) {
    return disagreement(static_cast<Index>(expected.size()), found.data(), expected.data());
  };
  return std::max({of(a.y, b.y), of(a.dx, b.dx), of(a.dparameters, b.dparameters)});
}

/// y <- y + a, again and again.
struct Add {
  static constexpr const char* name = "add";
  Layout layout;
  Slot<2> a;

  explicit Add(Index n) : a(layout.add("a", Shape<2>{{n, 1}}, Init::uniform(0.01))) {}

  Parameters<float> parameters() const { return {layout, Seed{1}}; }
  Var<float, 2> link(Tape<float>& tape, const Var<float, 2>& y) const {
    return add(tape, y, tape.parameter(a));
  }
  static void forward(Index n, const float* p, const float* x, float* y) {
    for (Index i = 0; i < n; ++i) y[i] = x[i] + p[i];
  }
  static void backward(Index n, const float*, const float*, const float*, const float* dy,
                       float* dx, float* dp) {
    for (Index i = 0; i < n; ++i) dx[i] += dy[i];
    for (Index i = 0; i < n; ++i) dp[i] += dy[i];
  }
};

/// y <- W^T y + b, W nearly a rotation of the elements by one place, so that a chain neither
/// explodes nor vanishes.
struct Affine {
  static constexpr const char* name = "affine";
  Layout layout;
  Slot<2> weights;
  Slot<1> bias;

  explicit Affine(Index n)
      : weights(layout.add("weights", Shape<2>{{n, n}}, Init::uniform(1e-6))),
        bias(layout.add("bias", Shape<1>{{n}}, Init::uniform(0.01))) {}

  Parameters<float> parameters() const {
    Parameters<float> result(layout, Seed{1});
    const Index n = bias.shape[0];
    for (Index i = 0; i < n; ++i) {
      result.values()[static_cast<std::size_t>(weights.offset + i + (i + 1) % n * n)] += 1;
    }
    return result;
  }
  Var<float, 2> link(Tape<float>& tape, const Var<float, 2>& y) const {
    return affine(tape, tape.parameter(weights), tape.parameter(bias), y);
  }
  static void forward(Index n, const float* p, const float* x, float* y) {
    for (Index o = 0; o < n; ++o) {
      float sum = p[n * n + o];
      for (Index i = 0; i < n; ++i) sum += p[o * n + i] * x[i];
      y[o] = sum;
    }
  }
  static void backward(Index n, const float* p, const float* x, const float*, const float* dy,
                       float* dx, float* dp) {
    for (Index o = 0; o < n; ++o) {
      for (Index i = 0; i < n; ++i) dx[i] += p[o * n + i] * dy[o];
      for (Index i = 0; i < n; ++i) dp[o * n + i] += x[i] * dy[o];
      dp[n * n + o] += dy[o];
    }
  }
};

template <class Op>
class OnTape {
 public:
  static constexpr const char* name = "tape";
  explicit OnTape(Index n) : op_(n), parameters_(op_.parameters()), tape_(parameters_), x_(n, 1) {
    fill_uniform(1, -1, 1, n, x_.data());
  }

  void run() {
    const Scope scope(tape_);
    chain();
  }

  Outcome outcome() {
    parameters_.zero_gradients();
    const Scope scope(tape_);
    const auto [x, y] = chain();
    const auto p = parameters_.gradients();
    return {{y.data(), y.data() + y.size()},
            {x.gradient_data(), x.gradient_data() + x.size()},
            {p.begin(), p.end()}};
  }

  /// Memory that the nodes take on a warm tape, values and gradients included.
  double bytes() {
    const Scope scope(tape_);
    const std::size_t before = tape_.arena().mark().used;
    chain();
    return static_cast<double>(tape_.arena().mark().used - before);
  }

 private:
  struct Ends {
    Var<float, 2> x, y;
  };

  Ends chain() {
    const auto x = tape_.variable(x_);
    auto y = x;
    for (Index link = 0; link < links; ++link) y = op_.link(tape_, y);
    std::fill_n(y.gradient_data(), y.size(), 1.0f);
    tape_.run_backward();
    return {x, y};
  }

  Op op_;
  Parameters<float> parameters_;
  Tape<float> tape_;
  Eigen::Tensor<float, 2> x_;
};

template <class Op>
class PlainLoops {
 public:
  static constexpr const char* name = "loops";
  explicit PlainLoops(Index n)
      : n_(n),
        parameters_(Op(n).parameters()),
        values_(static_cast<std::size_t>(n * (links + 1))),
        gradients_(values_.size()) {
    fill_uniform(1, -1, 1, n, values_.data());
  }

  void run() {
    const float* p = parameters_.values().data();
    for (Index link = 0; link < links; ++link) Op::forward(n_, p, value(link), value(link + 1));
    std::fill(gradients_.begin(), gradients_.end(), 0.0f);
    std::fill_n(gradient(links), n_, 1.0f);
    for (Index link = links; link-- > 0;) {
      Op::backward(n_, p, value(link), value(link + 1), gradient(link + 1), gradient(link),
                   parameters_.gradients().data());
    }
  }

  Outcome outcome() {
    parameters_.zero_gradients();
    run();
    const auto p = parameters_.gradients();
    return {
        {value(links), value(links) + n_}, {gradient(0), gradient(0) + n_}, {p.begin(), p.end()}};
  }

  double bytes() { return 2.0 * sizeof(float) * static_cast<double>(values_.size()); }

 private:
  float* value(Index link) { return values_.data() + link * n_; }
  float* gradient(Index link) { return gradients_.data() + link * n_; }

  Index n_;
  Parameters<float> parameters_;
  Numbers values_, gradients_;
};

template <class Op, template <class> class Who>
void time_chain(benchmark::State& state, Index n) {
  Who<Op> chain(n);
  if (disagreement_of(chain.outcome(), PlainLoops<Op>(n).outcome()) > 1e-4) {
    return state.SkipWithError("tape and loops disagree");
  }
  Team team(1);
  Meter meter = measure(state, team, [&] { chain.run(); });
  meter.report_per_second("nodes_per_second", static_cast<double>(links));
  meter.report_ns_per("ns_per_node", static_cast<double>(links));
  meter.report("bytes_per_node", chain.bytes() / static_cast<double>(links));
}

template <class Op, template <class> class Who>
void add_chain(Index n) {
  add_benchmark("tape/" + std::string(Op::name) + "/" + Who<Op>::name + "/n:" + std::to_string(n),
                1, [=](benchmark::State& state) { time_chain<Op, Who>(state, n); });
}

const bool registered = [] {
  for (const Index n : {1, 16, 256}) {
    add_chain<Add, OnTape>(n);
    add_chain<Add, PlainLoops>(n);
  }
  for (const Index n : {16, 64}) {
    add_chain<Affine, OnTape>(n);
    add_chain<Affine, PlainLoops>(n);
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
