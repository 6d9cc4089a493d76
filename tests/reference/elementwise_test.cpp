// Arithmetic, functions of single numbers, sums and means against PyTorch.
#include "reference/elementwise.hpp"

#include <span>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/functions.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>

#include "reference/support.hpp"

using namespace reference_test;

namespace {

namespace stored_elementwise = vaecollapse::reference::elementwise;
using StoredNumbers = std::span<const double>;

/// A tape with the stored operands as leaves.
template <class Scalar>
struct ElementwiseOperands {
  vc::Parameters<Scalar> none{vc::Layout()};
  vc::Tape<Scalar> tape{none};
  vc::Shape<2> shape{{stored_elementwise::features, stored_elementwise::rows}};
  vc::Var<Scalar, 2> matrix = leaf(shape, stored_elementwise::matrix);
  vc::Var<Scalar, 2> other = leaf(shape, stored_elementwise::other);
  vc::Var<Scalar, 2> x = leaf(shape, stored_elementwise::x);
  vc::Var<Scalar, 1> column = leaf(vc::Shape<1>{{shape[0]}}, stored_elementwise::column);
  vc::Var<Scalar, 0> number = leaf(vc::Shape<0>{}, stored_elementwise::number);

  template <int Rank>
  auto leaf(const vc::Shape<Rank>& extents, StoredNumbers numbers) {
    const auto made = tape.template make<Rank>(extents);
    copy(numbers, made.data());
    return made;
  }

  /// The value, and what runs backward from the stored seeds.
  template <int Rank>
  void check_and_run(const vc::Var<Scalar, Rank>& y, StoredNumbers value) {
    check_value<Scalar>(y, value);
    const StoredNumbers seeds(stored_elementwise::seeds);
    copy(seeds.first(static_cast<std::size_t>(y.size())), y.gradient_data());
    tape.run_backward();
  }
};

/// op(tape, left, right), of members of the operands.
template <class Scalar, class Op, class Left, class Right>
void check_pair(Op&& op, Left left, Right right, StoredNumbers value, StoredNumbers d_left,
                StoredNumbers d_right) {
  ElementwiseOperands<Scalar> o;
  o.check_and_run(op(o.tape, o.*left, o.*right), value);
  check_gradient<Scalar>(o.*left, d_left);
  check_gradient<Scalar>(o.*right, d_right);
}

/// op(tape, input), `input` a member of the operands.
template <class Scalar, class Op, class Input>
void check_function(Op&& op, Input input, StoredNumbers value, StoredNumbers d_input) {
  ElementwiseOperands<Scalar> o;
  o.check_and_run(op(o.tape, o.*input), value);
  check_gradient<Scalar>(o.*input, d_input);
}

}  // namespace

TEST_CASE_TEMPLATE("reference: add of every pair of operands", Scalar, double, float) {
  namespace stored = stored_elementwise;
  using O = ElementwiseOperands<Scalar>;
  const auto op = [](auto& t, const auto& a, const auto& b) { return vc::add(t, a, b); };
  check_pair<Scalar>(op, &O::matrix, &O::other, stored::add_matrix_other,
                     stored::d_left_add_matrix_other, stored::d_right_add_matrix_other);
  check_pair<Scalar>(op, &O::matrix, &O::column, stored::add_matrix_column,
                     stored::d_left_add_matrix_column, stored::d_right_add_matrix_column);
  check_pair<Scalar>(op, &O::column, &O::matrix, stored::add_column_matrix,
                     stored::d_left_add_column_matrix, stored::d_right_add_column_matrix);
  check_pair<Scalar>(op, &O::matrix, &O::number, stored::add_matrix_number,
                     stored::d_left_add_matrix_number, stored::d_right_add_matrix_number);
  check_pair<Scalar>(op, &O::number, &O::matrix, stored::add_number_matrix,
                     stored::d_left_add_number_matrix, stored::d_right_add_number_matrix);
}

TEST_CASE_TEMPLATE("reference: subtract of every pair of operands", Scalar, double, float) {
  namespace stored = stored_elementwise;
  using O = ElementwiseOperands<Scalar>;
  const auto op = [](auto& t, const auto& a, const auto& b) { return vc::subtract(t, a, b); };
  check_pair<Scalar>(op, &O::matrix, &O::other, stored::subtract_matrix_other,
                     stored::d_left_subtract_matrix_other, stored::d_right_subtract_matrix_other);
  check_pair<Scalar>(op, &O::matrix, &O::column, stored::subtract_matrix_column,
                     stored::d_left_subtract_matrix_column, stored::d_right_subtract_matrix_column);
  check_pair<Scalar>(op, &O::column, &O::matrix, stored::subtract_column_matrix,
                     stored::d_left_subtract_column_matrix, stored::d_right_subtract_column_matrix);
  check_pair<Scalar>(op, &O::matrix, &O::number, stored::subtract_matrix_number,
                     stored::d_left_subtract_matrix_number, stored::d_right_subtract_matrix_number);
  check_pair<Scalar>(op, &O::number, &O::matrix, stored::subtract_number_matrix,
                     stored::d_left_subtract_number_matrix, stored::d_right_subtract_number_matrix);
}

TEST_CASE_TEMPLATE("reference: multiply of every pair of operands", Scalar, double, float) {
  namespace stored = stored_elementwise;
  using O = ElementwiseOperands<Scalar>;
  const auto op = [](auto& t, const auto& a, const auto& b) { return vc::multiply(t, a, b); };
  check_pair<Scalar>(op, &O::matrix, &O::other, stored::multiply_matrix_other,
                     stored::d_left_multiply_matrix_other, stored::d_right_multiply_matrix_other);
  check_pair<Scalar>(op, &O::matrix, &O::column, stored::multiply_matrix_column,
                     stored::d_left_multiply_matrix_column, stored::d_right_multiply_matrix_column);
  check_pair<Scalar>(op, &O::column, &O::matrix, stored::multiply_column_matrix,
                     stored::d_left_multiply_column_matrix, stored::d_right_multiply_column_matrix);
  check_pair<Scalar>(op, &O::matrix, &O::number, stored::multiply_matrix_number,
                     stored::d_left_multiply_matrix_number, stored::d_right_multiply_matrix_number);
  check_pair<Scalar>(op, &O::number, &O::matrix, stored::multiply_number_matrix,
                     stored::d_left_multiply_number_matrix, stored::d_right_multiply_number_matrix);
}

TEST_CASE_TEMPLATE("reference: divide of every pair of operands", Scalar, double, float) {
  namespace stored = stored_elementwise;
  using O = ElementwiseOperands<Scalar>;
  const auto op = [](auto& t, const auto& a, const auto& b) { return vc::divide(t, a, b); };
  check_pair<Scalar>(op, &O::matrix, &O::other, stored::divide_matrix_other,
                     stored::d_left_divide_matrix_other, stored::d_right_divide_matrix_other);
  check_pair<Scalar>(op, &O::matrix, &O::column, stored::divide_matrix_column,
                     stored::d_left_divide_matrix_column, stored::d_right_divide_matrix_column);
  check_pair<Scalar>(op, &O::column, &O::matrix, stored::divide_column_matrix,
                     stored::d_left_divide_column_matrix, stored::d_right_divide_column_matrix);
  check_pair<Scalar>(op, &O::matrix, &O::number, stored::divide_matrix_number,
                     stored::d_left_divide_matrix_number, stored::d_right_divide_matrix_number);
  check_pair<Scalar>(op, &O::number, &O::matrix, stored::divide_number_matrix,
                     stored::d_left_divide_number_matrix, stored::d_right_divide_number_matrix);
}

TEST_CASE_TEMPLATE("reference: functions of single numbers", Scalar, double, float) {
  namespace stored = stored_elementwise;
  using O = ElementwiseOperands<Scalar>;
  check_function<Scalar>([](auto& t, const auto& v) { return vc::exp(t, v); }, &O::x, stored::exp,
                         stored::d_exp);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::log(t, v); }, &O::matrix,
                         stored::log, stored::d_log);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::sqrt(t, v); }, &O::matrix,
                         stored::sqrt, stored::d_sqrt);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::sigmoid(t, v); }, &O::x,
                         stored::sigmoid, stored::d_sigmoid);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::softplus(t, v); }, &O::x,
                         stored::softplus, stored::d_softplus);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::abs(t, v); }, &O::x,
                         stored::absolute, stored::d_absolute);
}

TEST_CASE_TEMPLATE("reference: sums and means, of all and over each axis", Scalar, double, float) {
  namespace stored = stored_elementwise;
  using O = ElementwiseOperands<Scalar>;
  check_function<Scalar>([](auto& t, const auto& v) { return vc::sum(t, v); }, &O::x, stored::sum,
                         stored::d_sum);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::sum(t, v, vc::Axis::rows); },
                         &O::x, stored::sum_over_rows, stored::d_sum_over_rows);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::sum(t, v, vc::Axis::columns); },
                         &O::x, stored::sum_over_columns, stored::d_sum_over_columns);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::mean(t, v); }, &O::x, stored::mean,
                         stored::d_mean);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::mean(t, v, vc::Axis::rows); },
                         &O::x, stored::mean_over_rows, stored::d_mean_over_rows);
  check_function<Scalar>([](auto& t, const auto& v) { return vc::mean(t, v, vc::Axis::columns); },
                         &O::x, stored::mean_over_columns, stored::d_mean_over_columns);
}
