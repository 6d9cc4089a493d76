// The LSTM by the naive twins of our kernels: what is right, and where one starts from.
#pragma once

#include <vector>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/naive/lstm.hpp>

#include "recurrent/problem.hpp"

namespace vaecollapse::bench {

template <class Scalar>
class NaiveLstm {
 public:
  explicit NaiveLstm(const RecurrentData<Scalar>& data)
      : data_(data),
        plan_(std::vector<Index>(static_cast<std::size_t>(data.shape.batch), data.shape.steps)),
        inputs_(data.shape.gates(), data.shape.columns()),
        dinputs_(data.shape.gates(), data.shape.columns()),
        zeros_(Matrix<Scalar>::Zero(data.shape.hidden, data.shape.batch)),
        c_(data.shape.hidden, data.shape.columns()),
        results_(data.shape) {}

  void forward() {
    kernels::naive::affine_forward<Scalar>(view(data_.input_weights), nullptr, view(data_.x),
                                           view(inputs_));
    kernels::naive::lstm_sequence_forward<Scalar>(problem(), {view(results_.h), view(c_)});
  }

  void forward_backward() {
    forward();
    results_.clear_gradients();
    dinputs_.setZero();
    Matrix<Scalar> dh0 = zeros_, dc0 = zeros_;
    kernels::naive::lstm_sequence_backward<Scalar>(problem(), {constant(results_.h), constant(c_)},
                                                   view(data_.dh),
                                                   {view(results_.drecurrent_weights),
                                                    results_.dinput_bias.data(),
                                                    results_.drecurrent_bias.data(),
                                                    view(dinputs_),
                                                    {view(dh0), view(dc0)}});
    const View<const Scalar> d = constant(dinputs_);
    // The bias is part of the LSTM; this one is thrown away.
    std::vector<Scalar> no_bias(static_cast<std::size_t>(data_.shape.gates()));
    kernels::naive::affine_backward<Scalar>(view(data_.input_weights), view(data_.x), d,
                                            view(results_.dx), view(results_.dinput_weights),
                                            no_bias.data());
  }

  void inference() { forward(); }

  const RecurrentResults<Scalar>& results() const { return results_; }

 private:
  static View<Scalar> view(Matrix<Scalar>& m) { return {m.data(), m.rows(), m.cols()}; }
  static View<const Scalar> view(const Matrix<Scalar>& m) { return {m.data(), m.rows(), m.cols()}; }
  static View<const Scalar> constant(const Matrix<Scalar>& m) { return view(m); }

  kernels::naive::LstmProblem<Scalar> problem() const {
    return {plan_,
            Direction::forward,
            view(data_.recurrent_weights),
            {data_.input_bias.data(), data_.recurrent_bias.data()},
            constant(inputs_),
            {constant(zeros_), constant(zeros_)}};
  }

  const RecurrentData<Scalar>& data_;
  SequencePlan plan_;
  Matrix<Scalar> inputs_, dinputs_, zeros_, c_;
  RecurrentResults<Scalar> results_;
};

}  // namespace vaecollapse::bench
