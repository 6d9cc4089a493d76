// A recurrent layer to run forward and backward: its numbers, and what comes out. All rows have the
// same length, as the libraries that it is compared with like best.
#pragma once

#include <compare>
#include <string>

#include <vaecollapse/core/shape.hpp>

#include "support/eigen.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

struct RecurrentShape {
  Index steps, batch, input, hidden;
  /// Of each unit: 3 of a GRU, 4 of an LSTM.
  Index gates_of_unit;

  Index columns() const { return steps * batch; }
  Index gates() const { return gates_of_unit * hidden; }
  /// Of the products alone; forward and backward need three times as many.
  double forward_flops() const {
    return 2.0 * double(gates()) * double(input + hidden) * double(columns());
  }
  std::string name() const {
    return "T:" + std::to_string(steps) + "/B:" + std::to_string(batch) +
           "/I:" + std::to_string(input) + "/H:" + std::to_string(hidden);
  }
  friend auto operator<=>(const RecurrentShape&, const RecurrentShape&) = default;
};

/// What is given. A column is an example at a step, the examples of a step lie together; gates are
/// stacked, of a GRU r, u, n, of an LSTM i, f, g, o; the first state is zero.
/// \shape input_weights [I x GH], recurrent_weights [H x GH], biases [GH x 1], x [I x N],
/// dh [H x N]: the gradients of all states
template <class Scalar>
struct RecurrentData {
  RecurrentShape shape;
  Matrix<Scalar> input_weights, recurrent_weights, input_bias, recurrent_bias, x, dh;

  explicit RecurrentData(const RecurrentShape& size) : shape(size) {
    const double bound = 1 / std::sqrt(static_cast<double>(size.hidden));
    fill(input_weights, 1, bound, size.input, size.gates());
    fill(recurrent_weights, 2, bound, size.hidden, size.gates());
    fill(input_bias, 3, bound, size.gates(), 1);
    fill(recurrent_bias, 4, bound, size.gates(), 1);
    fill(x, 5, 1, size.input, size.columns());
    fill(dh, 6, 1, size.hidden, size.columns());
  }

 private:
  static void fill(Matrix<Scalar>& matrix, std::uint32_t seed, double bound, Index rows,
                   Index columns) {
    matrix.resize(rows, columns);
    fill_uniform(seed, -bound, bound, matrix.size(), matrix.data());
  }
};

/// What comes out: every state and every gradient. \shape as those of `RecurrentData`
template <class Scalar>
struct RecurrentResults {
  Matrix<Scalar> h, dx, dinput_weights, drecurrent_weights, dinput_bias, drecurrent_bias;

  explicit RecurrentResults(const RecurrentShape& size)
      : h(size.hidden, size.columns()),
        dx(size.input, size.columns()),
        dinput_weights(size.input, size.gates()),
        drecurrent_weights(size.hidden, size.gates()),
        dinput_bias(size.gates(), 1),
        drecurrent_bias(size.gates(), 1) {}

  void clear_gradients() {
    for (auto* gradient :
         {&dx, &dinput_weights, &drecurrent_weights, &dinput_bias, &drecurrent_bias}) {
      gradient->setZero();
    }
  }
};

}  // namespace vaecollapse::bench
