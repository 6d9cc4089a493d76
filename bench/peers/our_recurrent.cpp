// Ours: the layers `Gru` and `Lstm` on a `Tape`, or on a `Workspace` for inference, as users have
// them. A run
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
#include <vaecollapse/nn/lstm.hpp>

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

/// The first states in columns: h_0, of an LSTM above c_0.
Matrix first_state(const RecurrentProblem& problem) {
  const Index hidden = problem.shape.hidden, batch = problem.shape.batch;
  const bool has_cell = !problem.c0.empty();
  Matrix state(has_cell ? 2 * hidden : hidden, batch);
  for (Index row = 0; row < batch; ++row) {
    float* to = state.data() + row * state.dimension(0);
    std::copy_n(problem.h0.data() + row * hidden, hidden, to);
    if (has_cell) std::copy_n(problem.c0.data() + row * hidden, hidden, to + hidden);
  }
  return state;
}

/// Some rows of a gradient, column after column.
std::vector<float> gradient_rows(const Var<float, 2>& x, Index first, Index count) {
  std::vector<float> rows;
  for (Index j = 0; j < x.columns(); ++j) {
    const float* from = x.gradient_view().column(j) + first;
    rows.insert(rows.end(), from, from + count);
  }
  return rows;
}

/// The layer with its numbers, and the plan of a batch of rows of one length.
template <class Recurrent>
struct Layer {
  explicit Layer(const RecurrentProblem& problem)
      : recurrent(layout, "layer", {problem.shape.input, problem.shape.hidden}),
        parameters(layout),
        plan(std::vector<Index>(static_cast<std::size_t>(problem.shape.batch),
                                problem.shape.steps)) {
    set("layer.weight_ih_l0", problem.input_weights);
    set("layer.weight_hh_l0", problem.recurrent_weights);
    set("layer.bias_ih_l0", problem.input_bias);
    set("layer.bias_hh_l0", problem.recurrent_bias);
  }

  void set(const char* name, const std::vector<float>& numbers) {
    std::ranges::copy(numbers, parameters.values(*layout.find(name)).begin());
  }
  std::vector<float> gradient(const char* name) const {
    const Layout::Entry& entry = *layout.find(name);
    return copy(parameters.gradients().data() + entry.offset, entry.shape.size());
  }

  template <class C>
  Var<float, 2> states(C& cx, const Var<float, 2>& x, const Var<float, 2>& start) const {
    const std::array inputs{Contribution<float>::per_step(x)};
    return recurrent.sequence(cx, inputs, plan, start).states.columns;
  }

  Layout layout;
  Recurrent recurrent;
  Parameters<float> parameters;
  SequencePlan plan;
};

template <class Recurrent>
class OnTape : public Contender {
 public:
  OnTape(const RecurrentProblem& problem, Mode mode, int threads)
      : layer_(problem),
        team_(threads),
        tape_(layer_.parameters, team_),
        x_(tape_.variable(matrix(problem.x, problem.shape.input, layer_.plan.columns()))),
        start_(tape_.variable(first_state(problem))),
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
    RecurrentOutputs outputs;
    outputs.states = copy(states.data(), states.size());
    if (backward_) {
      outputs.dx = copy(x_.gradient_data(), x_.size());
      const Index hidden = layer_.recurrent.hidden();
      outputs.dh0 = gradient_rows(start_, 0, hidden);
      outputs.dc0 = gradient_rows(start_, hidden, start_.rows() - hidden);
      outputs.dinput_weights = layer_.gradient("layer.weight_ih_l0");
      outputs.drecurrent_weights = layer_.gradient("layer.weight_hh_l0");
      outputs.dinput_bias = layer_.gradient("layer.bias_ih_l0");
      outputs.drecurrent_bias = layer_.gradient("layer.bias_hh_l0");
    }
    return std::move(outputs).agreed();
  }

 private:
  Var<float, 2> compute() {
    const auto states = layer_.states(tape_, x_, start_);
    if (!backward_) return states;
    layer_.parameters.zero_gradients(team_);
    clear(gradient(x_), team_);
    clear(gradient(start_), team_);
    split_by(team_, copy_grain, states.size(), [&](Index first, Index count) {
      std::copy_n(dstates_.data() + first, count, states.gradient_data() + first);
    });
    tape_.run_backward();
    return states;
  }

  Layer<Recurrent> layer_;
  Team team_;
  Tape<float> tape_;
  Var<float, 2> x_, start_;
  std::vector<float> dstates_;
  bool backward_;
};

template <class Recurrent>
class OnWorkspace : public Contender {
 public:
  OnWorkspace(const RecurrentProblem& problem, int threads)
      : layer_(problem),
        team_(threads),
        workspace_(layer_.parameters, team_),
        x_(workspace_.constant(matrix(problem.x, problem.shape.input, layer_.plan.columns()))),
        start_(workspace_.constant(first_state(problem))) {}

  std::string name() const override { return "ours"; }

  void run() override {
    const Scope scope(workspace_);
    layer_.states(workspace_, x_, start_);
  }

  std::vector<Agreed> outputs() override {
    const Scope scope(workspace_);
    const auto states = layer_.states(workspace_, x_, start_);
    RecurrentOutputs outputs;
    outputs.states = copy(states.data(), states.size());
    return std::move(outputs).agreed();
  }

 private:
  Layer<Recurrent> layer_;
  Team team_;
  Workspace<float> workspace_;
  Var<float, 2> x_, start_;
};

template <class Recurrent>
std::unique_ptr<Contender> make_ours(const RecurrentProblem& problem, Mode mode, int threads) {
  if (mode == Mode::inference) return std::make_unique<OnWorkspace<Recurrent>>(problem, threads);
  return std::make_unique<OnTape<Recurrent>>(problem, mode, threads);
}

}  // namespace

std::unique_ptr<Contender> make_our_layer(const RecurrentProblem& problem, Mode mode, int threads) {
  return problem.cell == PeerCell::lstm ? make_ours<Lstm>(problem, mode, threads)
                                        : make_ours<Gru>(problem, mode, threads);
}

}  // namespace vaecollapse::bench
