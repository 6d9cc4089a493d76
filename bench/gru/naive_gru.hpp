// The GRU by the naive twins of our kernels: what is right, and where one starts from.
#pragma once

#include <vector>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/naive/gru.hpp>

#include "recurrent/problem.hpp"

namespace vaecollapse::bench {

template <class Scalar>
class NaiveGru {
 public:
  explicit NaiveGru(const RecurrentData<Scalar>& data)
      : data_(data),
        plan_(std::vector<Index>(static_cast<std::size_t>(data.shape.batch), data.shape.steps)),
        inputs_(data.shape.gates(), data.shape.columns()),
        dinputs_(data.shape.gates(), data.shape.columns()),
        h0_(Matrix<Scalar>::Zero(data.shape.hidden, data.shape.batch)),
        dh0_(h0_),
        results_(data.shape) {}

  void forward() {
    kernels::naive::affine_forward<Scalar>(view(data_.input_weights), nullptr, view(data_.x),
                                           view(inputs_));
    kernels::naive::gru_sequence_forward<Scalar>(problem(), view(results_.h));
  }

  void forward_backward() {
    forward();
    results_.clear_gradients();
    dinputs_.setZero();
    kernels::naive::gru_sequence_backward<Scalar>(
        problem(), constant(results_.h), view(data_.dh),
        {view(results_.drecurrent_weights), results_.dinput_bias.data(),
         results_.drecurrent_bias.data(), view(dinputs_), view(dh0_)});
    const View<const Scalar> d = constant(dinputs_);
    // The bias is part of the GRU; this one is thrown away.
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

  kernels::naive::GruProblem<Scalar> problem() const {
    return {plan_,
            Direction::forward,
            view(data_.recurrent_weights),
            {data_.input_bias.data(), data_.recurrent_bias.data()},
            constant(inputs_),
            constant(h0_)};
  }

  const RecurrentData<Scalar>& data_;
  SequencePlan plan_;
  Matrix<Scalar> inputs_, dinputs_, h0_, dh0_;
  RecurrentResults<Scalar> results_;
};

}  // namespace vaecollapse::bench
