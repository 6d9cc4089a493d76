// The GRU of one and of two directions over a ragged batch, against PyTorch.
#include "reference/gru.hpp"

#include <array>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/gru.hpp>
#include <vaecollapse/nn/gru.hpp>

#include "reference/support.hpp"

using namespace reference_test;
namespace one = vaecollapse::reference::gru_one_direction;
namespace two = vaecollapse::reference::gru_two_directions;
using vc::Direction;
using vc::Shape;

namespace {

/// The stored values that do not depend on the direction's weights.
struct Stored {
  std::span<const int> lengths;
  std::span<const double> x, h_first, output, h_last, d_output, d_h_last, d_x, d_h_first;
};

constexpr Index input = one::input, hidden = one::hidden;

/// Runs some directions side by side in one buffer, as `BiGru` does, from stored first states.
template <class Scalar>
void check(const vc::Layout& layout, const std::vector<vc::Gru>& directions,
           StoredParameters<Scalar>& stored_parameters, const Stored& stored) {
  const Index count = static_cast<Index>(directions.size());
  const vc::SequencePlan plan(std::vector<Index>(stored.lengths.begin(), stored.lengths.end()));
  vc::Tape<Scalar> tape(stored_parameters.parameters());
  const vc::Scope scope(tape);
  const auto leaf = [&](std::span<const double> numbers, Index rows, Index columns) {
    const auto made = tape.template make<2>(Shape<2>{{rows, columns}});
    copy(numbers, made.data());
    return made;
  };
  const auto x = leaf(stored.x, input, plan.columns());
  const auto states = tape.template make<2>(Shape<2>{{count * hidden, plan.columns()}});
  const auto last = tape.template make<2>(Shape<2>{{count * hidden, plan.batch()}});
  const std::array inputs{vc::Contribution<Scalar>::per_step(x)};
  std::vector<vc::Var<Scalar, 2>> h0;
  const std::size_t one_direction = static_cast<std::size_t>(hidden * plan.batch());
  for (std::size_t d = 0; d < directions.size(); ++d) {
    h0.push_back(
        leaf(stored.h_first.subspan(d * one_direction, one_direction), hidden, plan.batch()));
    vc::recurrent_into<vc::kernels::GruKernels<Scalar>>(
        tape, directions[d].vars(tape), std::span<const vc::Contribution<Scalar>>(inputs), plan,
        directions[d].direction(), h0[d], {states, last, Index(d) * hidden});
  }
  check_value(states, stored.output);

  copy(stored.d_output, states.gradient_data());
  for (std::size_t d = 0; d < directions.size(); ++d) {
    for (Index row = 0; row < plan.batch(); ++row) {
      const std::size_t at = d * one_direction + static_cast<std::size_t>(row * hidden);
      const auto size = static_cast<std::size_t>(hidden);
      check_near<Scalar>({last.view().column(row) + Index(d) * hidden, size},
                         stored.h_last.subspan(at, size));
      copy(stored.d_h_last.subspan(at, size), last.gradient_view().column(row) + Index(d) * hidden);
    }
  }
  tape.run_backward();
  check_gradient(x, stored.d_x);
  for (std::size_t d = 0; d < directions.size(); ++d) {
    check_gradient(h0[d], stored.d_h_first.subspan(d * one_direction, one_direction));
  }
  stored_parameters.check_gradients();
  CHECK(layout.size() == stored_parameters.parameters().size());
}

}  // namespace

TEST_CASE_TEMPLATE("reference: GRU of one direction", Scalar, double, float) {
  vc::Layout layout;
  const std::vector<vc::Gru> directions{vc::Gru(layout, "gru", {input, hidden})};
  StoredParameters<Scalar> parameters(layout);
  parameters.set("gru.weight_ih_l0", one::weight_ih_l0, one::d_weight_ih_l0);
  parameters.set("gru.weight_hh_l0", one::weight_hh_l0, one::d_weight_hh_l0);
  parameters.set("gru.bias_ih_l0", one::bias_ih_l0, one::d_bias_ih_l0);
  parameters.set("gru.bias_hh_l0", one::bias_hh_l0, one::d_bias_hh_l0);
  check(layout, directions, parameters,
        {one::lengths, one::x, one::h_first, one::output, one::h_last, one::d_output, one::d_h_last,
         one::d_x, one::d_h_first});
}

TEST_CASE_TEMPLATE("reference: GRU of two directions", Scalar, double, float) {
  vc::Layout layout;
  const std::vector<vc::Gru> directions{
      vc::Gru(layout, "gru", {input, hidden}),
      vc::Gru(layout, "gru", {input, hidden}, Direction::backward)};
  StoredParameters<Scalar> parameters(layout);
  parameters.set("gru.weight_ih_l0", two::weight_ih_l0, two::d_weight_ih_l0);
  parameters.set("gru.weight_hh_l0", two::weight_hh_l0, two::d_weight_hh_l0);
  parameters.set("gru.bias_ih_l0", two::bias_ih_l0, two::d_bias_ih_l0);
  parameters.set("gru.bias_hh_l0", two::bias_hh_l0, two::d_bias_hh_l0);
  parameters.set("gru.weight_ih_l0_reverse", two::weight_ih_l0_reverse,
                 two::d_weight_ih_l0_reverse);
  parameters.set("gru.weight_hh_l0_reverse", two::weight_hh_l0_reverse,
                 two::d_weight_hh_l0_reverse);
  parameters.set("gru.bias_ih_l0_reverse", two::bias_ih_l0_reverse, two::d_bias_ih_l0_reverse);
  parameters.set("gru.bias_hh_l0_reverse", two::bias_hh_l0_reverse, two::d_bias_hh_l0_reverse);
  check(layout, directions, parameters,
        {two::lengths, two::x, two::h_first, two::output, two::h_last, two::d_output, two::d_h_last,
         two::d_x, two::d_h_first});
}
