// The mixture prior: its KL is unbiased, is the Gaussian's where the mixture is N(0, I), and has
// one group.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/objective/free_bits.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::values;
using vc::Index;

static_assert(vc::PosteriorFamily<vc::MixturePriorHead> && vc::HasPrior<vc::MixturePriorHead> &&
              vc::GaussianFamily<vc::MixturePriorHead>);

namespace {

constexpr Index latent = 3;

/// Posteriors of `batch` equal examples under a mixture whose parameters may be set.
struct Model {
  vc::Layout layout;
  vc::MixturePriorHead head;
  vc::Parameters<double> parameters;
  vc::Workspace<double> cx{parameters};
  vc::Gaussian<double> q;

  Model(Index components, Index batch)
      : head(layout, "posterior", {2, latent, components}), parameters(layout, vc::Seed{4}) {
    q = {cx.make<2>(vc::Shape<2>{{latent, batch}}), cx.make<2>(vc::Shape<2>{{latent, batch}})};
    const double mu[] = {0.5, -1, 0.25}, logvar[] = {0.3, -0.7, -2};
    for (Index b = 0; b < batch; ++b) {
      std::copy_n(mu, latent, q.mu.value_view().column(b));
      std::copy_n(logvar, latent, q.logvar.value_view().column(b));
    }
  }

  std::span<double> values_of(const std::string& name) {
    return parameters.values(*layout.find("prior." + name));
  }
  void set_means(double value) {
    for (double& mean : values_of("means")) mean = value;
  }

  /// The KL of every example from a sample of its own.
  std::vector<double> kl() {
    std::vector<std::uint32_t> rows(static_cast<std::size_t>(q.mu.columns()));
    for (std::size_t b = 0; b < rows.size(); ++b) rows[b] = static_cast<std::uint32_t>(b);
    const auto kl = head.kl(cx, q, head.sample(cx, q, vc::Draws(1, 2), rows));
    CHECK(kl.rows() == 1);
    return values(kl);
  }
};

double sum_of_gaussian_kl(Model& model) {
  const auto kl = vc::gaussian_kl(model.cx, model.q.mu, model.q.logvar);
  double sum = 0;
  for (Index d = 0; d < latent; ++d) sum += kl.view()(d, 0);
  return sum;
}

}  // namespace

TEST_CASE("MixturePriorHead: starts with equal weights, unit variances and means apart") {
  Model model(4, 1);
  for (const double logit : model.values_of("logits")) CHECK(logit == 0);
  for (const double logvar : model.values_of("logvars")) CHECK(logvar == 0);
  const auto means = model.values_of("means");
  CHECK(means.size() == 12);
  CHECK(means[0] != means[3]);
  CHECK(model.head.latent() == latent);
  CHECK(model.head.prior().components() == 4);
}

TEST_CASE("MixturePriorHead: under one standard component the mean KL is the closed form's") {
  constexpr Index draws = 20000;
  Model model(1, draws);
  model.set_means(0);
  const std::vector<double> kl = model.kl();
  double mean = 0, squares = 0;
  for (const double one : kl) mean += one / draws;
  for (const double one : kl) squares += (one - mean) * (one - mean) / draws;
  // Six standard errors: a false alarm in 5e8 sets of draws.
  CHECK(std::abs(mean - sum_of_gaussian_kl(model)) < 6 * std::sqrt(squares / draws));
  CHECK(std::any_of(kl.begin(), kl.end(), [](double one) { return one < 0; }));
}

TEST_CASE("MixturePriorHead: equal components are one, whatever their weights") {
  Model one(1, 5), three(3, 5);
  for (Model* model : {&one, &three}) model->set_means(0.25);
  three.values_of("logits")[1] = 2;
  const auto a = one.kl(), b = three.kl();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 1e-13);
}

TEST_CASE("MixturePriorHead: its KL has one group, and more are refused") {
  Model model(2, 4);
  std::vector<double> kl = model.kl(), nll(4), dkl(4), dnll(4);
  const vc::Terms terms{{kl.data(), 1, 4}, nll};
  vc::Seeds seeds{{dkl.data(), 1, 4}, dnll};
  CHECK_NOTHROW(vc::FreeBits<1>(2.0).evaluate(terms, seeds));
  CHECK_THROWS_AS(vc::FreeBits<3>(2.0).evaluate(terms, seeds), vc::Error);
}

TEST_CASE("MixturePriorHead: components that do not fit are refused") {
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(vc::MixturePriorHead(layout, "posterior", {2, latent, 0}),
                       "layout: parameter 'prior.means' is [3 x 0]: every extent must be "
                       "at least 1",
                       vc::Error);
  const vc::Parameters<double> none{vc::Layout()};
  vc::Workspace<double> cx(none);
  const auto z = cx.make<2>(vc::Shape<2>{{3, 2}}), means = cx.make<2>(vc::Shape<2>{{4, 5}});
  const vc::MixtureVars<double> prior{means, means, cx.make<1>(vc::Shape<1>{{5}})};
  CHECK_THROWS_WITH_AS(vc::mixture_surprisal(cx, z, prior),
                       "mixture_surprisal: z is [3 x 2], means is [4 x 5], logvars is [4 x 5], "
                       "logits is [5]: means and logvars must be [latent x components], logits "
                       "[components], and z [latent x batch]",
                       vc::ShapeError);
}
