// A recurrent layer of this library, on a tape and on a workspace, as its users run it. A
// tape packs the weights in every pass, a workspace once.
#pragma once

#include <algorithm>
#include <vector>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>

#include "recurrent/problem.hpp"

namespace vaecollapse::bench {

/// \tparam Recurrent the layer, such as `Gru`
template <class Recurrent>
class PackedLayer {
 public:
  PackedLayer(const RecurrentData<float>& data, Team& team)
      : data_(data),
        team_(team),
        plan_(std::vector<Index>(static_cast<std::size_t>(data.shape.batch), data.shape.steps)),
        recurrent_(layout_, "layer", {data.shape.input, data.shape.hidden}),
        parameters_(layout_),
        tape_(parameters_, team),
        workspace_(parameters_, team),
        x_(data.shape.input, data.shape.columns()),
        results_(data.shape) {
    std::copy_n(data.x.data(), data.x.size(), x_.data());
    set("layer.weight_ih_l0", data.input_weights);
    set("layer.weight_hh_l0", data.recurrent_weights);
    set("layer.bias_ih_l0", data.input_bias);
    set("layer.bias_hh_l0", data.recurrent_bias);
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
  const RecurrentResults<float>& results() {
    parameters_.zero_gradients();
    {
      const Scope scope(tape_);
      results_.dx = gradient(differentiate());
    }
    {
      const Scope scope(workspace_);
      results_.h = run(workspace_).matrix();
    }
    get("layer.weight_ih_l0", results_.dinput_weights);
    get("layer.weight_hh_l0", results_.drecurrent_weights);
    get("layer.bias_ih_l0", results_.dinput_bias);
    get("layer.bias_hh_l0", results_.drecurrent_bias);
    return results_;
  }

 private:
  using Floats = Matrix<float>;

  template <class C>
  Var<float, 2> run(C& context) {
    return recurrent_(context, Sequence<float>{context.constant(x_), &plan_}).states.columns;
  }

  /// Returns x, whose gradient is known.
  Var<float, 2> differentiate() {
    const auto x = tape_.variable(x_);
    const auto h = recurrent_(tape_, Sequence<float>{x, &plan_}).states.columns;
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

  const RecurrentData<float>& data_;
  Team& team_;
  SequencePlan plan_;
  Layout layout_;
  Recurrent recurrent_;
  Parameters<float> parameters_;
  Tape<float> tape_;
  Workspace<float> workspace_;
  Eigen::Tensor<float, 2> x_;
  RecurrentResults<float> results_;
};

}  // namespace vaecollapse::bench
