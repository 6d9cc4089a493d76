// Figures of sentences: against the closed forms of a linear Gaussian model, and against counts.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/evaluate/sentence_figures.hpp>
#include <vaecollapse/evaluate/unigram.hpp>

#include "support/linear_gaussian_network.hpp"

using namespace vaecollapse;
using vaecollapse_test::LinearGaussianNetwork;

namespace {

std::vector<double> draws_of_x(Index rows) {
  const Draws draws(7, 0, Pass::evaluate);
  std::vector<double> x;
  for (std::uint32_t row = 0; row < static_cast<std::uint32_t>(rows); ++row) {
    x.push_back(std::sqrt(4.5) * normal(draws.word(Stream::prior, row, 0, 0, 0)));
  }
  return x;
}

/// Rows that have one, two or three words in turn, which are sources too.
Corpus corpus_of(Index rows) {
  Corpus corpus;
  const std::vector<Symbol> words{3, 4, 5};
  for (Index row = 0; row < rows; ++row) {
    const auto some = std::span(words).first(static_cast<std::size_t>(row % 3 + 1));
    corpus.add(some, some);
  }
  return corpus;
}

struct KnownModel {
  Corpus corpus;
  Layout layout;
  LinearGaussianNetwork network;
  Parameters<float> parameters;
  Team team;
  Evaluation<LinearGaussianNetwork> evaluation;

  explicit KnownModel(Index rows, Index latent = 2)
      : corpus(corpus_of(rows)),
        network(layout, draws_of_x(rows), latent),
        parameters(layout, Seed{1}),
        evaluation(network, parameters, team, {.batch = 64}) {}

  double mean(double (LinearGaussianNetwork::*of)(Row) const) const {
    double sum = 0;
    for (Row row = 0; row < Row(corpus.size()); ++row) sum += (network.*of)(row);
    return sum / static_cast<double>(corpus.size());
  }
  double nll() const { return mean(&LinearGaussianNetwork::nll); }
  double kl() const { return mean(&LinearGaussianNetwork::kl); }
};

}  // namespace

TEST_CASE("figures of sentences: a linear Gaussian model comes to its closed forms") {
  KnownModel model(600);
  const SentenceFigures found = sentence_figures(model.evaluation, model.corpus, {.samples = 7});
  CHECK(found.sentences() == 600);
  CHECK(found.words == 1200);
  CHECK(found.samples == 7);
  // Every weight of the true posterior is p(x).
  CHECK(std::abs(found.iw_nll().value - model.nll()) < 1e-5);
  CHECK(found.effective_samples == doctest::Approx(7).epsilon(1e-6));
  CHECK(found.perplexity() == doctest::Approx(std::exp(600 * model.nll() / 1800)).epsilon(1e-5));
  // One z a row: its NLL has a standard deviation of 0.7, so that 0.15 is 5 of its mean's, which
  // is a false alarm in two million.
  CHECK(found.elbo().rate == doctest::Approx(model.kl()).epsilon(1e-5));
  CHECK(std::abs(-found.elbo().elbo() - model.nll()) < 0.15);
  CHECK(found.perplexity_elbo() ==
        doctest::Approx(std::exp(-found.elbo().elbo() / 3)).epsilon(1e-12));
  CHECK(found.active_units.value() == 1);
}

TEST_CASE("figures of sentences: the mutual information lies within its brackets") {
  KnownModel model(600);
  const SentenceFigures found = sentence_figures(model.evaluation, model.corpus, {.samples = 1});
  const double known = std::log(9.0) / 2;
  REQUIRE(found.information.has_value());
  const auto& [lower, upper, cap, marginal] = *found.information;
  // Five standard errors: a false alarm in two million.
  CHECK(lower.value - 5 * lower.standard_error < known);
  CHECK(upper.value + 5 * upper.standard_error > known);
  CHECK(lower.value < upper.value);
  CHECK(upper.value - lower.value < 0.1);
  CHECK(cap == doctest::Approx(std::log(600.0)));
  // The z of another row: (x - 2 z')^2 has the mean 4.5 + 4 in place of 0.5. Its mean over rows has
  // a standard deviation of 0.5, and 2.5 is a false alarm in two million.
  const double rise = mean_of_rows(found.costs.nll_permuted).value - found.elbo().nll;
  CHECK(std::abs(rise - 8) < 2.5);
}

TEST_CASE("figures of sentences: the mutual information of many is that of some, spread evenly") {
  KnownModel model(600);
  const SentenceFigures found =
      sentence_figures(model.evaluation, model.corpus, {.samples = 1, .information_rows = 200});
  CHECK(found.information->cap == doctest::Approx(std::log(200.0)));
  CHECK(found.sentences() == 600);
  const detail::SpreadRows some(model.corpus, 200);
  CHECK(some.size() == 200);
  CHECK(std::ranges::equal(some.target(1), model.corpus.target(3)));
  CHECK(std::ranges::equal(some.source(199), model.corpus.source(597)));
}

TEST_CASE("figures of sentences: without z the NLL is exact, and nothing is said of z") {
  KnownModel model(30, /*latent=*/0);
  const SentenceFigures found = sentence_figures(model.evaluation, model.corpus);
  CHECK(found.samples == 0);
  CHECK(found.elbo().rate == 0);
  CHECK(found.iw_nll().value == doctest::Approx(model.nll()).epsilon(1e-6));
  CHECK(found.perplexity() == found.perplexity_elbo());
  CHECK_FALSE(found.information.has_value());
  CHECK_FALSE(found.active_units.has_value());
  CHECK(found.costs.nll_permuted.empty());
}

TEST_CASE("figures of sentences: a single one has no other's z") {
  KnownModel one(1);
  const SentenceFigures found = sentence_figures(one.evaluation, one.corpus, {.samples = 2});
  CHECK(std::abs(found.iw_nll().value - one.nll()) < 1e-5);
  CHECK_FALSE(found.information.has_value());
  CHECK(found.costs.nll_permuted.empty());
}

TEST_CASE("unigrams: the entropy of the symbols of the rows, ends among them") {
  Corpus corpus;
  const std::vector<Symbol> first{3, 4}, second{3, 3};
  corpus.add(first, first);
  corpus.add(second, second);
  // Of six symbols, three are 3, one is 4, and two are ends.
  const double nats = 3 * std::log(2.0) + std::log(6.0) + 2 * std::log(3.0);
  CHECK(unigram_nll(corpus) == doctest::Approx(nats / 2));
  CHECK_THROWS_AS(unigram_nll(Corpus()), Error);
}
