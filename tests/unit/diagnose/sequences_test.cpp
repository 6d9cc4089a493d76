// The figures of a model whose z is a sequence, against what its parts give by hand.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/latent/places.hpp>
#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/model/places_encoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "support/places_family.hpp"
#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

/// A model of places as its weights are drawn, in front of a few words.
struct PlacesBench {
  static constexpr Index latent = 3;
  using Network = SequenceVae<vaecollapse_test::PlacesEncoder, vaecollapse_test::PlacesDecoder,
                              vaecollapse_test::PlacesHead>;
  TinyTask task;
  Layout layout;
  Network network;
  Parameters<float> parameters;
  Team team;
  Evaluation<Network> evaluation;
  Probing<Network> probing;

  PlacesBench()
      : network(make()),
        parameters(layout, Seed{5}),
        evaluation(network, parameters, team, {.batch = 11}),
        probing(network, parameters, team) {
    // As they are drawn, weights are so small that no z differs much from another.
    for (float& value : parameters.values()) value *= 3;
  }

  Network make() {
    const Index symbols = task.vocabulary.symbols();
    vaecollapse_test::PlacesEncoder encoder(layout, "encoder", symbols, 6);
    vaecollapse_test::PlacesHead posterior(layout, "posterior", encoder.width(), latent);
    vaecollapse_test::PlacesDecoder decoder(layout, "decoder",
                                            {.symbols = symbols,
                                             .tags = task.features.size(),
                                             .embedding = 8,
                                             .hidden = 16,
                                             .latent = latent});
    return {std::move(encoder), std::move(posterior), std::move(decoder)};
  }
  /// The NLL of a row by itself, the decoder being given this mean over places.
  double nll_given(Row row, const std::vector<double>& mean) {
    Workspace<float> workspace(parameters);
    const Batch batch(task.corpus, std::vector<Row>{row});
    const auto z = workspace.make<2>(Shape<2>{{latent, 1}});
    for (std::size_t d = 0; d < mean.size(); ++d) z.data()[d] = static_cast<float>(mean[d]);
    const Conditions<float> given{.z = z, .tags = batch.tags()};
    return static_cast<double>(network.nll(workspace, given, batch, batch.inputs(), {}).data()[0]);
  }
  std::vector<double> mean_of(const PosteriorRows<float>& posteriors,
                              const std::vector<float>& values, Row row) const {
    const PlaceRange places = posteriors.places[row];
    std::vector<double> mean(latent, 0.0);
    for (Index t = 0; t < places.count; ++t) {
      for (Index d = 0; d < latent; ++d) {
        mean[static_cast<std::size_t>(d)] +=
            static_cast<double>(posteriors.view(values)(d, places.first + t)) /
            static_cast<double>(places.count);
      }
    }
    return mean;
  }
};

}  // namespace

TEST_CASE("another row of as many places: a cycle through those of each number") {
  PlacesBench bench;
  // Rows of 4, 2, 4, 7, 2, 4 places: the fourth is alone.
  const std::vector<PlaceRange> places{{0, 4}, {4, 2}, {6, 4}, {10, 7}, {17, 2}, {19, 4}};
  const EqualPlaces found = permuted_in_equal_places(bench.evaluation, places);
  CHECK(found.alone() == 1);
  CHECK(found.rows == std::vector<Row>{0, 1, 2, 4, 5});
  CHECK(found.source_of[3] == 3);
  std::vector<Row> sources = found.source_of;
  for (const Row row : found.rows) {
    CHECK(found.source_of[row] != row);
    CHECK(places[found.source_of[row]].count == places[row].count);
  }
  std::sort(sources.begin(), sources.end());
  CHECK(sources == std::vector<Row>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("the rises of the NLL with z of as many places, and without z, are those by hand") {
  PlacesBench bench;
  const reinflection::Corpus& corpus = bench.task.corpus;
  const PosteriorRows<float> posteriors = posterior_rows(bench.evaluation, corpus);
  const Diagnosis found =
      diagnose(bench.evaluation, bench.probing, corpus, {.samples = 2, .probe_rows = 9});
  REQUIRE(found.use_of_places.has_value());
  const UseOfPlaces& use = *found.use_of_places;
  const EqualPlaces equal = permuted_in_equal_places(bench.evaluation, posteriors.places);
  CHECK(use.alone == equal.alone());
  double in_length = 0, without = 0;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const double own = bench.nll_given(row, bench.mean_of(posteriors, posteriors.z, row));
    without += (bench.nll_given(row, std::vector<double>(PlacesBench::latent, 0.0)) - own) /
               static_cast<double>(corpus.size());
    if (equal.source_of[row] == row) continue;
    const auto other = bench.mean_of(posteriors, posteriors.z, equal.source_of[row]);
    in_length += (bench.nll_given(row, other) - own) / static_cast<double>(equal.rows.size());
  }
  REQUIRE(use.permuted.has_value());
  CHECK(use.permuted->nll_rise.value == doctest::Approx(in_length).epsilon(1e-4));
  CHECK(std::abs(in_length) > 0.01);
  CHECK(use.zeroed.nll_rise.value == doctest::Approx(without).epsilon(1e-4));
  REQUIRE(found.prior.has_value());
  CHECK(use.prior_nll_rise == found.prior->nll_rise.value);
}

TEST_CASE("z from the prior has as many places as the row's own") {
  PlacesBench bench;
  const reinflection::Corpus& corpus = bench.task.corpus;
  const LatentRows<float> prior = prior_z(bench.evaluation, corpus);
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    CHECK(prior.places[row].count == static_cast<Index>(corpus.source(row).size()));
  }
}

TEST_CASE("a way of z into the decoder at 0 costs what the decoder took by it") {
  PlacesBench bench;
  const Diagnosis found =
      diagnose(bench.evaluation, bench.probing, bench.task.corpus, {.samples = 2, .probe_rows = 9});
  const UseOfPlaces& use = *found.use_of_places;
  REQUIRE(use.without_mean.has_value());
  REQUIRE(use.without_attended.has_value());
  // This decoder takes the mean alone: without it there is no z.
  CHECK(use.without_mean->nll_rise.value == doctest::Approx(use.zeroed.nll_rise.value));
  CHECK(use.without_attended->nll_rise.value == 0);
  CHECK(use.without_attended->accuracy_fall.value == 0);
}

TEST_CASE("KL by place and by dimension add up to the rate of the places") {
  PlacesBench bench;
  const reinflection::Corpus& corpus = bench.task.corpus;
  const Diagnosis found =
      diagnose(bench.evaluation, bench.probing, corpus, {.samples = 2, .probe_rows = 9});
  REQUIRE(found.places.has_value());
  CHECK_FALSE(found.places->length.has_value());
  CHECK(elbo_rows(bench.evaluation, corpus).length_rate.empty());
  CHECK_FALSE(found.global.has_value());
  CHECK(found.rate() ==
        doctest::Approx(elbo_rows(bench.evaluation, corpus).mean().rate).epsilon(1e-5));
  double by_dimension = 0;
  for (const double kl : found.kl_per_dimension) by_dimension += kl;
  CHECK(found.kl_per_dimension.size() == PlacesBench::latent);
  CHECK(by_dimension == doctest::Approx(found.places->of_places).epsilon(1e-5));
  // The last place of a word "..ekla" or "..alla": five symbols.
  std::map<Index, double> sums;
  Index count = 0;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    if (corpus.source(row).size() < 5) continue;
    ++count;
    Workspace<float> workspace(bench.parameters);
    const Batch batch(corpus, std::vector<Row>{row});
    const auto kl = bench.network.terms(workspace, batch, Draws(1, 0), batch.inputs()).kl;
    for (Index t = 0; t < 5; ++t) sums[t] += static_cast<double>(kl.view()(t, 0));
  }
  REQUIRE(found.places->places.size() == 5);
  CHECK(found.places->rows.back() == count);
  CHECK(found.places->places.back() ==
        doctest::Approx(sums[4] / static_cast<double>(count)).epsilon(1e-5));
}

TEST_CASE("active units of places are those of the means over all places") {
  PlacesBench bench;
  const PosteriorRows<float> posteriors = posterior_rows(bench.evaluation, bench.task.corpus);
  PosteriorRows<float> still = posteriors;
  for (std::size_t i = 1; i < still.mu.size(); i += PlacesBench::latent) still.mu[i] = 0.7F;
  const Index all = figures_of_sequences(posteriors).active_units;
  CHECK(all > 0);
  CHECK(figures_of_sequences(still).active_units == all - 1);
}

TEST_CASE(
    "a probe in training: the next row of as many places, so that the length is no use of z") {
  const auto next = [](std::vector<Index> lengths) {
    return detail::next_of_equal_length(SequencePlan{std::span<const Index>(lengths)});
  };
  CHECK(next({4, 2, 4, 7, 2, 4}) == std::vector<Index>{2, 4, 5, 3, 1, 0});
  CHECK(next({1, 2, 3}) == std::vector<Index>{1, 2, 0});
  PlacesBench bench;
  const std::vector<Row> rows{0, 1, 2, 3};  // sources of 2, 4, 2 and 2 symbols
  const Batch batch(bench.task.corpus, rows);
  const PosteriorProbe probe =
      probe_posteriors(bench.probing, batch, {.steps = 0, .samples = 1, .seed = Seed{4}});
  Workspace<float> workspace(bench.parameters);
  const auto q = bench.network.encode(workspace, batch);
  const auto z =
      bench.network.posterior().sample(workspace, q, Draws(Seed{4}, 0, Pass::diagnose), rows, 0);
  const auto mean_of = [&](Index row) {
    std::vector<double> mean(PlacesBench::latent, 0.0);
    for (Index t = 0; t < z.plan->length(row); ++t) {
      for (Index d = 0; d < PlacesBench::latent; ++d) {
        at(mean, d) += static_cast<double>(z.columns.view()(d, z.plan->column(row, t))) /
                       static_cast<double>(z.plan->length(row));
      }
    }
    return mean;
  };
  double rise = 0;
  for (const auto& [row, other] : std::map<Index, Index>{{0, 2}, {1, 1}, {2, 3}, {3, 0}}) {
    rise += (bench.nll_given(at(rows, row), mean_of(other)) -
             bench.nll_given(at(rows, row), mean_of(row))) /
            4;
  }
  CHECK(probe.permutation_gap == doctest::Approx(rise).epsilon(1e-4));
}

TEST_CASE("a posterior of places is searched by its means and logvars") {
  PlacesBench bench;
  const Diagnosis found =
      diagnose(bench.evaluation, bench.probing, bench.task.corpus, {.samples = 2, .probe_rows = 9});
  REQUIRE(found.posterior_gap.has_value());
  CHECK(*found.posterior_gap > 0);  // nothing was trained
  REQUIRE(found.kl_gradient.has_value());
  // By hand: d KL / d (mu, logvar) = (mu, (exp(logvar) - 1) / 2), of the mean over 9 rows.
  const std::vector<Row> rows = detail::rows_in_order(9);
  Workspace<float> workspace(bench.parameters);
  const Batch batch(bench.task.corpus, rows);
  const auto q = bench.network.encode(workspace, batch);
  double squares = 0;
  for (Index i = 0; i < q.means.columns.size(); ++i) {
    const double mu = static_cast<double>(q.means.columns.data()[i]);
    const double slope = (std::exp(static_cast<double>(q.logvars.columns.data()[i])) - 1) / 2;
    squares += mu * mu + slope * slope;
  }
  CHECK(*found.kl_gradient == doctest::Approx(std::sqrt(squares) / 9).epsilon(1e-4));
  CHECK(found.kl_price.has_value());
}

namespace {

/// The library's own model of places, with a global z of five dimensions in two columns.
struct AttendingBench {
  static constexpr Index latent = 3, global = 5;
  using Network = SequenceVae<PlacesEncoder<Gru>, AttendingDecoder<Gru>, PlacesHead>;
  TinyTask task;
  Layout layout;
  Network network;
  Parameters<float> parameters;
  Team team;
  Evaluation<Network> evaluation;

  AttendingBench()
      : network(make()),
        parameters(layout, Seed{5}),
        evaluation(network, parameters, team, {.batch = 11}) {
    for (float& value : parameters.values()) value *= 2;
    count_lengths(network, parameters, task.corpus);
  }

  Network make() {
    const Index symbols = task.vocabulary.symbols();
    PlacesEncoder<Gru> encoder(layout, "encoder",
                               {.symbols = symbols, .embedding = 5, .hidden = 6});
    PlacesHead posterior(
        layout, "posterior",
        {.input = encoder.width(), .place = latent, .global = global, .longest = 8});
    AttendingDecoder<Gru> decoder(layout, "decoder",
                                  {.symbols = symbols,
                                   .tags = task.features.size(),
                                   .embedding = 6,
                                   .hidden = 9,
                                   .latent = latent,
                                   .global = global,
                                   .attention = 4});
    return {std::move(encoder), std::move(posterior), std::move(decoder)};
  }

  Diagnosis diagnose() {
    Probing probing(network, parameters, team);
    return vaecollapse::diagnose(evaluation, probing, task.corpus, {.samples = 2, .probe_rows = 8});
  }

  /// The mean over rows of the NLL, each by itself, from changed numbers of its z.
  template <class Change>
  double mean_nll(const AttendingDecoder<Gru>& decoder, Change&& change) {
    const Network changed(network.encoder(), network.posterior(), decoder);
    const PosteriorRows<float> posteriors = posterior_rows(evaluation, task.corpus);
    Workspace<float> workspace(parameters);
    double sum = 0;
    for (Row row = 0; row < Row(task.corpus.size()); ++row) {
      const Scope scope(workspace);
      const Batch batch(task.corpus, std::vector<Row>{row});
      const PlaceRange places = posteriors.places[row];
      const std::vector<Index> lengths{places.count};
      const SequencePlan plan{std::span<const Index>(lengths)};
      const auto z = workspace.make<2>(Shape<2>{{latent, places.count}});
      for (Index i = 0; i < z.size(); ++i) {
        z.data()[i] = posteriors.z[static_cast<std::size_t>(places.first * latent + i)];
      }
      change(row, z.value_view());
      const auto nll =
          changed.reconstruct(workspace, Sequence<float>{z, &plan}, batch, batch.inputs());
      sum += static_cast<double>(nll.data()[0]);
    }
    return sum / static_cast<double>(task.corpus.size());
  }
};

}  // namespace

TEST_CASE("a model with a length, a global z and places: each figure against its parts by hand") {
  AttendingBench bench;
  const reinflection::Corpus& corpus = bench.task.corpus;
  const Diagnosis found = bench.diagnose();
  const auto same = [](Row, const View<float>&) {};
  const AttendingDecoder<Gru>& decoder = bench.network.decoder();
  const double own = bench.mean_nll(decoder, same);
  CHECK(found.elbo.nll == doctest::Approx(own).epsilon(1e-5));

  REQUIRE(found.use_of_places.has_value());
  const UseOfPlaces& use = *found.use_of_places;
  const auto rise_of = [](const std::optional<Ablation>& change) {
    return change.has_value() ? change->nll_rise.value : -1e9;
  };
  CHECK(rise_of(use.without_mean) ==
        doctest::Approx(bench.mean_nll(decoder.without({.mean = true}), same) - own).epsilon(1e-3));
  CHECK(rise_of(use.without_attended) ==
        doctest::Approx(bench.mean_nll(decoder.without({.attended = true}), same) - own)
            .epsilon(1e-3));
  const auto zero = [](Row, const View<float>& z) {
    std::fill_n(z.data, z.rows * z.columns, 0.0F);
  };
  CHECK(rise_of(use.zeroed) == doctest::Approx(bench.mean_nll(decoder, zero) - own).epsilon(1e-3));

  // The global z of another row, the places its own.
  const PosteriorRows<float> posteriors = posterior_rows(bench.evaluation, corpus);
  const std::vector<Row> others = permuted_rows(bench.evaluation, corpus);
  const auto other_global = [&](Row row, const View<float>& z) {
    const auto first = posteriors.places[others[row]].first * AttendingBench::latent;
    for (Index i = 0; i < AttendingBench::global; ++i) {
      z.data[i] = posteriors.z[static_cast<std::size_t>(first + i)];
    }
  };
  CHECK(rise_of(use.global_permuted) ==
        doctest::Approx(bench.mean_nll(decoder, other_global) - own).epsilon(1e-3));
  CHECK(std::abs(rise_of(use.global_permuted)) > 1e-3);
  CHECK(use.places_permuted.has_value());

  CHECK(found.zeroed.size() == AttendingBench::latent);
  CHECK(use.zeroed_global.size() == AttendingBench::global);
  CHECK(use.global_sensitivity.size() == AttendingBench::global);
  double squares = 0;
  for (const auto* all : {&found.sensitivity_per_dimension, &use.global_sensitivity}) {
    for (const double norm : *all) squares += norm * norm;
  }
  CHECK(std::sqrt(squares) == doctest::Approx(found.sensitivity).epsilon(1e-6));
}

TEST_CASE("a model with a length, a global z and places: the rate falls into these") {
  AttendingBench bench;
  const reinflection::Corpus& corpus = bench.task.corpus;
  const Diagnosis found = bench.diagnose();
  REQUIRE(found.places.has_value());
  const KlOfPlaces& kl = *found.places;
  CHECK(found.rate() ==
        doctest::Approx(elbo_rows(bench.evaluation, corpus).mean().rate).epsilon(1e-5));
  // -log p(S) by the counts: sources of 2, 3, 4 and 5 symbols and an end, one row more for each
  // length up to 8 and for a longer one.
  std::map<Index, double> counts;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    counts[static_cast<Index>(corpus.source(row).size()) + 1] += 1;
  }
  const auto rows = static_cast<double>(corpus.size());
  double length = 0, places = 0;
  for (const auto& [size, count] : counts) {
    length -= count / rows * std::log((count + 1) / (rows + 9));
    places += count / rows * static_cast<double>(size);
  }
  REQUIRE(kl.length.has_value());
  CHECK(*kl.length == doctest::Approx(length).epsilon(1e-5));
  const std::vector<double> of_rows = elbo_rows(bench.evaluation, corpus).length_rate;
  REQUIRE(of_rows.size() == static_cast<std::size_t>(corpus.size()));
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const double count = counts[static_cast<Index>(corpus.source(row).size()) + 1];
    CHECK(of_rows[row] == doctest::Approx(-std::log((count + 1) / (rows + 9))).epsilon(1e-5));
  }
  CHECK(kl.mean_places == doctest::Approx(places));
  CHECK(kl.places.size() == static_cast<std::size_t>(counts.rbegin()->first));
  CHECK(kl.rows.back() == static_cast<Index>(counts.rbegin()->second));

  REQUIRE(found.global.has_value());
  const auto sum = [](const std::vector<double>& all) {
    return std::accumulate(all.begin(), all.end(), 0.0);
  };
  CHECK(found.global->kl_per_dimension.size() == AttendingBench::global);
  CHECK(sum(found.global->kl_per_dimension) == doctest::Approx(*kl.global).epsilon(1e-5));
  CHECK(sum(found.kl_per_dimension) == doctest::Approx(kl.of_places).epsilon(1e-5));
  CHECK(found.posterior_gap.has_value());
  CHECK(found.verdict.has_collapsed());  // weights as they are drawn
  REQUIRE(found.left_out.size() == 1);
  CHECK(found.left_out[0].starts_with("z is a sequence"));
}

TEST_CASE(
    "attention over places: a weight for each place before each symbol, which add up to one") {
  AttendingBench bench;
  const reinflection::Corpus& corpus = bench.task.corpus;
  const auto all = attention_rows(bench.evaluation, corpus);
  bool differs = false;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const std::size_t places = corpus.source(row).size() + 1;
    const std::size_t symbols = corpus.target(row).size() + 1;
    REQUIRE(all[row].size() == places * symbols);
    for (std::size_t s = 0; s < symbols; ++s) {
      double sum = 0;
      for (std::size_t p = 0; p < places; ++p) sum += static_cast<double>(all[row][s * places + p]);
      CHECK(sum == doctest::Approx(1).epsilon(1e-5));
      differs = differs || all[row][s * places] != all[row][s * places + 1];
    }
  }
  CHECK(differs);
}
