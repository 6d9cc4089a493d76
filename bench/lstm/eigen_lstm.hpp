// The LSTM as one would write it on Eigen, with care: the inputs of all steps in one product, the
// gates in Eigen's vectorised array expressions, and each weight gradient in one product over all
// steps.
#pragma once

#include "recurrent/problem.hpp"
#include "support/eigen.hpp"

namespace vaecollapse::bench {

class EigenLstm {
  using Floats = Matrix<float>;

  auto step(Floats& m, Index t) const {
    return m.middleCols(t * data_.shape.batch, data_.shape.batch);
  }
  /// The rows of a gate: i, f, g, o.
  template <class M>
  auto gate(M&& m, Index which) const {
    return m.middleRows(which * hidden_, hidden_);
  }

 public:
  explicit EigenLstm(const RecurrentData<float>& data)
      : data_(data),
        hidden_(data.shape.hidden),
        bias_(data.input_bias + data.recurrent_bias),
        states_(Floats::Zero(hidden_, data.shape.columns() + data.shape.batch)),
        cells_(states_),
        gates_(data.shape.gates(), data.shape.columns()),
        dstate_(hidden_, data.shape.batch),
        dcell_(hidden_, data.shape.batch),
        results_(data.shape) {}

  /// Leaves the gates in `gates_`.
  void forward() {
    gates_.noalias() = data_.input_weights.transpose() * data_.x;
    gates_.colwise() += bias_.col(0);
    for (Index t = 0; t < data_.shape.steps; ++t) {
      auto gates = step(gates_, t);
      gates.noalias() += data_.recurrent_weights.transpose() * step(states_, t);
      auto i_and_f = gates.topRows(2 * hidden_);
      auto i = gate(gates, 0), f = gate(gates, 1), g = gate(gates, 2), o = gate(gates, 3);
      i_and_f = i_and_f.array().logistic();
      g = g.array().tanh();
      o = o.array().logistic();
      step(cells_, t + 1) = f.array() * step(cells_, t).array() + i.array() * g.array();
      step(states_, t + 1) = o.array() * step(cells_, t + 1).array().tanh();
    }
  }

  /// Nothing less is to be had: the gates are in the memory of the inputs' products.
  void inference() { forward(); }

  void forward_backward() {
    forward();
    dstate_.setZero();
    dcell_.setZero();
    for (Index t = data_.shape.steps; t-- > 0;) gates_backward(t);
    const auto before = states_.leftCols(data_.shape.columns());
    results_.drecurrent_weights.noalias() = before * gates_.transpose();
    results_.dinput_weights.noalias() = data_.x * gates_.transpose();
    results_.dx.noalias() = data_.input_weights * gates_;
    results_.dinput_bias = gates_.rowwise().sum();
    results_.drecurrent_bias = results_.dinput_bias;
  }

  const RecurrentResults<float>& results() {
    results_.h = states_.rightCols(data_.shape.columns());
    return results_;
  }

 private:
  /// Turns a step's gates into the gradients before the nonlinearities.
  void gates_backward(Index t) {
    auto gates = step(gates_, t);
    auto i = gate(gates, 0).array(), f = gate(gates, 1).array(), g = gate(gates, 2).array(),
         o = gate(gates, 3).array();
    auto d = dstate_.array();
    auto dc = dcell_.array();
    d += data_.dh.middleCols(t * data_.shape.batch, data_.shape.batch).array();
    bent_ = step(cells_, t + 1).array().tanh();
    const auto bent = bent_.array();
    dc += d * o * (1 - bent * bent);
    o = d * bent * o * (1 - o);
    before_ = dc * f;
    f = dc * step(cells_, t).array() * f * (1 - f);
    dg_ = dc * i * (1 - g * g);
    i = dc * g * i * (1 - i);
    g = dg_.array();
    dcell_ = before_;
    dstate_.noalias() = data_.recurrent_weights * gates;
  }

  const RecurrentData<float>& data_;
  Index hidden_;
  Floats bias_, states_, cells_, gates_, dstate_, dcell_, bent_, before_, dg_;
  RecurrentResults<float> results_;
};

}  // namespace vaecollapse::bench
