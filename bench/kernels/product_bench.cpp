// The three products of a linear map at the shapes of a small reinflection model: ours, with the
// packing of the left operand in each, and Eigen's.
//   product/<which>/<who>/I:<inputs>/O:<outputs>/N:<columns>
#include <algorithm>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/affine.hpp>

#include "support/eigen.hpp"
#include "support/meter.hpp"
#include "support/numbers.hpp"
#include "support/program.hpp"

namespace vaecollapse::bench {

const char* const default_filter = ".";

namespace {

using Floats = Eigen::MatrixXf;
using kernels::Output;

/// `outputs` from I inputs for N columns: y = W^T x, dx += W dy, dW += x dy^T.
enum class Which { forward, input_backward, weights_backward };

struct Size {
  Index input, output, columns;

  double flops() const { return 2.0 * double(input) * double(output) * double(columns); }
  std::string name() const {
    return "I:" + std::to_string(input) + "/O:" + std::to_string(output) +
           "/N:" + std::to_string(columns);
  }
};

/// The operands, and a place for each result.
struct Product {
  Floats weights, x, dy, y, dx, dweights;
  std::vector<float> scratch;

  explicit Product(const Size& size)
      : weights(size.input, size.output),
        x(size.input, size.columns),
        dy(size.output, size.columns),
        y(size.output, size.columns),
        dx(size.input, size.columns),
        dweights(size.input, size.output) {
    std::uint32_t seed = 0;
    for (Floats* m : {&weights, &x, &dy}) fill_uniform(++seed, -1, 1, m->size(), m->data());
    clear();
    scratch.resize(static_cast<std::size_t>(
        std::max(kernels::affine_forward_scratch<float>(size.input, size.output),
                 kernels::packed_size<float>(size.input, std::max(size.output, size.columns)))));
  }

  void clear() {
    for (Floats* m : {&y, &dx, &dweights}) m->setZero();
  }

  Floats& result(Which which) {
    return which == Which::forward ? y : which == Which::input_backward ? dx : dweights;
  }
};

View<float> view(Floats& m) { return {m.data(), m.rows(), m.cols()}; }
View<const float> constant(Floats& m) { return view(m); }

struct Ours {
  static constexpr const char* name = "packed";
  static void run(Product& p, Which which, Team& team) {
    switch (which) {
      case Which::forward:
        return kernels::affine_forward<float>(constant(p.weights), nullptr, constant(p.x),
                                              view(p.y), Output::replace, p.scratch.data(), team);
      case Which::input_backward:
        return kernels::affine_input_backward<float>(constant(p.weights), constant(p.dy),
                                                     view(p.dx), p.scratch.data(), team);
      case Which::weights_backward:
        return kernels::affine_weights_backward<float>(constant(p.x), constant(p.dy),
                                                       view(p.dweights), p.scratch.data(), team);
    }
  }
};

struct Eigens {
  static constexpr const char* name = "eigen";
  static void run(Product& p, Which which, Team&) {
    switch (which) {
      case Which::forward:
        p.y.noalias() = p.weights.transpose() * p.x;
        return;
      case Which::input_backward:
        p.dx.noalias() += p.weights * p.dy;
        return;
      case Which::weights_backward:
        p.dweights.noalias() += p.x * p.dy.transpose();
        return;
    }
  }
};

/// Whether one pass from zero gives what plain sums in double give.
template <class Who>
bool is_right(Product& p, Which which, Team& team) {
  p.clear();
  Who::run(p, which, team);
  const Eigen::MatrixXd w = p.weights.cast<double>(), x = p.x.cast<double>();
  const Eigen::MatrixXd dy = p.dy.cast<double>();
  Eigen::MatrixXd expected;
  switch (which) {
    case Which::forward:
      expected = w.transpose().lazyProduct(x);
      break;
    case Which::input_backward:
      expected = w.lazyProduct(dy);
      break;
    case Which::weights_backward:
      expected = x.lazyProduct(dy.transpose());
      break;
  }
  return disagreement(expected.size(), p.result(which).data(), expected.data()) < 1e-5;
}

template <class Who>
void time_product(benchmark::State& state, Which which, const Size& size) {
  Product product(size);
  Team team(1);
  if (!is_right<Who>(product, which, team)) return state.SkipWithError("the product is wrong");
  Meter meter = measure(state, team, [&] { Who::run(product, which, team); });
  meter.report_flops(size.flops());
}

template <class Who>
void add(const char* name, Which which, const Size& size) {
  add_benchmark("product/" + std::string(name) + "/" + Who::name + "/" + size.name(), 1,
                [=](benchmark::State& state) { time_product<Who>(state, which, size); });
}

const bool registered = [] {
  // A GRU's step, its inputs for all steps, its table of symbols; the posterior's heads; the
  // output layer; a wider GRU's step.
  for (const Size& size : {Size{256, 768, 64}, Size{64, 768, 896}, Size{64, 768, 40},
                           Size{512, 64, 64}, Size{256, 40, 896}, Size{512, 1536, 64}}) {
    const auto add_both = [&](const char* name, Which which) {
      add<Ours>(name, which, size);
      add<Eigens>(name, which, size);
    };
    add_both("forward", Which::forward);
    add_both("input_backward", Which::input_backward);
    add_both("weights_backward", Which::weights_backward);
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
