// Cross-entropy, also of a linear layer, and the Gaussian KL against PyTorch.
#include <algorithm>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>

#include "reference/cross_entropy.hpp"
#include "reference/gaussian_kl.hpp"
#include "reference/linear_cross_entropy.hpp"
#include "reference/support.hpp"

using namespace reference_test;
using vc::Shape;
namespace output = vaecollapse::reference::linear_cross_entropy;

namespace {

template <class Scalar>
vc::Var<Scalar, 2> leaf(vc::Tape<Scalar>& tape, std::span<const double> numbers, Index rows,
                        Index columns) {
  const auto made = tape.template make<2>(Shape<2>{{rows, columns}});
  copy(numbers, made.data());
  return made;
}

}  // namespace

namespace {

/// The cross-entropy of stored logits and targets, and its gradient, against what is stored.
template <class Scalar>
void check_cross_entropy(double smoothing, std::span<const double> expected,
                         std::span<const double> d_logits) {
  namespace stored = vaecollapse::reference::cross_entropy;
  vc::Parameters<Scalar> none{vc::Layout()};
  vc::Tape<Scalar> tape(none);
  const vc::Scope scope(tape);
  const vc::SequencePlan plan(
      std::vector<Index>(std::begin(stored::lengths), std::end(stored::lengths)));
  const std::vector<vc::Symbol> targets(std::begin(stored::targets), std::end(stored::targets));
  const auto logits = leaf(tape, stored::logits, stored::symbols, stored::columns);
  const auto nll = vc::cross_entropy(tape, vc::Sequence<Scalar>{logits, &plan},
                                     vc::Symbols{&plan, targets}, smoothing);
  check_value<Scalar>(nll, expected);
  copy(std::span<const double>(stored::d_nll), nll.gradient_data());
  tape.run_backward();
  check_gradient<Scalar>(logits, d_logits);
}

}  // namespace

TEST_CASE_TEMPLATE("reference: cross-entropy", Scalar, double, float) {
  namespace stored = vaecollapse::reference::cross_entropy;
  check_cross_entropy<Scalar>(0, stored::nll, stored::d_logits);
}

TEST_CASE_TEMPLATE("reference: cross-entropy of smoothed labels", Scalar, double, float) {
  namespace stored = vaecollapse::reference::cross_entropy;
  check_cross_entropy<Scalar>(0.15, stored::smoothed, stored::d_logits_of_smoothed);
}

namespace {

/// The linear layer and cross-entropy as one op.
template <class Scalar>
struct StoredOutputLayer {
  vc::Parameters<Scalar> none{vc::Layout()};
  vc::Tape<Scalar> tape{none};
  vc::Scope<vc::Tape<Scalar>> scope{tape};
  vc::SequencePlan plan{std::vector<Index>(std::begin(output::lengths), std::end(output::lengths))};
  std::vector<vc::Symbol> ids{std::begin(output::targets), std::end(output::targets)};
  vc::Var<Scalar, 2> weights = leaf(tape, output::weight, output::hidden, output::symbols);
  vc::Var<Scalar, 2> x = leaf(tape, output::states, output::hidden, output::columns);
  vc::Sequence<Scalar> states{x, &plan};
  vc::Symbols targets{&plan, ids};

  /// What it is and where its gradient leads, against what is stored.
  void check(const vc::Var<Scalar, 1>& nll, std::span<const double> expected,
             std::span<const double> d_states, std::span<const double> d_weight) {
    check_value<Scalar>(nll, expected);
    copy(std::span<const double>(output::d_nll), nll.gradient_data());
    tape.run_backward();
    check_gradient<Scalar>(x, d_states);
    check_gradient<Scalar>(weights, d_weight);
  }
};

}  // namespace

TEST_CASE_TEMPLATE("reference: linear cross-entropy", Scalar, double, float) {
  StoredOutputLayer<Scalar> layer;
  const auto bias = layer.tape.template make<1>(Shape<1>{{output::symbols}});
  copy(std::span<const double>(output::bias), bias.data());
  layer.check(
      vc::linear_cross_entropy(layer.tape, layer.weights, bias, layer.states, layer.targets),
      output::plain_nll, output::plain_d_states, output::plain_d_weight);
  check_gradient<Scalar>(bias, output::plain_d_bias);
}

TEST_CASE_TEMPLATE("reference: linear cross-entropy of smoothed labels, without a bias", Scalar,
                   double, float) {
  StoredOutputLayer<Scalar> layer;
  layer.check(
      vc::linear_cross_entropy(layer.tape, layer.weights, layer.states, layer.targets, 0.15),
      output::smoothed_nll, output::smoothed_d_states, output::smoothed_d_weight);
}

TEST_CASE_TEMPLATE("reference: Gaussian KL", Scalar, double, float) {
  namespace stored = vaecollapse::reference::gaussian_kl;
  vc::Parameters<Scalar> none{vc::Layout()};
  vc::Tape<Scalar> tape(none);
  const vc::Scope scope(tape);
  const auto mu = leaf(tape, stored::mu, stored::latent, stored::batch);
  const auto logvar = leaf(tape, stored::logvar, stored::latent, stored::batch);
  const auto kl = vc::gaussian_kl(tape, mu, logvar);
  check_value<Scalar>(kl, stored::kl);
  copy(std::span<const double>(stored::d_kl), kl.gradient_data());
  tape.run_backward();
  check_gradient<Scalar>(mu, stored::d_mu);
  check_gradient<Scalar>(logvar, stored::d_logvar);
}
