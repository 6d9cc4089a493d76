// The LSTM of one and of two directions over a ragged batch, against PyTorch.
#include "reference/lstm.hpp"

#include <array>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/lstm.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "reference/support.hpp"

using namespace reference_test;
namespace one_lstm = vaecollapse::reference::lstm_one_direction;
namespace two_lstms = vaecollapse::reference::lstm_two_directions;

namespace {

/// The stored values that do not depend on the direction's weights.
struct StoredLstm {
  std::span<const int> lengths;
  std::span<const double> x, h_first, c_first, output, h_last, c_last, d_output, d_h_last, d_c_last,
      d_x, d_h_first, d_c_first;
};

/// Runs some directions side by side in one buffer, as `BiLstm` does, from stored first states.
template <class Scalar>
class StoredRun {
 public:
  StoredRun(const std::vector<vc::Lstm>& directions, StoredParameters<Scalar>& parameters,
            const StoredLstm& stored)
      : stored_(stored),
        count_(Index(directions.size())),
        plan_(std::vector<Index>(stored.lengths.begin(), stored.lengths.end())),
        tape_(parameters.parameters()),
        scope_(tape_),
        x_(make(one_lstm::input, plan_.columns())),
        outputs_(make(count_ * hidden, plan_.columns())),
        last_(make(count_ * hidden, plan_.batch())),
        last_state_(make(count_ * 2 * hidden, plan_.batch())) {
    copy(stored.x, x_.data());
    const std::array inputs{vc::Contribution<Scalar>::per_step(x_)};
    for (Index d = 0; d < count_; ++d) {
      const auto& direction = directions[static_cast<std::size_t>(d)];
      first_.push_back(make(2 * hidden, plan_.batch()));
      for_each_state(d, [&](Index row, std::size_t at) {
        copy(stored.h_first.subspan(at, hidden), first_.back().value_view().column(row));
        copy(stored.c_first.subspan(at, hidden), first_.back().value_view().column(row) + hidden);
      });
      vc::recurrent_into<vc::kernels::LstmKernels<Scalar>>(
          tape_, direction.vars(tape_), std::span<const vc::Contribution<Scalar>>(inputs), plan_,
          direction.direction(), first_.back(),
          {outputs_, last_, d * hidden, last_state_, d * 2 * hidden});
    }
  }

  void check_values() const {
    check_value(outputs_, stored_.output);
    for (Index d = 0; d < count_; ++d) {
      for_each_state(d, [&](Index row, std::size_t at) {
        const Scalar* state = last_state_.view().column(row) + d * 2 * hidden;
        check_part(last_.view().column(row) + d * hidden, stored_.h_last, at);
        check_part(state, stored_.h_last, at);
        check_part(state + hidden, stored_.c_last, at);
      });
    }
  }

  void check_gradients() {
    copy(stored_.d_output, outputs_.gradient_data());
    for (Index d = 0; d < count_; ++d) {
      for_each_state(d, [&](Index row, std::size_t at) {
        copy(stored_.d_h_last.subspan(at, hidden), last_.gradient_view().column(row) + d * hidden);
        copy(stored_.d_c_last.subspan(at, hidden),
             last_state_.gradient_view().column(row) + d * 2 * hidden + hidden);
      });
    }
    tape_.run_backward();
    check_gradient(x_, stored_.d_x);
    for (Index d = 0; d < count_; ++d) {
      for_each_state(d, [&](Index row, std::size_t at) {
        const Scalar* gradient = first_[static_cast<std::size_t>(d)].gradient_view().column(row);
        check_part(gradient, stored_.d_h_first, at);
        check_part(gradient + hidden, stored_.d_c_first, at);
      });
    }
  }

 private:
  static constexpr Index hidden = one_lstm::hidden;

  vc::Var<Scalar, 2> make(Index rows, Index columns) {
    return tape_.template make<2>(vc::Shape<2>{{rows, columns}});
  }
  /// f(row, where the numbers of a row's state begin) for the rows of a direction.
  template <class F>
  void for_each_state(Index direction, F&& f) const {
    for (Index row = 0; row < plan_.batch(); ++row) {
      f(row, static_cast<std::size_t>((direction * plan_.batch() + row) * hidden));
    }
  }
  static void check_part(const Scalar* found, std::span<const double> stored, std::size_t at) {
    check_near<Scalar>({found, static_cast<std::size_t>(hidden)}, stored.subspan(at, hidden));
  }

  const StoredLstm& stored_;
  Index count_;
  vc::SequencePlan plan_;
  vc::Tape<Scalar> tape_;
  vc::Scope<vc::Tape<Scalar>> scope_;
  vc::Var<Scalar, 2> x_, outputs_, last_, last_state_;
  std::vector<vc::Var<Scalar, 2>> first_;
};

template <class Scalar>
void check_lstm(const std::vector<vc::Lstm>& directions, StoredParameters<Scalar>& parameters,
                const StoredLstm& stored) {
  StoredRun<Scalar> run(directions, parameters, stored);
  run.check_values();
  run.check_gradients();
  parameters.check_gradients();
}

}  // namespace

TEST_CASE_TEMPLATE("reference: LSTM of one direction", Scalar, double, float) {
  namespace one = one_lstm;
  vc::Layout layout;
  const std::vector<vc::Lstm> directions{vc::Lstm(layout, "lstm", {one::input, one::hidden})};
  StoredParameters<Scalar> parameters(layout);
  parameters.set("lstm.weight_ih_l0", one::weight_ih_l0, one::d_weight_ih_l0);
  parameters.set("lstm.weight_hh_l0", one::weight_hh_l0, one::d_weight_hh_l0);
  parameters.set("lstm.bias_ih_l0", one::bias_ih_l0, one::d_bias_ih_l0);
  parameters.set("lstm.bias_hh_l0", one::bias_hh_l0, one::d_bias_hh_l0);
  check_lstm<Scalar>(
      directions, parameters,
      {one::lengths, one::x, one::h_first, one::c_first, one::output, one::h_last, one::c_last,
       one::d_output, one::d_h_last, one::d_c_last, one::d_x, one::d_h_first, one::d_c_first});
}

TEST_CASE_TEMPLATE("reference: LSTM of two directions", Scalar, double, float) {
  namespace two = two_lstms;
  vc::Layout layout;
  const std::vector<vc::Lstm> directions{
      vc::Lstm(layout, "lstm", {two::input, two::hidden}),
      vc::Lstm(layout, "lstm", {two::input, two::hidden}, vc::Direction::backward)};
  StoredParameters<Scalar> parameters(layout);
  parameters.set("lstm.weight_ih_l0", two::weight_ih_l0, two::d_weight_ih_l0);
  parameters.set("lstm.weight_hh_l0", two::weight_hh_l0, two::d_weight_hh_l0);
  parameters.set("lstm.bias_ih_l0", two::bias_ih_l0, two::d_bias_ih_l0);
  parameters.set("lstm.bias_hh_l0", two::bias_hh_l0, two::d_bias_hh_l0);
  parameters.set("lstm.weight_ih_l0_reverse", two::weight_ih_l0_reverse,
                 two::d_weight_ih_l0_reverse);
  parameters.set("lstm.weight_hh_l0_reverse", two::weight_hh_l0_reverse,
                 two::d_weight_hh_l0_reverse);
  parameters.set("lstm.bias_ih_l0_reverse", two::bias_ih_l0_reverse, two::d_bias_ih_l0_reverse);
  parameters.set("lstm.bias_hh_l0_reverse", two::bias_hh_l0_reverse, two::d_bias_hh_l0_reverse);
  check_lstm<Scalar>(
      directions, parameters,
      {two::lengths, two::x, two::h_first, two::c_first, two::output, two::h_last, two::c_last,
       two::d_output, two::d_h_last, two::d_c_last, two::d_x, two::d_h_first, two::d_c_first});
}
