// Ours: the layer `Gru` on a `Tape`, or on a `Workspace` for inference, as users have it. A run
// includes packing the weights, clearing the gradients, and copying the states' gradients in.
#include <algorithm>
#include <array>
#include <span>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/gru.hpp>

#include "peers/contender.hpp"

namespace vaecollapse::bench {
namespace {

using Matrix = Eigen::Tensor<float, 2>;

Matrix matrix(const std::vector<float>& numbers, Index rows, Index columns) {
  return Eigen::TensorMap<const Matrix>(numbers.data(), rows, columns);
}

std::vector<float> copy(const float* numbers, Index count) { return {numbers, numbers + count}; }

void clear(std::span<float> numbers, Team& team) {
  split_by(team, copy_grain, Index(numbers.size()),
           [&](Index first, Index count) { std::fill_n(numbers.data() + first, count, 0.0F); });
}

std::span<float> gradient(const Var<float, 2>& x) {
  return {x.gradient_data(), static_cast<std::size_t>(x.size())};
}

/// The layer with its numbers, and the plan of a batch of rows of one length.
struct Layer {
  explicit Layer(const GruProblem& problem)
      : gru(layout, "gru", {problem.shape.input, problem.shape.hidden}),
        parameters(layout),
        plan(std::vector<Index>(static_cast<std::size_t>(problem.shape.batch),
                                problem.shape.steps)) {
    set("gru.weight_ih_l0", problem.input_weights);
    set("gru.weight_hh_l0", problem.recurrent_weights);
    set("gru.bias_ih_l0", problem.input_bias);
    set("gru.bias_hh_l0", problem.recurrent_bias);
  }

  void set(const char* name, const std::vector<float>& numbers) {
    std::ranges::copy(numbers, parameters.values(*layout.find(name)).begin());
  }
  std::vector<float> gradient(const char* name) const {
    const Layout::Entry& entry = *layout.find(name);
    return copy(parameters.gradients().data() + entry.offset, entry.shape.size());
  }

  template <class C>
  Var<float, 2> states(C& cx, const Var<float, 2>& x, const Var<float, 2>& h0) const {
    const std::array inputs{Contribution<float>::per_step(x)};
    return gru.sequence(cx, inputs, plan, h0).states.columns;
  }

  Layout layout;
  Gru gru;
  Parameters<float> parameters;
  SequencePlan plan;
};

class OnTape : public Contender {
 public:
  OnTape(const GruProblem& problem, Mode mode, int threads)
      : layer_(problem),
        team_(threads),
        tape_(layer_.parameters, team_),
        x_(tape_.variable(matrix(problem.x, problem.shape.input, layer_.plan.columns()))),
        h0_(tape_.variable(matrix(problem.h0, problem.shape.hidden, problem.shape.batch))),
        dstates_(problem.dstates),
        backward_(mode == Mode::forward_backward) {}

  std::string name() const override { return "ours"; }

  void run() override {
    const Scope scope(tape_);
    compute();
  }

  std::vector<Agreed> outputs() override {
    const Scope scope(tape_);
    const auto states = compute();
    GruOutputs outputs;
    outputs.states = copy(states.data(), states.size());
    if (backward_) {
      outputs.dx = copy(x_.gradient_data(), x_.size());
      outputs.dh0 = copy(h0_.gradient_data(), h0_.size());
      outputs.dinput_weights = layer_.gradient("gru.weight_ih_l0");
      outputs.drecurrent_weights = layer_.gradient("gru.weight_hh_l0");
      outputs.dinput_bias = layer_.gradient("gru.bias_ih_l0");
      outputs.drecurrent_bias = layer_.gradient("gru.bias_hh_l0");
    }
    return std::move(outputs).agreed();
  }

 private:
  Var<float, 2> compute() {
    const auto states = layer_.states(tape_, x_, h0_);
    if (!backward_) return states;
    layer_.parameters.zero_gradients(team_);
    clear(gradient(x_), team_);
    clear(gradient(h0_), team_);
    split_by(team_, copy_grain, states.size(), [&](Index first, Index count) {
      std::copy_n(dstates_.data() + first, count, states.gradient_data() + first);
    });
    tape_.run_backward();
    return states;
  }

  Layer layer_;
  Team team_;
  Tape<float> tape_;
  Var<float, 2> x_, h0_;
  std::vector<float> dstates_;
  bool backward_;
};

class OnWorkspace : public Contender {
 public:
  OnWorkspace(const GruProblem& problem, int threads)
      : layer_(problem),
        team_(threads),
        workspace_(layer_.parameters, team_),
        x_(workspace_.constant(matrix(problem.x, problem.shape.input, layer_.plan.columns()))),
        h0_(workspace_.constant(matrix(problem.h0, problem.shape.hidden, problem.shape.batch))) {}

  std::string name() const override { return "ours"; }

  void run() override {
    const Scope scope(workspace_);
    layer_.states(workspace_, x_, h0_);
  }

  std::vector<Agreed> outputs() override {
    const Scope scope(workspace_);
    const auto states = layer_.states(workspace_, x_, h0_);
    GruOutputs outputs;
    outputs.states = copy(states.data(), states.size());
    return std::move(outputs).agreed();
  }

 private:
  Layer layer_;
  Team team_;
  Workspace<float> workspace_;
  Var<float, 2> x_, h0_;
};

}  // namespace

std::unique_ptr<Contender> make_our_gru(const GruProblem& problem, Mode mode, int threads) {
  if (mode == Mode::inference) return std::make_unique<OnWorkspace>(problem, threads);
  return std::make_unique<OnTape>(problem, mode, threads);
}

}  // namespace vaecollapse::bench
