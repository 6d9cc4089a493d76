// Ops on whole matrices against PyTorch.
#include "reference/matrix_ops.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/losses.hpp>
#include <vaecollapse/autodiff/ops/matmul.hpp>
#include <vaecollapse/autodiff/ops/softmax.hpp>
#include <vaecollapse/nn/layer_norm.hpp>

#include "reference/support.hpp"

using namespace reference_test;
using vc::Shape;

namespace {

using Numbers = std::span<const double>;

/// A tape whose leaves are stored numbers.
template <class Scalar>
struct Stored {
  vc::Parameters<Scalar> none{vc::Layout()};
  vc::Tape<Scalar> tape{none};
  vc::Scope<vc::Tape<Scalar>> scope{tape};

  vc::Var<Scalar, 2> leaf(Numbers numbers, Index rows, Index columns) {
    const auto made = tape.template make<2>(Shape<2>{{rows, columns}});
    copy(numbers, made.data());
    return made;
  }
  /// Compares a result, and runs backward from the gradient that is given for it.
  template <int Rank>
  void check(const vc::Var<Scalar, Rank>& y, Numbers value, Numbers gradient) {
    check_value<Scalar>(y, value);
    copy(gradient, y.gradient_data());
    tape.run_backward();
  }
};

/// A stored product.
struct StoredProduct {
  Numbers a, b, y, d_y, d_a, d_b;
};

template <class Scalar>
void check_product(const StoredProduct& stored, const vc::MatmulOptions& options) {
  namespace sizes = vaecollapse::reference::matmul_plain;
  Stored<Scalar> s;
  const auto a = options.transpose_left ? s.leaf(stored.a, sizes::inner, sizes::rows)
                                        : s.leaf(stored.a, sizes::rows, sizes::inner);
  const auto b = options.transpose_right ? s.leaf(stored.b, sizes::columns, sizes::inner)
                                         : s.leaf(stored.b, sizes::inner, sizes::columns);
  s.check(vc::matmul(s.tape, a, b, options), stored.y, stored.d_y);
  check_gradient<Scalar>(a, stored.d_a);
  check_gradient<Scalar>(b, stored.d_b);
}

}  // namespace

TEST_CASE_TEMPLATE("reference: matmul, each factor as it lies or transposed", Scalar, double,
                   float) {
  namespace plain = vaecollapse::reference::matmul_plain;
  namespace left = vaecollapse::reference::matmul_left;
  namespace right = vaecollapse::reference::matmul_right;
  namespace both = vaecollapse::reference::matmul_both;
  check_product<Scalar>({plain::a, plain::b, plain::y, plain::d_y, plain::d_a, plain::d_b}, {});
  check_product<Scalar>({left::a, left::b, left::y, left::d_y, left::d_a, left::d_b},
                        {.transpose_left = true});
  check_product<Scalar>({right::a, right::b, right::y, right::d_y, right::d_a, right::d_b},
                        {.transpose_right = true});
  check_product<Scalar>({both::a, both::b, both::y, both::d_y, both::d_a, both::d_b},
                        {.transpose_left = true, .transpose_right = true});
}

TEST_CASE_TEMPLATE("reference: softmax", Scalar, double, float) {
  namespace stored = vaecollapse::reference::softmax;
  Stored<Scalar> s;
  const auto x = s.leaf(stored::x, stored::rows, stored::columns);
  s.check(vc::softmax(s.tape, x), stored::y, stored::d_y);
  check_gradient<Scalar>(x, stored::d_x);
}

TEST_CASE_TEMPLATE("reference: logarithm of softmax", Scalar, double, float) {
  namespace stored = vaecollapse::reference::log_softmax;
  Stored<Scalar> s;
  const auto x = s.leaf(stored::x, stored::rows, stored::columns);
  s.check(vc::log_softmax(s.tape, x), stored::y, stored::d_y);
  check_gradient<Scalar>(x, stored::d_x);
}

TEST_CASE_TEMPLATE("reference: cross-entropy by label", Scalar, double, float) {
  namespace stored = vaecollapse::reference::label_cross_entropy;
  Stored<Scalar> s;
  const auto logits = s.leaf(stored::logits, stored::symbols, stored::columns);
  const std::vector<Index> labels(std::begin(stored::labels), std::end(stored::labels));
  s.check(vc::cross_entropy(s.tape, logits, labels), stored::nll, stored::d_nll);
  check_gradient<Scalar>(logits, stored::d_logits);
}

TEST_CASE_TEMPLATE("reference: binary cross-entropy", Scalar, double, float) {
  namespace stored = vaecollapse::reference::binary_cross_entropy;
  Stored<Scalar> s;
  const auto logits = s.leaf(stored::logits, stored::rows, stored::columns);
  const auto targets = s.leaf(stored::targets, stored::rows, stored::columns);
  s.check(vc::binary_cross_entropy(s.tape, logits, targets), stored::nll, stored::d_nll);
  check_gradient<Scalar>(logits, stored::d_logits);
}

TEST_CASE_TEMPLATE("reference: mean squared error", Scalar, double, float) {
  namespace stored = vaecollapse::reference::mean_squared_error;
  Stored<Scalar> s;
  const auto a = s.leaf(stored::a, stored::rows, stored::columns);
  const auto b = s.leaf(stored::b, stored::rows, stored::columns);
  s.check(vc::mean_squared_error(s.tape, a, b), stored::loss, stored::d_loss);
  check_gradient<Scalar>(a, stored::d_a);
  check_gradient<Scalar>(b, stored::d_b);
}

TEST_CASE_TEMPLATE("reference: the layer of layer normalisation", Scalar, double, float) {
  namespace stored = vaecollapse::reference::layer_norm;
  vc::Layout layout;
  const vc::LayerNorm norm(layout, "norm", {stored::rows, stored::epsilon});
  StoredParameters<Scalar> parameters(layout);
  parameters.set("norm.weight", stored::weight, stored::d_weight);
  parameters.set("norm.bias", stored::bias, stored::d_bias);
  vc::Tape<Scalar> tape(parameters.parameters());
  const vc::Scope scope(tape);
  const auto x = tape.template make<2>(Shape<2>{{stored::rows, stored::columns}});
  copy(Numbers(stored::x), x.data());
  const auto y = norm(tape, x);
  check_value<Scalar>(y, stored::y);
  copy(Numbers(stored::d_y), y.gradient_data());
  tape.run_backward();
  check_gradient<Scalar>(x, stored::d_x);
  parameters.check_gradients();
}
