// The smallest recurrent cell of one's own whose state is more than its output: each unit has a
// memory that leaks, e' = (e + a) / 2 with a = W^T x + b + U^T h + b', and gives h' = tanh(e').
// Its state is [h; e].
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/kernels/gru_weights.hpp>
#include <vaecollapse/kernels/recurrent.hpp>
#include <vaecollapse/kernels/sequence_order.hpp>
#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/recurrent.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;
namespace kernels = vaecollapse::kernels;

/// Weights that are read as they lie, as a form that contexts keep.
template <class Scalar>
struct PlainWeights {
  using Packed = vc::View<const Scalar>;
  static vc::Index size(Packed w) { return w.rows * w.columns; }
  static Packed in(const Scalar* memory, Packed w) { return {memory, w.rows, w.columns}; }
  static Packed pack(Packed w, Scalar* memory, vc::Team&) {
    for (vc::Index j = 0; j < w.columns; ++j) std::copy_n(w.column(j), w.rows, memory + j * w.rows);
    return in(memory, w);
  }
};

/// The kernels of the cell, as the formulas stand.
template <class Scalar>
struct LeakyKernels {
  using scalar_type = Scalar;
  using Panels = PlainWeights<Scalar>;
  using Weights = vc::View<const Scalar>;
  using BackwardWeights = vc::View<const Scalar>;
  using Biases = kernels::RecurrentBiases<Scalar>;
  using Product = kernels::RecurrentProduct<Scalar, Weights>;
  using Inputs = kernels::RecurrentInputs<Scalar, Weights>;
  using Columns = std::span<const Scalar* const>;
  using Index = vc::Index;
  static constexpr char name[] = "leaky";
  static constexpr Index gates = 1;

  /// Besides h, e.
  static Index carried_rows(Index hidden) { return hidden; }
  /// Room for the gradients of a.
  static Index saved_rows(Index hidden) { return hidden; }
  /// A column a row, so that threads never add to the same one.
  static vc::Shape<2> sums(Index hidden, Index batch) { return {{hidden, batch}}; }
  static BackwardWeights pack_for_backward(Weights weights, Scalar*, vc::Team&) { return weights; }

  /// The biases and products of unit k in column n.
  static Scalar known(const Biases& biases, std::span<const Product> products, Index n, Index k) {
    Scalar sum = biases.input[k] + biases.recurrent[k];
    for (const auto& [weights, x] : products) {
      for (Index i = 0; i < weights.rows; ++i) sum += weights(i, k) * x(i, n);
    }
    return sum;
  }
  static void input_sums(const vc::SequencePlan&, Index hidden, const Biases& biases,
                         std::span<const Product> products, vc::View<Scalar> sums, vc::Team&) {
    for (Index n = 0; n < sums.columns; ++n) {
      for (Index k = 0; k < hidden; ++k) sums(k, n) = known(biases, products, n, k);
    }
  }

  /// From h and e to h' and e', or from zeros, with the inputs of column n.
  static void advance(Weights weights, const Biases& biases, const Inputs& inputs, Index n,
                      const Scalar* h, const Scalar* e, Scalar* h_after, Scalar* e_after) {
    for (Index k = 0; k < weights.columns; ++k) {
      Scalar a =
          inputs.sums.data != nullptr ? inputs.sums(k, n) : known(biases, inputs.products, n, k);
      for (const Scalar* projected : inputs.projected_for(n)) a += projected[k];
      for (Index i = 0; h != nullptr && i < weights.rows; ++i) a += weights(i, k) * h[i];
      e_after[k] = ((e != nullptr ? e[k] : 0) + a) / 2;
    }
    for (Index k = 0; k < weights.columns; ++k) h_after[k] = std::tanh(e_after[k]);
  }

  /// \shape before, after [state x n]
  static void step(Weights weights, const Biases& biases, const Inputs& inputs,
                   vc::View<const Scalar> before, vc::View<Scalar> after, vc::Team&) {
    for (Index n = 0; n < after.columns; ++n) {
      const Scalar* h = before.column(n);
      advance(weights, biases, inputs, n, h, h + weights.rows, after.column(n),
              after.column(n) + weights.rows);
    }
  }

  /// The steps of some rows, for `for_each_step`.
  struct Forward {
    const kernels::RecurrentPass<Scalar>& pass;
    Weights weights;
    const Biases& biases;
    const Inputs& inputs;

    void units(Index step, Index first, Index last, kernels::PanelRange) const {
      const kernels::SequenceOrder order(pass.plan, pass.direction);
      const Index i = order.turn(step);
      for (Index j = first; j < last; ++j) {
        const Index column = pass.plan.offset(step) + j;
        const Scalar *h = nullptr, *e = nullptr;
        if (j < order.continuing(i)) {
          const Index previous = pass.plan.offset(order.step(i - 1)) + j;
          h = pass.outputs.column(previous), e = pass.carried.column(previous);
        } else if (pass.start.data != nullptr) {
          h = pass.start.column(j), e = h + weights.rows;
        }
        advance(weights, biases, inputs, column, h, e, pass.outputs.column(column),
                pass.carried.column(column));
      }
    }
  };
  template <class Hook>
  static void forward(const kernels::RecurrentPass<Scalar>& pass, Weights weights,
                      const Biases& biases, const Inputs& inputs, vc::Team& team,
                      const Hook& before_step) {
    kernels::for_each_step(pass.plan, pass.direction, Forward{pass, weights, biases, inputs}, 1,
                           false, team, before_step, kernels::NoStepHook());
  }

  /// The same on the way back: da of some rows, and then the gradients of the outputs before them.
  struct Backward {
    const kernels::RecurrentBackwardPass<Scalar>& pass;
    Weights weights;

    void gates_of(Index step, Index first, Index last) const {
      const Index hidden = weights.rows;
      for (Index j = first; j < last; ++j) {
        const Index column = pass.plan.offset(step) + j;
        Scalar *dh = pass.state.column(j), *de = dh + hidden, *da = pass.saved.column(column);
        for (Index k = 0; k < hidden; ++k) {
          const Scalar h = std::tanh(pass.carried(k, column));
          da[k] = ((pass.doutputs(k, column) + dh[k]) * (1 - h * h) + de[k]) / 2;
          de[k] = da[k];
          pass.sums(k, j) += da[k];
        }
      }
    }
    void units(Index step, Index first, Index last, kernels::PanelRange) const {
      for (Index j = first; j < last; ++j) {
        const Scalar* da = pass.saved.column(pass.plan.offset(step) + j);
        for (Index i = 0; i < weights.rows; ++i) {
          pass.state(i, j) = 0;
          for (Index k = 0; k < weights.columns; ++k) pass.state(i, j) += weights(i, k) * da[k];
        }
      }
    }
  };
  template <class Hook>
  static void backward(const kernels::RecurrentBackwardPass<Scalar>& pass, Weights weights,
                       vc::Team& team, const Hook& after_step) {
    const Backward steps{pass, weights};
    kernels::for_each_step(
        pass.plan, vc::opposite(pass.direction), steps, 1, false, team,
        [&](Index step, Index first, Index last) { steps.gates_of(step, first, last); },
        after_step);
  }

  /// All of it.
  static vc::View<const Scalar> input_gradients(vc::View<const Scalar> saved) { return saved; }
  static void recurrent_backward(Columns previous, vc::View<const Scalar> saved,
                                 vc::View<Scalar> gradient, Scalar*, vc::Team&) {
    for (Index n = 0; n < saved.columns; ++n) {
      for (Index k = 0; k < gradient.columns; ++k) {
        for (Index i = 0; i < gradient.rows; ++i) {
          gradient(i, k) += vc::at(previous, n)[i] * saved(k, n);
        }
      }
    }
  }
  static void biases_backward(vc::View<const Scalar> sums, Scalar* input, Scalar* recurrent) {
    for (Index j = 0; j < sums.columns; ++j) {
      for (Index k = 0; k < sums.rows; ++k) {
        input[k] += sums(k, j);
        recurrent[k] += sums(k, j);
      }
    }
  }
};

using Leaky = vc::RecurrentLayer<LeakyKernels>;
using BiLeaky = vc::Bidirectional<Leaky>;

}  // namespace vaecollapse_test
