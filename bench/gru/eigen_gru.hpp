// The GRU as one would write it on Eigen, with care: the inputs of all steps in one product, the
// gates in Eigen's vectorised array expressions, and each weight gradient in one product over all
// steps.
#pragma once

#include "recurrent/problem.hpp"
#include "support/eigen.hpp"

namespace vaecollapse::bench {

class EigenGru {
  using Floats = Matrix<float>;

  auto step(Floats& m, Index t) const {
    return m.middleCols(t * data_.shape.batch, data_.shape.batch);
  }
  template <class M>
  auto first(M&& m) const {
    return m.topRows(hidden_);
  }
  template <class M>
  auto second(M&& m) const {
    return m.middleRows(hidden_, hidden_);
  }
  template <class M>
  auto last(M&& m) const {
    return m.bottomRows(hidden_);
  }
  auto recurrent_bias_n() const { return data_.recurrent_bias.col(0).tail(hidden_); }

 public:
  explicit EigenGru(const RecurrentData<float>& data)
      : data_(data),
        hidden_(data.shape.hidden),
        bias_(data.input_bias),
        states_(Floats::Zero(hidden_, data.shape.columns() + data.shape.batch)),
        gates_(data.shape.gates(), data.shape.columns()),
        drecurrent_(data.shape.gates(), data.shape.columns()),
        sums_(data.shape.gates(), data.shape.batch),
        dstate_(hidden_, data.shape.batch),
        results_(data.shape) {
    bias_.topRows(2 * hidden_) += data.recurrent_bias.topRows(2 * hidden_);
  }

  /// Leaves r, u, n in `gates_`, and U_n h + b_n in the last rows of `drecurrent_`.
  void forward() {
    project_inputs();
    for (Index t = 0; t < data_.shape.steps; ++t) {
      auto gates = step(gates_, t);
      auto hn = last(step(drecurrent_, t));
      multiply_state(t);
      auto r = first(gates), u = second(gates), n = last(gates);
      r = (r + first(sums_)).array().logistic();
      u = (u + second(sums_)).array().logistic();
      hn = last(sums_).colwise() + recurrent_bias_n();
      n = (n.array() + r.array() * hn.array()).tanh();
      step(states_, t + 1) = n.array() + u.array() * (step(states_, t) - n).array();
    }
  }

  /// The same, keeping nothing but the states.
  void inference() {
    project_inputs();
    for (Index t = 0; t < data_.shape.steps; ++t) {
      const auto gates = step(gates_, t);
      multiply_state(t);
      auto r = first(sums_), u = second(sums_), n = last(sums_);
      r = (r + first(gates)).array().logistic();
      u = (u + second(gates)).array().logistic();
      n = (last(gates).array() + r.array() * (n.colwise() + recurrent_bias_n()).array()).tanh();
      step(states_, t + 1) = n.array() + u.array() * (step(states_, t) - n).array();
    }
  }

  void forward_backward() {
    forward();
    dstate_.setZero();
    for (Index t = data_.shape.steps; t-- > 0;) gates_backward(t);
    const auto before = states_.leftCols(data_.shape.columns());
    results_.drecurrent_weights.noalias() = before * drecurrent_.transpose();
    results_.dinput_weights.noalias() = data_.x * gates_.transpose();
    results_.dx.noalias() = data_.input_weights * gates_;
    results_.dinput_bias = gates_.rowwise().sum();
    results_.drecurrent_bias = drecurrent_.rowwise().sum();
  }

  const RecurrentResults<float>& results() {
    results_.h = states_.rightCols(data_.shape.columns());
    return results_;
  }

 private:
  void project_inputs() {
    gates_.noalias() = data_.input_weights.transpose() * data_.x;
    gates_.colwise() += bias_.col(0);
  }

  void multiply_state(Index t) {
    sums_.noalias() = data_.recurrent_weights.transpose() * step(states_, t);
  }

  /// Turns a step's r, u, n and U_n h + b_n into the gradients before the nonlinearities, as the
  /// inputs have them (`gates_`) and as the states have them (`drecurrent_`).
  void gates_backward(Index t) {
    auto gates = step(gates_, t), drecurrent = step(drecurrent_, t);
    auto r = first(gates).array(), u = second(gates).array(), n = last(gates).array();
    auto dr = first(drecurrent).array(), du = second(drecurrent).array(),
         hn = last(drecurrent).array();
    auto d = dstate_.array();
    d += data_.dh.middleCols(t * data_.shape.batch, data_.shape.batch).array();
    du = d * (step(states_, t).array() - n) * u * (1 - u);
    n = d * (1 - u) * (1 - n * n);
    d *= u;
    dr = n * hn * r * (1 - r);
    hn = n * r;
    r = dr;
    u = du;
    dstate_.noalias() += data_.recurrent_weights * drecurrent;
  }

  const RecurrentData<float>& data_;
  Index hidden_;
  Floats bias_, states_, gates_, drecurrent_, sums_, dstate_;
  RecurrentResults<float> results_;
};

}  // namespace vaecollapse::bench
