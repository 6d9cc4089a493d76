// The mixture prior and the bag of characters against central differences: each op, and the whole
// model with both.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/bag_cross_entropy.hpp>
#include <vaecollapse/autodiff/ops/mixture.hpp>
#include <vaecollapse/compat/relu_heads.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

vc::MixtureVars<double> mixture(Tape& t, const vc::Slot<2>& means, const vc::Slot<2>& logvars,
                                const vc::Slot<1>& logits) {
  return {t.parameter(means), t.parameter(logvars), t.parameter(logits)};
}

}  // namespace

TEST_CASE("gradcheck: mixture surprisal, in z and all parameters") {
  vc::Layout layout;
  const auto z = matrix(layout, "z", 3, 5), means = matrix(layout, "means", 3, 4);
  const auto logvars = matrix(layout, "logvars", 3, 4);
  const auto logits = vector(layout, "logits", 4);
  check(layout, [&](Tape& t) {
    return vc::mixture_surprisal(t, t.parameter(z), mixture(t, means, logvars, logits)).surprisal;
  });
}

TEST_CASE("gradcheck: Gaussian negative entropy") {
  vc::Layout layout;
  const auto logvar = matrix(layout, "logvar", 3, 4);
  check(layout, [&](Tape& t) { return vc::gaussian_negative_entropy(t, t.parameter(logvar)); });
}

TEST_CASE("gradcheck: a posterior under a mixture prior, through the sample") {
  vc::Layout layout;
  const vc::MixturePriorHead head(layout, "posterior", {4, 3, 2});
  const auto code = matrix(layout, "code", 4, 5);
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4};
  check(layout, [&](Tape& t) {
    const auto q = head.head(t, t.parameter(code));
    return head.kl(t, q, head.sample(t, q, vc::Draws(7, 1), rows));
  });
}

TEST_CASE("gradcheck: bag cross-entropy") {
  vc::Layout layout;
  const auto logits = matrix(layout, "logits", 4, 3);
  check(layout, [&](Tape& t) {
    Eigen::Tensor<double, 2> bag(4, 3);
    bag.setZero();
    bag(0, 0) = 2;
    bag(3, 0) = 1;
    bag(1, 2) = 0.25;
    return vc::bag_cross_entropy(t, t.parameter(logits), t.constant(bag));
  });
}

TEST_CASE("gradcheck: rectified heads") {
  vc::Layout layout;
  const vc::compat::ReluHeads head(vc::GaussianHead(layout, "posterior", {4, 3}));
  const auto code = matrix(layout, "code", 4, 5);
  check(layout, [&](Tape& t) { return head.head(t, t.parameter(code)).mu; });
  check(layout, [&](Tape& t) { return head.head(t, t.parameter(code)).logvar; });
}
