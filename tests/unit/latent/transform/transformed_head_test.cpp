// A family with a head transform: what the transform returns is what is sampled and paid for, and a
// family has one.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/compat/mean_z.hpp>
#include <vaecollapse/compat/relu_heads.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>

#include "some_transforms.hpp"
#include "support/laplace_family.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using transform_test::AddToMean;
using transform_test::CommittedRate;
using transform_test::DrawnMean;
using vaecollapse_test::values;
using vc::Index;

namespace {

constexpr Index input = 4, latent = 3;
const std::vector<std::uint32_t> rows{3, 8, 5};

static_assert(vc::HeadTransform<AddToMean> && vc::HeadTransform<CommittedRate> &&
              vc::HeadTransform<DrawnMean> && vc::HeadTransform<vc::AnyHeadTransform>);
static_assert(vc::PosteriorFamily<vc::TransformedHead<vc::GaussianHead, AddToMean>>);
static_assert(vc::PosteriorFamily<vc::TransformedHead<vc::MixturePriorHead>>);
static_assert(vc::PosteriorFamily<vc::TransformedHead<vc::AnyPosterior>>);
// Wrappers that change the linear heads belong inside.
static_assert(!vc::HasLinearHead<vc::TransformedHead<vc::GaussianHead>>);

/// Declares an entry and takes it for mu.
struct OwnMean {
  vc::Slot<1> mean;
  void declare(vc::Layout& layout, const std::string& name, Index size) {
    mean = layout.add(name + ".mean", vc::Shape<1>{{size}}, vc::Init::normal(1));
  }
  template <vc::Context C, class Scalar = typename C::scalar_type>
  vc::Gaussian<Scalar> operator()(C& cx, const vc::Gaussian<Scalar>& q, const vc::HeadPass&) const {
    const auto from = cx.parameter(mean);
    const auto mu = cx.template make<2>(q.mu.shape());
    for (Index i = 0; i < mu.size(); ++i) mu.data()[i] = from.data()[i % from.size()];
    return {mu, q.logvar};
  }
};

static_assert(!vc::has_head_transform<vc::AnyPosterior>);
static_assert(
    vc::has_head_transform<vc::compat::MeanInTraining<vc::TransformedHead<vc::GaussianHead>>>);

/// A posterior of this transform over a family that `make` declares, at a code of three rows.
template <class Family, class Transform>
struct Model {
  vc::Layout layout;
  vc::Slot<2> code = layout.add("code", vc::Shape<2>{{input, 3}}, vc::Init::normal(1));
  Family family;
  vc::TransformedHead<Family, Transform> posterior;
  vc::Parameters<double> parameters;
  vc::Workspace<double> cx{parameters};

  template <class Make>
  Model(Make&& make, Transform transform)
      : family(make(layout)),
        posterior(layout, "posterior.transform", family, transform),
        parameters(layout, vc::Seed{4}) {}

  auto q(const vc::HeadPass& pass = {}) { return posterior.head(cx, cx.parameter(code), pass); }
  auto plain() { return family.head(cx, cx.parameter(code)); }
};

vc::GaussianHead gaussian(vc::Layout& layout) { return {layout, "posterior", {input, latent}}; }
vc::MixturePriorHead mixture(vc::Layout& layout) {
  return {layout, "posterior", {input, latent, 2}};
}

template <class Family, class Transform, class Make>
void check_added(Make&& make, Transform transform) {
  Model<Family, Transform> model(make, transform);
  const auto q = model.q(), plain = model.plain();
  const auto mu = values(q.mu), before = values(plain.mu);
  for (std::size_t i = 0; i < mu.size(); ++i) CHECK(mu[i] == before[i] + 0.5);
  CHECK(values(q.logvar) == values(plain.logvar));
  CHECK(values(model.posterior.mean(q)) == mu);
  const vc::Draws draws(1, 2);
  const auto z = model.posterior.sample(model.cx, q, draws, rows, 1);
  CHECK(values(z) == values(model.family.sample(model.cx, q, draws, rows, 1)));
  CHECK(values(z) != values(model.family.sample(model.cx, plain, draws, rows, 1)));
  CHECK(values(model.posterior.kl(model.cx, q, z)) == values(model.family.kl(model.cx, q, z)));
  CHECK(model.posterior.latent() == latent);
}

}  // namespace

TEST_CASE("TransformedHead: mean, sample and KL are those of what the transform returns") {
  check_added<vc::GaussianHead>(gaussian, AddToMean{});
  check_added<vc::MixturePriorHead>(mixture, AddToMean{});
  check_added<vc::AnyPosterior>(gaussian, AddToMean{});
  check_added<vc::AnyPosterior>(mixture, vc::AnyHeadTransform(AddToMean{}));
}

TEST_CASE("TransformedHead: the prior is that of the family") {
  Model<vc::MixturePriorHead, AddToMean> model(mixture, {});
  const auto z = model.q().mu;
  CHECK(values(model.posterior.log_prior(model.cx, z)) ==
        values(model.family.log_prior(model.cx, z)));
  CHECK(Model<vc::AnyPosterior, AddToMean>(mixture, {}).posterior.kl_groups() == 1);
  std::vector<double> drawn(9), expected(9);
  const vc::Draws draws(1, 2);
  model.posterior.sample_prior(model.cx, draws, rows, vc::View<double>(drawn.data(), 3, 3));
  model.family.sample_prior(model.cx, draws, rows, vc::View<double>(expected.data(), 3, 3));
  CHECK(drawn == expected);
}

TEST_CASE("TransformedHead: a transform may change mu and logvar, and has the last word on both") {
  Model<vc::GaussianHead, CommittedRate> model(gaussian, {.delta = 0.3});
  const auto kl = values(model.posterior.kl(model.cx, model.q(), model.q().mu));
  const auto m = values(model.plain().mu);
  bool some_above = false;
  for (std::size_t i = 0; i < kl.size(); ++i) {
    CHECK(std::abs(kl[i] - (0.3 + 0.5 * std::max(0.0, m[i]) + 5e-7)) < 1e-9);
    some_above = some_above || m[i] > 0;
  }
  CHECK(some_above);
}

TEST_CASE("TransformedHead: gradients pass through a transform of both") {
  vc::Layout layout;
  const auto code = layout.add("code", vc::Shape<2>{{input, 3}}, vc::Init::normal(1));
  const vc::TransformedHead posterior(layout, "posterior.transform", gaussian(layout),
                                      CommittedRate{.delta = 0.2});
  vc::Parameters<double> parameters(layout, vc::Seed{6});
  const auto result = vc::gradcheck(parameters, [&](vc::Tape<double>& tape) {
    const auto q = posterior.head(tape, tape.parameter(code), vc::Mode::train);
    return posterior.sample(tape, q, vc::Draws(7, 1), rows);
  });
  INFO(result.message());
  CHECK(result.error < 1e-8);
}

TEST_CASE("TransformedHead: a transform sees the mode, the draws of a pass and their rows") {
  Model<vc::AnyPosterior, vc::AnyHeadTransform> model(gaussian, DrawnMean{});
  const auto plain = values(model.plain().mu);
  CHECK(values(model.q().mu) == plain);
  CHECK(values(model.q(vc::Mode::train).mu) == plain);  // nothing to draw with
  const vc::Draws training(1, 2), looking(1, 2, vc::Pass::evaluate);
  CHECK(values(model.q({looking, rows}).mu) == plain);
  const auto drawn = values(model.q({training, rows}).mu);
  for (std::size_t b = 0; b < rows.size(); ++b) {
    CHECK(drawn[b * latent] == training.uniform(vc::Stream::user, rows[b], 0, 0, 0));
    CHECK(drawn[b * latent + 1] == plain[b * latent + 1]);
  }
}

TEST_CASE("TransformedHead: a wrapper around it passes on what it is told of a pass") {
  Model<vc::GaussianHead, DrawnMean> model(gaussian, {});
  const vc::compat::MeanInTraining wrapped(model.posterior);
  const vc::Draws training(1, 2);
  const auto code = model.cx.parameter(model.code);
  const vc::HeadPass pass(training, rows);
  CHECK(values(vc::head_of(model.cx, wrapped, code, pass).mu) == values(model.q(pass).mu));
  CHECK(values(wrapped.head(model.cx, code).mu) == values(model.plain().mu));
}

TEST_CASE("TransformedHead: what a transform declares is in the layout, and its copies share it") {
  const auto check = [](auto transform) {
    Model<vc::GaussianHead, decltype(transform)> model(gaussian, transform);
    const vc::Layout::Entry* entry = model.layout.find("posterior.transform.mean");
    REQUIRE(entry != nullptr);
    const auto copy = model.posterior;
    const auto mu = values(copy.head(model.cx, model.cx.parameter(model.code)).mu);
    for (std::size_t i = 0; i < mu.size(); ++i) {
      CHECK(mu[i] == model.parameters.values(*entry)[i % latent]);
    }
  };
  check(OwnMean());
  check(vc::AnyHeadTransform(OwnMean()));
}

TEST_CASE("TransformedHead: an erased one sees the mode, the draws and the rows") {
  Model<vc::GaussianHead, DrawnMean> model(gaussian, {});
  const vc::AnyPosterior erased(model.posterior);
  const vc::Draws training(1, 2);
  const auto code = model.cx.parameter(model.code);
  const vc::HeadPass pass(training, rows);
  CHECK(values(erased.head(model.cx, code, pass).mu) == values(model.q(pass).mu));
  CHECK(values(erased.head(model.cx, code).mu) == values(model.plain().mu));
  // Rectified, the heads would leave the transform out.
  CHECK_THROWS_AS(vc::compat::ReluHeads(erased).head(model.cx, code), vc::Error);
}

TEST_CASE("TransformedHead: what the compiler cannot see is refused at run time, in its words") {
  vc::Layout layout;
  const vc::AnyPosterior once(
      vc::TransformedHead(layout, "posterior.transform", gaussian(layout), AddToMean{}));
  const std::string one(vc::one_head_transform_rule), of_gaussian(vc::gaussian_head_rule);
  CHECK_THROWS_WITH_AS((vc::TransformedHead(layout, "second", once, AddToMean{})), one.c_str(),
                       vc::Error);
  CHECK_THROWS_WITH_AS((vc::TransformedHead(layout, "second", vc::compat::MeanInTraining(once),
                                            vc::AnyHeadTransform())),
                       one.c_str(), vc::Error);
  const vc::AnyPosterior laplace(vaecollapse_test::LaplaceHead(layout, "laplace", input, latent));
  CHECK_THROWS_WITH_AS((vc::TransformedHead(layout, "third", laplace, AddToMean{})),
                       of_gaussian.c_str(), vc::Error);
}

TEST_CASE("TransformedHead: where there is no transform, an erased family may be any") {
  const auto laplace = [](vc::Layout& layout) {
    return vaecollapse_test::LaplaceHead(layout, "posterior", input, latent);
  };
  Model<vc::AnyPosterior, vc::AnyHeadTransform> model(laplace, {});
  CHECK(values(model.posterior.mean(model.q())) == values(model.family.mean(model.plain())));
}
