// Cross-entropy and the Gaussian KL against PyTorch.
#include <algorithm>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/gaussian.hpp>
#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>

#include "reference/cross_entropy.hpp"
#include "reference/gaussian_kl.hpp"
#include "reference/support.hpp"

using namespace reference_test;
using vc::Shape;

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
