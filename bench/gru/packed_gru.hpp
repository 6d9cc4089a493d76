// The GRU by this library's layer, on a tape and on a workspace, as its users run it. A
// tape packs the weights in every pass, a workspace once.
#pragma once

#include <algorithm>
#include <vector>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/gru.hpp>

#include "gru/problem.hpp"

namespace vaecollapse::bench {

class PackedGru {
 public:
  PackedGru(const GruData<float>& data, Team& team)
      : data_(data),
        team_(team),
        plan_(std::vector<Index>(static_cast<std::size_t>(data.shape.batch), data.shape.steps)),
        gru_(layout_, "gru", {data.shape.input, data.shape.hidden}),
        parameters_(layout_),
        tape_(parameters_, team),
        workspace_(parameters_, team),
        x_(data.shape.input, data.shape.columns()),
        results_(data.shape) {
    std::copy_n(data.x.data(), data.x.size(), x_.data());
    set("gru.weight_ih_l0", data.input_weights);
    set("gru.weight_hh_l0", data.recurrent_weights);
    set("gru.bias_ih_l0", data.input_bias);
    set("gru.bias_hh_l0", data.recurrent_bias);
  }

  void forward() {
    const Scope scope(tape_);
    run(tape_);
  }

  /// The gradients of the weights add up over the calls, as they do in training.
  void forward_backward() {
    const Scope scope(tape_);
    differentiate();
  }

  void inference() {
    const Scope scope(workspace_);
    run(workspace_);
  }

  /// Of a pass of each kind; the state is the one of inference.
  const GruResults<float>& results() {
    parameters_.zero_gradients();
    {
      const Scope scope(tape_);
      results_.dx = gradient(differentiate());
    }
    {
      const Scope scope(workspace_);
      results_.h = run(workspace_).matrix();
    }
    get("gru.weight_ih_l0", results_.dinput_weights);
    get("gru.weight_hh_l0", results_.drecurrent_weights);
    get("gru.bias_ih_l0", results_.dinput_bias);
    get("gru.bias_hh_l0", results_.drecurrent_bias);
    return results_;
  }

 private:
  using Floats = Matrix<float>;

  template <class C>
  Var<float, 2> run(C& context) {
    return gru_(context, Sequence<float>{context.constant(x_), &plan_}).states.columns;
  }

  /// Returns x, whose gradient is known.
  Var<float, 2> differentiate() {
    const auto x = tape_.variable(x_);
    const auto h = gru_(tape_, Sequence<float>{x, &plan_}).states.columns;
    split_by(team_, copy_grain, h.size(), [&](Index first, Index count) {
      std::copy_n(data_.dh.data() + first, count, h.gradient_data() + first);
    });
    tape_.run_backward();
    return x;
  }

  static Floats gradient(const Var<float, 2>& x) {
    return Eigen::Map<const Floats>(x.gradient_data(), x.rows(), x.columns());
  }
  Index offset(const char* name) const { return layout_.find(name)->offset; }
  void set(const char* name, const Floats& values) {
    std::copy_n(values.data(), values.size(), parameters_.values().data() + offset(name));
  }
  void get(const char* name, Floats& gradients) const {
    std::copy_n(parameters_.gradients().data() + offset(name), gradients.size(), gradients.data());
  }

  const GruData<float>& data_;
  Team& team_;
  SequencePlan plan_;
  Layout layout_;
  Gru gru_;
  Parameters<float> parameters_;
  Tape<float> tape_;
  Workspace<float> workspace_;
  Eigen::Tensor<float, 2> x_;
  GruResults<float> results_;
};

}  // namespace vaecollapse::bench
