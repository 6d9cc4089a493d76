// A diagnosis: its figures are those of the functions that it gathers, on the rows that it is asked
// to look at.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

/// A network of so many latent dimensions, with weights as they are drawn.
struct Bench {
  TinyTask task;
  Layout layout;
  reinflection::Network network;
  Parameters<float> parameters;
  Team team;
  Evaluation<reinflection::Network> evaluation;
  Probing<reinflection::Network> probing;

  explicit Bench(Index latent)
      : network(reinflection::make_network(layout, {.symbols = task.vocabulary.symbols(),
                                                    .tags = task.features.size(),
                                                    .embedding = 8,
                                                    .encoder_hidden = 12,
                                                    .decoder_hidden = 20,
                                                    .latent = latent})),
        parameters(layout, Seed{3}),
        evaluation(network, parameters, team),
        probing(network, parameters, team) {}

  Diagnosis diagnose(const DiagnosisOptions& options) {
    return vaecollapse::diagnose(evaluation, probing, task.corpus, options);
  }
  /// The first rows, encoded by themselves.
  reinflection::Corpus first(std::size_t rows) const {
    return {std::span(task.examples).first(rows), task.vocabulary, task.features};
  }
};

}  // namespace

TEST_CASE("a diagnosis gathers what evaluation finds") {
  Bench bench(6);
  const Diagnosis found =
      bench.diagnose({.samples = 3, .probe_rows = 10, .baseline = {.accuracy = 0.5}});
  const reinflection::Corpus& corpus = bench.task.corpus;
  const ElboTerms elbo = elbo_rows(bench.evaluation, corpus).mean();
  CHECK(found.rows == corpus.size());
  CHECK(found.probe_rows == 10);
  CHECK(found.elbo.nll == doctest::Approx(elbo.nll).epsilon(1e-6));
  CHECK(found.elbo.rate == doctest::Approx(elbo.rate).epsilon(1e-6));
  CHECK(found.accuracy == score_symbols(corpus, decode_rows(bench.evaluation, corpus)).accuracy);
  CHECK(found.accuracy_permuted() ==
        doctest::Approx(
            score_symbols(corpus, decode_with_permuted_z(bench.evaluation, corpus)).accuracy));
  REQUIRE(found.importance_weighted.has_value());
  CHECK(found.importance_weighted->samples == 3);
  CHECK(found.left_out.empty());
  CHECK(found.marginal_kl->value == found.information.marginal_kl.value);
  CHECK(found.zeroed.size() == 6);
  CHECK(found.kl_per_dimension.size() == 6);
  CHECK_FALSE(found.means.has_value());
  const reinflection::Corpus probed = bench.first(10);
  const Batch batch(probed, detail::rows_in_order(10));
  CHECK(found.posterior_gap == probe_posteriors(bench.probing, batch).gap);
  CHECK(found.sensitivity == decoder_sensitivity(bench.probing, batch).norm);
  // Weights as they are drawn have learnt nothing.
  CHECK(found.verdict.has_collapsed());
  CHECK(found.verdict.task == TaskProgress::not_learnt);
}

TEST_CASE("a diagnosis of one dimension: means over a grid, for 32 rows at most") {
  Bench bench(1);
  const Diagnosis found = bench.diagnose({.samples = 1, .probe_rows = 1'000'000});
  CHECK(found.probe_rows == found.rows);
  REQUIRE(found.means.has_value());
  CHECK(found.means->rows == 32);
  const reinflection::Corpus first = bench.first(32);
  const PosteriorMeans::Spread spread =
      posterior_means(bench.evaluation, first, {.limit = 6, .step = 0.02}).spread();
  CHECK(found.means->spread.model == spread.model);
  CHECK(found.means->spread.gap == spread.gap);
}

TEST_CASE("figures of stored posteriors: as many nats as rows tell apart") {
  // Two rows far from each other, certain of where they are.
  const PosteriorRows<float> posteriors{.latent = 1,
                                        .mu = {-3, 3},
                                        .logvar = {-6, -6},
                                        .z = {-3, 3},
                                        .surprisals = {5.4, 5.4},
                                        .kl = {7}};
  const PosteriorFigures found = posterior_figures(posteriors);
  CHECK(found.rate() == 7);
  CHECK(found.active_units == 1);
  CHECK(found.information.lower.value == doctest::Approx(0.6931).epsilon(1e-3));
}

TEST_CASE("warnings of a diagnosis: bounds at their cap, samples that do not count, a small grid") {
  Diagnosis found;
  CHECK(warnings(found).size() == (found.information.is_near_cap() ? 1 : 0));
  found.importance_weighted.emplace();
  found.importance_weighted->samples = 100;
  found.importance_weighted->effective_samples = 1.5;
  found.means = MeansOnGrid{.rows = 1, .spread = {}, .edge_mass = 0.1};
  const auto all = warnings(found);
  REQUIRE(all.size() >= 2);
  CHECK(all[all.size() - 2].starts_with("of 100 samples 1.5 are effective"));
  CHECK(all.back().starts_with("posteriors of the model reach beyond the grid"));
}
