// A diagnosis of any posterior family: that of a Gaussian which hides mu and logvar agrees with
// that of the Gaussian, and one without a prior leaves out what needs it, and says so.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/von_mises_fisher.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

#include "support/laplace_family.hpp"
#include "support/opaque_gaussian.hpp"
#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::LaplaceHead;
using vaecollapse_test::LaplaceUnderPrior;
using vaecollapse_test::OpaqueGaussian;
using vaecollapse_test::TinyTask;

namespace {

constexpr Index latent = 2, hidden = 12;

/// A network with a posterior of this family, with weights as they are drawn, which depend on names
/// alone.
template <class Family>
struct Bench {
  using Network = SequenceVae<BiGruEncoder, GruDecoder, Family>;

  TinyTask task;
  Layout layout;
  Network network;
  Parameters<float> parameters;
  Team team;
  Evaluation<Network> evaluation;
  Probing<Network> probing;

  template <class MakePosterior>
  explicit Bench(MakePosterior&& make_posterior)
      : network(make(std::forward<MakePosterior>(make_posterior))),
        parameters(layout, Seed{3}),
        evaluation(network, parameters, team, {.batch = 7}),
        probing(network, parameters, team) {}

  Diagnosis diagnose() {
    return vaecollapse::diagnose(evaluation, probing, task.corpus,
                                 {.samples = 5, .probe_rows = 9, .baseline = {}});
  }

 private:
  template <class MakePosterior>
  Network make(MakePosterior&& make_posterior) {
    BiGruEncoder encoder(layout, "encoder", {task.vocabulary.symbols(), 8, hidden});
    Family posterior = make_posterior(layout, encoder.width());
    GruDecoder decoder(layout, "decoder",
                       {.symbols = task.vocabulary.symbols(),
                        .tags = task.features.size(),
                        .embedding = 8,
                        .hidden = 16,
                        .latent = latent});
    return {std::move(encoder), std::move(posterior), std::move(decoder)};
  }
};

template <class Family>
Family gaussian_like(Layout& layout, Index code) {
  return Family(layout, "posterior", {code, latent});
}
template <class Family>
Family laplace(Layout& layout, Index code) {
  return Family(layout, "posterior", code, latent);
}

bool near(const Estimate& a, const Estimate& b) {
  return std::abs(a.value - b.value) < 1e-4 && std::abs(a.standard_error - b.standard_error) < 1e-4;
}

/// The figures of two diagnoses that must be the same to the bit.
void check_same(const Diagnosis& a, const Diagnosis& b) {
  CHECK(a.kl_per_dimension == b.kl_per_dimension);
  CHECK(a.active_units == b.active_units);
  CHECK(a.information.lower.value == b.information.lower.value);
  CHECK(a.information.upper.value == b.information.upper.value);
  CHECK(a.marginal_kl.has_value() == b.marginal_kl.has_value());
  CHECK(a.elbo.nll == b.elbo.nll);
  CHECK(a.accuracy == b.accuracy);
  CHECK(a.permuted.nll_rise.value == b.permuted.nll_rise.value);
  CHECK(a.noise_cost == b.noise_cost);
  CHECK(a.sensitivity == b.sensitivity);
  CHECK(a.left_out == b.left_out);
  REQUIRE(a.importance_weighted.has_value() == b.importance_weighted.has_value());
  if (a.importance_weighted) {
    CHECK(a.importance_weighted->nll.value == b.importance_weighted->nll.value);
    CHECK(a.prior->nll_rise.value == b.prior->nll_rise.value);
    CHECK(a.means->spread.model == b.means->spread.model);
  }
}

bool speaks_of(const std::vector<std::string>& lines, const std::string& what) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("a Gaussian that hides mu and logvar is diagnosed as the Gaussian, to rounding") {
  Bench<GaussianHead> open(gaussian_like<GaussianHead>);
  Bench<OpaqueGaussian> opaque(gaussian_like<OpaqueGaussian>);
  const Diagnosis a = open.diagnose(), b = opaque.diagnose();
  CHECK(a.kl_per_dimension == b.kl_per_dimension);
  CHECK(a.active_units == b.active_units);
  CHECK(near(a.information.lower, b.information.lower));
  CHECK(near(a.information.upper, b.information.upper));
  CHECK(near(*a.marginal_kl, *b.marginal_kl));
  CHECK(a.elbo.nll == b.elbo.nll);
  CHECK(near(a.importance_weighted->nll, b.importance_weighted->nll));
  CHECK(std::abs(a.importance_weighted->effective_samples -
                 b.importance_weighted->effective_samples) < 1e-4);
  CHECK(a.prior->nll_rise.value == b.prior->nll_rise.value);
  CHECK(a.sensitivity == b.sensitivity);
  CHECK(std::abs(a.means->spread.model - b.means->spread.model) < 1e-4);
  CHECK(a.verdict.health == b.verdict.health);
  // What needs mu and logvar is there only for the family that shows them.
  CHECK((a.posterior_gap && a.kl_price && a.nll_gradient && a.kl_gradient));
  CHECK_FALSE((b.posterior_gap || b.kl_price || b.nll_gradient || b.kl_gradient));
  CHECK(a.left_out.empty());
  REQUIRE(b.left_out.size() == 1);
  CHECK(speaks_of(b.left_out, "has no mu and logvar"));
}

TEST_CASE("the cost of another word's z in a probe is the same whether mu and logvar show or not") {
  Bench<GaussianHead> open(gaussian_like<GaussianHead>);
  Bench<OpaqueGaussian> opaque(gaussian_like<OpaqueGaussian>);
  const Batch batch(open.task.corpus, detail::rows_in_order(8));
  const PosteriorProbe a = probe_posteriors(open.probing, batch);
  const PosteriorProbe b = probe_posteriors(opaque.probing, batch);
  CHECK(std::abs(a.permutation_gap - b.permutation_gap) < 1e-5);
  CHECK(a.permutation_gap != 0);
  CHECK_FALSE((b.gap || b.gradient_ratio()));
  for (const float gradient : opaque.parameters.gradients()) REQUIRE(gradient == 0);
}

TEST_CASE("a family without a prior: what needs one is left out, with a sentence") {
  Bench<LaplaceHead> bench(laplace<LaplaceHead>);
  const Diagnosis found = bench.diagnose();
  CHECK(found.elbo.nll > 0);
  CHECK(found.elbo.rate ==
        doctest::Approx(elbo_rows(bench.evaluation, bench.task.corpus).mean().rate));
  CHECK(found.kl_per_dimension.size() == latent);
  CHECK(found.information.lower.value <= found.information.cap);
  CHECK_FALSE((found.importance_weighted || found.prior || found.means || found.marginal_kl));
  CHECK_FALSE((found.accuracy_prior() || found.nll_prior()));
  CHECK(speaks_of(found.left_out, "has no mu and logvar"));
  CHECK(speaks_of(found.left_out, "has no prior of its own"));
  CHECK(found.left_out.size() == 2);
  CHECK(found.verdict.health != Health::healthy);
}

TEST_CASE("means on a grid of the plane are left out where z lies on the circle") {
  const auto head = [](Layout& layout, Index code) {
    return VonMisesFisherHead(layout, "posterior", {code, latent, 5});
  };
  Bench<VonMisesFisherHead> bench(head);
  Bench<AnyPosterior> erased(head);
  CHECK(is_on_sphere(erased.network.posterior()));
  for (const Diagnosis& found : {bench.diagnose(), erased.diagnose()}) {
    CHECK_FALSE(found.means);
    CHECK(found.importance_weighted);
    CHECK(speaks_of(found.left_out, "z has length one"));
  }
  CHECK_THROWS_WITH_AS(model_posteriors(bench.evaluation, bench.task.corpus, {}),
                       "model_posteriors: each z has length one, and has no density on a grid of z",
                       Error);
}

TEST_CASE("an erased family is diagnosed to the bits of the family") {
  const auto erased = [](auto make_posterior) {
    return [=](Layout& layout, Index code) { return AnyPosterior(make_posterior(layout, code)); };
  };
  {
    Bench<LaplaceHead> plain(laplace<LaplaceHead>);
    Bench<AnyPosterior> any(erased(laplace<LaplaceHead>));
    check_same(plain.diagnose(), any.diagnose());
  }
  {
    Bench<LaplaceUnderPrior> plain(laplace<LaplaceUnderPrior>);
    Bench<AnyPosterior> any(erased(laplace<LaplaceUnderPrior>));
    const Diagnosis found = any.diagnose();
    check_same(plain.diagnose(), found);
    CHECK(found.left_out.size() == 1);
  }
  {
    Bench<GaussianHead> plain(gaussian_like<GaussianHead>);
    Bench<AnyPosterior> any(erased(gaussian_like<GaussianHead>));
    const Diagnosis found = any.diagnose();
    check_same(plain.diagnose(), found);
    CHECK(found.posterior_gap == plain.diagnose().posterior_gap);
    CHECK(found.left_out.empty());
  }
}

TEST_CASE("the information of Laplace posteriors is that of all their densities") {
  Bench<LaplaceUnderPrior> bench(laplace<LaplaceUnderPrior>);
  const auto posteriors = posterior_rows(bench.evaluation, bench.task.corpus);
  const PosteriorFigures found = bench.diagnose();
  const auto rows = static_cast<std::size_t>(posteriors.rows());
  double lower = 0;
  for (std::size_t n = 0; n < rows; ++n) {
    double own = 0, sum = 0;
    for (std::size_t m = 0; m < rows; ++m) {
      double log_q = 0;
      for (std::size_t d = 0; d < latent; ++d) {
        log_q -= std::abs(double(posteriors.z[latent * n + d] - posteriors.mu[latent * m + d])) +
                 std::log(2.0);
      }
      sum += std::exp(log_q);
      if (m == n) own = log_q;
    }
    lower += (own - std::log(sum / double(rows))) / double(rows);
  }
  CHECK(std::abs(found.information.lower.value - lower) < 1e-5);
}
