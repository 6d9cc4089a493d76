// Evaluation row by row: posteriors, NLL from a given z, importance weights, z from the prior.
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/evaluate/model_posteriors.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

// An evaluation keeps references.
using OfNetwork = Evaluation<reinflection::Network>;
using Weights = Parameters<float>;
static_assert(
    std::is_constructible_v<OfNetwork, const reinflection::Network&, const Weights&, Team&>);
static_assert(!std::is_constructible_v<OfNetwork, reinflection::Network, const Weights&, Team&>);
static_assert(!std::is_constructible_v<OfNetwork, const reinflection::Network&, Weights, Team&>);
static_assert(!std::is_constructible_v<OfNetwork, reinflection::Network, Weights, Team&>);

// A tape's nodes point into the batch; a workspace has done with it when it returns.
template <class Context, class OfBatch>
concept Infers = requires(Context& cx, const reinflection::Network& network, OfBatch batch) {
  network.infer(cx, std::forward<OfBatch>(batch));
};
template <class Context, class OfBatch>
concept Encodes = requires(Context& cx, const reinflection::Network& network, OfBatch batch) {
  network.encode(cx, std::forward<OfBatch>(batch));
};
template <class Context, class OfBatch>
concept GivesTerms = requires(Context& cx, const reinflection::Network& network, OfBatch batch,
                              const Draws& draws, const Symbols& inputs) {
  network.terms(cx, std::forward<OfBatch>(batch), draws, inputs);
};
static_assert(Infers<Tape<float>, Batch&> && Infers<Workspace<float>, Batch>);
static_assert(Encodes<Tape<float>, const Batch&> && Encodes<Workspace<float>, Batch>);
static_assert(GivesTerms<Tape<float>, const Batch&> && GivesTerms<Workspace<float>, Batch>);
static_assert(!Infers<Tape<float>, Batch> && !Encodes<Tape<float>, Batch>);
static_assert(!GivesTerms<Tape<float>, Batch>);

namespace {

struct Bench {
  TinyTask task;
  Parameters<float> parameters{task.layout, Seed{3}};
  Team team;

  explicit Bench(int threads = 1) : team(threads) {}

  Evaluation<reinflection::Network> evaluation(Index batch = 16) {
    return {task.network, parameters, team, {.batch = batch}};
  }
  std::vector<Row> own() const {
    std::vector<Row> rows(static_cast<std::size_t>(task.corpus.size()));
    std::iota(rows.begin(), rows.end(), Row{0});
    return rows;
  }
};

}  // namespace

TEST_CASE("posteriors: KL, sample and ELBO are those of the ELBO, however the corpus is cut") {
  Bench bench;
  auto evaluation = bench.evaluation(), other = bench.evaluation(7);
  const auto found = posterior_rows(evaluation, bench.task.corpus);
  const auto again = posterior_rows(other, bench.task.corpus);
  const ElboRows rows = elbo_rows(evaluation, bench.task.corpus);
  const ElboTerms elbo = rows.mean();
  CHECK(found.rows() == bench.task.corpus.size());
  REQUIRE(found.kl.size() == 6);
  CHECK(std::accumulate(found.kl.begin(), found.kl.end(), 0.0) ==
        doctest::Approx(elbo.rate).epsilon(1e-6));
  CHECK(found.kl == rows.kl_per_dimension);
  CHECK(found.mu == z_means(evaluation, bench.task.corpus));
  for (std::size_t i = 0; i < found.z.size(); ++i) {
    CHECK(found.z[i] == doctest::Approx(again.z[i]).epsilon(1e-5));
  }
  const auto nll =
      nll_rows(evaluation, bench.task.corpus, std::span<const float>(found.z), bench.own());
  const double mean =
      std::accumulate(nll.begin(), nll.end(), 0.0) / static_cast<double>(nll.size());
  CHECK(mean == doctest::Approx(elbo.nll).epsilon(1e-6));
}

TEST_CASE("posteriors, ELBO and words with permuted z: the same bits on one to three threads") {
  Bench alone;
  auto expected = alone.evaluation();
  const auto posteriors = posterior_rows(expected, alone.task.corpus);
  const ElboRows elbo = elbo_rows(expected, alone.task.corpus);
  const auto guesses = decode_with_permuted_z(expected, alone.task.corpus);
  for (const int threads : {2, 3}) {
    CAPTURE(threads);
    Bench bench(threads);
    auto evaluation = bench.evaluation();
    const auto found = posterior_rows(evaluation, bench.task.corpus);
    CHECK(found.mu == posteriors.mu);
    CHECK(found.logvar == posteriors.logvar);
    CHECK(found.z == posteriors.z);
    const ElboRows rows = elbo_rows(evaluation, bench.task.corpus);
    CHECK(rows.nll == elbo.nll);
    CHECK(rows.rate == elbo.rate);
    const auto words = decode_with_permuted_z(evaluation, bench.task.corpus);
    REQUIRE(words.size() == guesses.size());
    for (std::size_t row = 0; row < words.size(); ++row) {
      CHECK(words[row].front().ids == guesses[row].front().ids);
    }
  }
}

TEST_CASE("posteriors: -log p(z) of the standard normal") {
  Bench bench;
  auto evaluation = bench.evaluation();
  const auto found = posterior_rows(evaluation, bench.task.corpus);
  double squares = 0;
  for (std::size_t d = 0; d < 6; ++d) {
    squares += static_cast<double>(found.z[6 + d]) * static_cast<double>(found.z[6 + d]);
  }
  CHECK(found.surprisals[1] ==
        doctest::Approx(squares / 2 + 3 * std::log(2 * 3.14159265358979)).epsilon(1e-6));
}

TEST_CASE("importance weights: one sample is an ELBO, and more are less, in the mean") {
  Bench bench;
  auto evaluation = bench.evaluation();
  const double symbols = 100;
  const auto nll = [&](std::uint32_t samples) {
    return importance_weighted_nll(importance_weights(evaluation, bench.task.corpus, samples),
                                   symbols);
  };
  const ElboTerms elbo = elbo_rows(evaluation, bench.task.corpus).mean();
  const ImportanceWeightedNll one = nll(1), many = nll(50);
  CHECK(one.samples == 1);
  CHECK(one.effective_samples == doctest::Approx(1));
  CHECK(one.nll.value == doctest::Approx(-elbo.elbo()).epsilon(0.05));
  CHECK(many.nll.value < one.nll.value + 1e-3);
  CHECK(many.effective_samples > 1);
  CHECK(many.effective_samples <= 50 * (1 + 1e-9));
}

TEST_CASE(
    "posteriors over a grid: their NLL is that of importance weights, their mean the model's") {
  Bench bench;
  Layout layout;
  const auto network =
      reinflection::make_network(layout, {.symbols = bench.task.vocabulary.symbols(),
                                          .tags = bench.task.features.size(),
                                          .embedding = 8,
                                          .encoder_hidden = 12,
                                          .decoder_hidden = 20,
                                          .latent = 1});
  Parameters<float> parameters(layout, Seed{3});
  for (float& value : parameters.values()) value *= 4;  // so that z matters
  for (const auto& entry : layout.entries()) {
    // Samples from the prior, so that no weight is rare and great.
    if (!entry.name.starts_with("posterior.")) continue;
    std::fill_n(parameters.values().begin() + entry.offset, entry.shape.size(), 0.0F);
  }
  Evaluation<reinflection::Network> evaluation(network, parameters, bench.team);
  const reinflection::Corpus corpus(
      std::vector<reinflection::Example>(bench.task.examples.begin(),
                                         bench.task.examples.begin() + 6),
      bench.task.vocabulary, bench.task.features);
  const GridPosteriors grid = model_posteriors(evaluation, corpus, {.limit = 7, .step = 0.05});
  CHECK(grid.edge_mass < 1e-6);
  constexpr std::uint32_t samples = 3000;
  const auto weights = importance_weights(evaluation, corpus, samples);
  for (std::size_t row = 0; row < weights.size(); ++row) {
    // The variance of a mean weight, relative, is 1 / effective - 1 / samples.
    const double error = std::sqrt(1 / weights[row].effective_samples() - 1.0 / samples);
    CHECK(error > 0.005);
    // 5 standard errors, six of them: a false alarm in 300 thousand.
    CHECK(std::abs(grid.nll[row] - weights[row].nll()) < 5 * error);
  }
  const PosteriorMeans means = posterior_means(evaluation, corpus, {.limit = 7, .step = 0.05});
  CHECK(means.model == grid.mean);
  const auto z = z_means(evaluation, corpus);
  CHECK(means.inference == std::vector<double>(z.begin(), z.end()));
}

TEST_CASE("z from the prior: as many, standard normal, and the same again") {
  Bench bench;
  auto evaluation = bench.evaluation();
  const auto z = prior_z(evaluation, bench.task.corpus);
  REQUIRE(static_cast<Index>(z.size()) == 6 * bench.task.corpus.size());
  CHECK(z == prior_z(evaluation, bench.task.corpus));
  double sum = 0, squares = 0;
  for (const float one : z) {
    sum += static_cast<double>(one);
    squares += static_cast<double>(one) * static_cast<double>(one);
  }
  const auto count = static_cast<double>(z.size());
  // 432 draws: 5 standard errors are 0.24 and 0.34; a false alarm in a million.
  CHECK(std::abs(sum / count) < 0.24);
  CHECK(std::abs(squares / count - 1) < 0.34);
}

TEST_CASE("z from a mixture prior comes from its components") {
  Bench bench;
  Layout layout;
  auto network = reinflection::make_network(layout, {.symbols = bench.task.vocabulary.symbols(),
                                                     .tags = bench.task.features.size(),
                                                     .embedding = 8,
                                                     .encoder_hidden = 12,
                                                     .decoder_hidden = 20,
                                                     .latent = 2,
                                                     .prior_components = 2});
  Parameters<float> parameters(layout, Seed{3});
  const auto set = [&](const std::string& name, const std::vector<float>& values) {
    for (const auto& entry : layout.entries()) {
      if (entry.name != name) continue;
      std::copy(values.begin(), values.end(), parameters.values().begin() + entry.offset);
    }
  };
  set("prior.means", {50, 0, -50, 0});
  set("prior.logits", {0, 2});
  Evaluation<reinflection::Network> evaluation(network, parameters, bench.team);
  const auto z = prior_z(evaluation, bench.task.corpus);
  int of_second = 0;
  for (std::size_t i = 0; i < z.size(); i += 2) {
    CHECK(std::abs(std::abs(z[i]) - 50) < 10);
    of_second += z[i] < 0 ? 1 : 0;
  }
  // Of 72 draws with p = 0.88: within 5 standard deviations of 63.4; a false alarm in a million.
  CHECK(std::abs(of_second - 63.4) < 5 * std::sqrt(72 * 0.88 * 0.12));
  const auto posteriors = posterior_rows(evaluation, bench.task.corpus);
  CHECK(posteriors.kl.size() == 1);
}

TEST_CASE("importance weights: no samples, and more than draws tell apart, are refused first") {
  Bench bench;
  auto evaluation = bench.evaluation();
  for (const std::uint32_t samples : {0u, 8193u, ~0u}) {
    CHECK_THROWS_WITH_AS(importance_weights(evaluation, bench.task.corpus, samples),
                         ("importance_weights: samples are " + std::to_string(samples) +
                          ": there must be 1 at least and 8192 at most")
                             .c_str(),
                         Error);
  }
}
