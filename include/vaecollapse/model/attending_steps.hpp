// Steps of a decoder that attends to a sequence behind its recurrent layer.
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/ops/contributions.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/attention.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/sequence_attention.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/sequence_attention.hpp>
#include <vaecollapse/nn/stepper.hpp>
#include <vaecollapse/simd/math.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// A linear layer of [h; ...; r], in which r is of the row and known beforehand, prepared for
/// steps. Lives in the scope in which it was created.
template <class Scalar>
class LinearOfStates {
 public:
  /// \shape of_rows [R x B] or a default Var
  template <Context C>
  LinearOfStates(C& cx, const Linear& layer, const Var<Scalar, 2>& of_rows)
      : weights_(cx.parameter(layer.weight()).view()) {
    const View<const Scalar> bias(cx.parameter(layer.bias()).data(), weights_.columns, 1);
    if (of_rows.rows() == 0) {
      known_ = bias;
      return;
    }
    const View<Scalar> known =
        project(weights_.middle_rows(weights_.rows - of_rows.rows(), of_rows.rows()),
                of_rows.view(), cx.arena(), cx.team());
    for (Index row = 0; row < known.columns; ++row) {
      kernels::add<Scalar>(known.rows, bias.data, known.column(row));
    }
    known_ = known;
  }

  /// What is known of each column before its state. \shape out [O x n]
  void begin(std::span<const Index> rows, View<Scalar> out) const {
    for (Index i = 0; i < out.columns; ++i) {
      const Index row = known_.columns == 1 ? 0 : at(rows, i);
      std::copy_n(known_.column(row), out.rows, out.column(i));
    }
  }

  /// The weights of a part of its input, packed. \shape [count x O]
  template <Context C>
  kernels::PackedPanels<Scalar> packed(C& cx, Index first, Index count) const {
    return cx.template packed<kernels::TransposedPanels<Scalar>>(
        weights_.middle_rows(first, count));
  }
  Index outputs() const { return weights_.columns; }

 private:
  View<const Scalar> weights_;
  View<const Scalar> known_;  ///< [O x B], or one column where there is nothing of rows
};

}  // namespace detail

/// The layers behind the recurrence of an attending decoder: the query from [h; tags], the readout
/// from [h; attended; tags], the logits.
struct AttendingReadout {
  const SequenceAttention& attention;
  const Linear& readout;
  const Linear& output;
};

/// What `AttendingDecoder::steps` gives: one symbol at a time, for rows in any multiplicity. Lives
/// in the scope in which it was created. The same numbers as the decoder's sequence, to rounding.
template <class Scalar, class Recurrent>
class AttendingSteps {
 public:
  /// \param inputs what the recurrent layer reads: symbols, and what does not change
  /// \param start the state before the first symbol. \shape [state x B]
  /// \param tags of the query and the readout. \shape [tags x B], or a default Var
  template <Context C>
  AttendingSteps(C& cx, const Recurrent& recurrent, std::span<const Contribution<Scalar>> inputs,
                 const Var<Scalar, 2>& start, const AttentionMemory<Scalar>& memory,
                 const Var<Scalar, 2>& tags, const AttendingReadout& layers)
      : start_(start.view()),
        recurrent_(stepper_of(cx, recurrent, inputs)),
        width_(recurrent.width()),
        values_(memory.values.view()),
        by_{memory.keys.view(), cx.parameter(*layers.attention.score_weight()).data()},
        positions_(kernels::columns_of_rows(
            *memory.plan, cx.arena().template span<Index>(memory.plan->batch() + 1),
            cx.arena().template span<Symbol>(memory.plan->columns()))),
        query_(cx, layers.attention.query(), tags),
        readout_(cx, layers.readout, tags),
        query_of_state_(query_.packed(cx, 0, width_)),
        readout_of_state_(readout_.packed(cx, 0, width_)),
        readout_of_attended_(readout_.packed(cx, width_, values_.rows)),
        output_(cx.template packed<kernels::TransposedPanels<Scalar>>(
            cx.parameter(layers.output.weight()).view())),
        bias_(cx.parameter(layers.output.bias()).data()) {}

  /// The state before the first symbol. \shape [state x B]
  View<const Scalar> start() const { return start_; }

  /// Reads ids[i] in state before[i] for row rows[i].
  /// \shape before, after [state x n], logits [V x n]
  template <Context C>
  void step(C& cx, std::span<const Symbol> ids, std::span<const Index> rows,
            View<const Scalar> before, View<Scalar> after, View<Scalar> logits) const {
    const ArenaFrame frame(cx.arena());
    recurrent_.step(cx, ids, rows, {}, before, after);
    const auto allocate = [&](Index height) {
      return View<Scalar>(cx.arena().template allocate<Scalar>(height * after.columns), height,
                          after.columns);
    };
    const View<const Scalar> h = View<const Scalar>(after).middle_rows(0, width_);
    const View<Scalar> query = allocate(query_.outputs());
    query_.begin(rows, query);
    add_product(cx, query_of_state_, h, query);
    const View<Scalar> attended = allocate(values_.rows);
    attend(cx, rows, query, attended);
    const View<Scalar> read = allocate(readout_.outputs());
    readout_.begin(rows, read);
    add_product(cx, readout_of_state_, h, read);
    add_product(cx, readout_of_attended_, attended, read);
    kernels::split_columns(cx.team(), read.columns, [&](Index first, Index count) {
      tanh_in_place(read.middle_columns(first, count));
    });
    kernels::gemm(output_, kernels::as_is(View<const Scalar>(read)), logits,
                  kernels::Output::replace, cx.team(), bias_);
  }

 private:
  template <Context C>
  static void add_product(C& cx, const kernels::PackedPanels<Scalar>& weights, View<const Scalar> x,
                          View<Scalar> out) {
    kernels::gemm(weights, kernels::as_is(x), out, kernels::Output::accumulate, cx.team());
  }
  static void tanh_in_place(View<Scalar> x) {
    for (const auto chunk : kernels::chunks<Scalar>(x.rows * x.columns)) {
      chunk.store(x.data, simd::tanh(chunk.load(x.data)));
    }
  }

  /// \shape query [A x n], attended [D x n]
  template <Context C>
  void attend(C& cx, std::span<const Index> rows, View<const Scalar> query,
              View<Scalar> attended) const {
    Arena& arena = cx.arena();
    const auto columns =
        kernels::column_tags(positions_, rows, arena.template span<Index>(query.columns + 1));
    Scalar* weights = arena.template allocate<Scalar>(columns.size());
    kernels::split_columns(cx.team(), query.columns, [&](Index first, Index count) {
      kernels::attention_forward<Scalar>(by_, columns, first, query.middle_columns(first, count),
                                         weights, {});
      const View<Scalar> out = attended.middle_columns(first, count);
      std::fill_n(out.data, out.rows * out.columns, Scalar(0));
      kernels::tag_mix_forward<Scalar>(values_, {columns, weights}, first, out);
    });
  }

  View<const Scalar> start_;
  StepperOf<Recurrent, Scalar> recurrent_;
  Index width_;
  View<const Scalar> values_;  ///< [D x N]
  kernels::AttentionKeys<Scalar> by_;
  TagSets positions_;  ///< the columns of each row's places
  detail::LinearOfStates<Scalar> query_, readout_;
  kernels::PackedPanels<Scalar> query_of_state_, readout_of_state_, readout_of_attended_, output_;
  const Scalar* bias_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
