// A family whose latent is a sequence, through everything: the trainer, evaluation with another
// word's z, diagnosis, and a run that is resumed.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/compat/mean_z.hpp>
#include <vaecollapse/compat/per_entry.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/ha_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support.hpp"
#include "support/places_family.hpp"
#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse_test::PlacesDecoder;
using vaecollapse_test::PlacesEncoder;
using vaecollapse_test::PlacesHead;
using vaecollapse_test::TinyTask;

static_assert(PosteriorFamily<PlacesHead> && HasPrior<PlacesHead> && !GaussianFamily<PlacesHead>);
static_assert(has_sequence_latent<PlacesHead> && !VectorPosterior<PlacesHead>);
static_assert(PosteriorFamily<compat::MeanInTraining<PlacesHead>> &&
              has_sequence_latent<compat::MeanInTraining<PlacesHead>>);
static_assert(!std::is_constructible_v<AnyPosterior, PlacesHead>);

namespace {

constexpr Index latent = 4;

using Network = SequenceVae<PlacesEncoder, PlacesDecoder, PlacesHead>;

struct Bench {
  TinyTask task;
  Layout layout;
  Network network;
  Parameters<float> parameters;

  Bench() : network(make()), parameters(layout, Seed{3}) {}

  Network make() {
    const Index symbols = task.vocabulary.symbols();
    PlacesEncoder encoder(layout, "encoder", symbols, 6);
    PlacesHead posterior(layout, "posterior", encoder.width(), latent);
    PlacesDecoder decoder(layout, "decoder",
                          {.symbols = symbols,
                           .tags = task.features.size(),
                           .embedding = 8,
                           .hidden = 16,
                           .latent = latent});
    return {std::move(encoder), std::move(posterior), std::move(decoder)};
  }
  Index source_length(Row row) const { return static_cast<Index>(task.corpus.source(row).size()); }
};

/// The same network and what trains it.
template <class Objective>
struct Training {
  Bench bench;
  Team team;
  Trainer<Seq2SeqVae<PlacesEncoder, PlacesDecoder, Objective, NoDropout, PlacesHead>, Adam<float>,
          reinflection::Corpus>
      trainer;
  StoppingLog<decltype(trainer)> log{trainer};

  explicit Training(Objective objective, int threads = 1)
      : team(threads),
        trainer(Seq2SeqVae(bench.network, objective, NoDropout()), bench.parameters, Adam<float>(),
                bench.task.corpus, bench.task.corpus, {.epochs = 4, .batch = 10}, team) {}
};

/// The terms of a batch of two rows, of three places and of one.
struct TwoRows {
  double kl[6] = {1, 2, 3, 4, 0, 0}, nll[2] = {5, 6}, dkl[6] = {}, dnll[2] = {};
  Index places[2] = {3, 1};
  Terms terms{{kl, 3, 2}, nll, 4, places};
  Seeds seeds{{dkl, 3, 2}, dnll};
};

}  // namespace

TEST_CASE("a sequence of latents: the gradients of the loss are those of differences") {
  Bench bench;
  Parameters<double> parameters(bench.layout, Seed{11});
  const std::vector<Row> rows{0, 1, 5, 30};
  const Batch batch(bench.task.corpus, rows);
  const auto result = gradcheck(parameters, [&](Tape<double>& tape) {
    const auto terms = bench.network.terms(tape, batch, Draws(1, 2), batch.inputs());
    REQUIRE(terms.places.size() == rows.size());
    CHECK(terms.kl.rows() == *std::max_element(terms.places.begin(), terms.places.end()));
    const auto ones = std::vector<double>(static_cast<std::size_t>(terms.kl.size()), 0.5);
    const auto kl = weighted_sum(tape, terms.kl, ones);
    const auto nll = weighted_sum(tape, terms.nll, std::vector<double>(rows.size(), 1.0));
    return add(tape, kl, nll);
  });
  INFO(result.message());
  CHECK(result.error < 1e-7);
}

TEST_CASE("a sequence of latents trains on any threads, and a run that is resumed ends the same") {
  Training whole(FreeBits<1>(1.0));
  whole.trainer.fit(whole.log);
  REQUIRE(whole.log.epochs.size() == 4);
  CHECK(whole.log.epochs.back().train_nll < whole.log.epochs.front().train_nll);
  CHECK(whole.log.epochs.back().signs.permutation_gap.has_value());
  CHECK(whole.log.epochs.back().signs.amortisation_gap.has_value());

  Training first(FreeBits<1>(1.0), 2);
  first.log.stop_at = 11;
  first.trainer.fit(first.log);
  Snapshot saved = Snapshot::of(first.trainer);
  Training second(FreeBits<1>(1.0), 3);
  saved.load(second.trainer);
  second.trainer.fit(second.log);
  CHECK(Snapshot::of(second.trainer) == Snapshot::of(whole.trainer));
}

TEST_CASE("a sequence of latents: the rate is that of all places, however a corpus is cut") {
  Bench bench;
  Team team;
  Evaluation whole(bench.network, bench.parameters, team),
      cut(bench.network, bench.parameters, team, {.batch = 7});
  const ElboRows rows = elbo_rows(whole, bench.task.corpus);
  const ElboRows again = elbo_rows(cut, bench.task.corpus);
  double by_place = 0;
  for (const double kl : rows.kl_per_dimension) by_place += kl;
  CHECK(by_place == doctest::Approx(rows.mean().rate));
  CHECK(rows.kl_per_dimension.size() == again.kl_per_dimension.size());
  CHECK(again.mean().rate == doctest::Approx(rows.mean().rate));
  CHECK(again.mean().nll == doctest::Approx(rows.mean().nll));
  // Every place of a longer word is paid for.
  const std::vector<Row> one{1};  // a stem with "la"
  Workspace<float> workspace(bench.parameters);
  const Batch batch(bench.task.corpus, one);
  const auto kl = bench.network.terms(workspace, batch, Draws(1, 0), batch.inputs()).kl;
  CHECK(kl.rows() == bench.source_length(1));
  for (Index t = 0; t < kl.rows(); ++t) CHECK(kl.view()(t, 0) > 0);
}

TEST_CASE("another word's sequence comes with all of its places") {
  Bench bench;
  Team team;
  Evaluation evaluation(bench.network, bench.parameters, team, {.batch = 7});
  const PosteriorRows<float> posteriors = posterior_rows(evaluation, bench.task.corpus);
  const auto source_of = permuted_rows(evaluation, bench.task.corpus);
  const auto nll =
      nll_rows(evaluation, bench.task.corpus, posteriors.latents(posteriors.z), source_of);
  bool has_other_length = false;
  for (Row row = 0; row < Row(bench.task.corpus.size()); ++row) {
    CHECK(posteriors.places[row].count == bench.source_length(row));
    has_other_length =
        has_other_length || bench.source_length(row) != bench.source_length(source_of[row]);
  }
  CHECK(has_other_length);
  // This decoder reads the mean over places, so it is given that of the other word.
  Workspace<float> workspace(bench.parameters);
  for (const Row row : {Row{0}, Row{1}, Row{40}}) {
    const Scope scope(workspace);
    const PlaceRange places = posteriors.places[source_of[row]];
    const Batch batch(bench.task.corpus, std::vector<Row>{row});
    const auto mean = workspace.make<2>(Shape<2>{{latent, 1}});
    for (Index d = 0; d < latent; ++d) {
      float sum = 0;
      for (Index t = 0; t < places.count; ++t) {
        sum += posteriors.view(posteriors.z)(d, places.first + t);
      }
      mean.data()[d] = sum / static_cast<float>(places.count);
    }
    const Conditions<float> given{.z = mean, .tags = batch.tags()};
    const auto expected = bench.network.nll(workspace, given, batch, batch.inputs(), {});
    CHECK(static_cast<double>(expected.data()[0]) == doctest::Approx(nll[row]).epsilon(1e-5));
  }
}

TEST_CASE(
    "the importance-weighted NLL of sequences: one weight is the terms, many are a tighter bound") {
  Bench bench;
  Team team;
  Evaluation evaluation(bench.network, bench.parameters, team, {.batch = 7});
  const auto one = importance_weights(evaluation, bench.task.corpus, 1);
  const auto many = importance_weights(evaluation, bench.task.corpus, 30);
  // log p(x, z) - log q(z | x) by hand, at the same z.
  Workspace<float> workspace(bench.parameters);
  const Batch batch(bench.task.corpus, std::vector<Row>{0, 1, 40});
  const auto q = bench.network.encode(workspace, batch);
  const auto z = bench.network.posterior().sample(workspace, q, evaluation.draws(Pass::diagnose),
                                                  batch.rows(), 0);
  const auto nll = bench.network.reconstruct(workspace, z, batch, batch.inputs());
  for (Index j = 0; j < batch.size(); ++j) {
    double log_weight = -static_cast<double>(nll.data()[j]);
    for (Index t = 0; t < z.plan->length(j); ++t) {
      for (Index d = 0; d < latent; ++d) {
        const Index column = z.plan->column(j, t);
        const double x = z.columns.view()(d, column), s = q.logvars.columns.view()(d, column);
        const double away = x - static_cast<double>(q.means.columns.view()(d, column));
        log_weight += (away * away * std::exp(-s) + s - x * x) / 2;
      }
    }
    CHECK(one[batch.rows()[static_cast<std::size_t>(j)]].nll() ==
          doctest::Approx(-log_weight).epsilon(1e-5));
  }
  double of_one = 0, of_many = 0;
  for (std::size_t row = 0; row < one.size(); ++row) {
    of_one += one[row].nll();
    of_many += many[row].nll();
  }
  CHECK(of_many < of_one);
}

TEST_CASE("a sequence of latents is diagnosed, and what it has not is left out with a sentence") {
  Bench bench;
  Team team;
  Evaluation evaluation(bench.network, bench.parameters, team, {.batch = 7});
  Probing probing(bench.network, bench.parameters, team);
  const Diagnosis found =
      diagnose(evaluation, probing, bench.task.corpus, {.samples = 3, .probe_rows = 9});
  CHECK(found.elbo.rate == doctest::Approx(elbo_rows(evaluation, bench.task.corpus).mean().rate));
  CHECK(found.zeroed.size() == latent);
  CHECK(found.sensitivity_per_dimension.size() == latent);
  CHECK(found.sensitivity > 0);
  CHECK(found.importance_weighted.has_value());
  CHECK(found.prior.has_value());
  CHECK(std::isfinite(found.permuted.nll_rise.value));
  CHECK(found.posterior_gap.has_value());
  CHECK_FALSE((found.means || found.marginal_kl));
  CHECK(std::isnan(found.information.lower.value));
  CHECK_FALSE(found.information.is_near_cap());
  REQUIRE(found.left_out.size() == 1);
  CHECK(found.left_out[0].starts_with("z is a sequence"));
}

TEST_CASE("places take one group: floors of several and of each dimension are refused") {
  const std::string refused =
      ": the rows of this kl are places of a sequence of latents, and rows have other numbers of "
      "them: they take one group";
  TwoRows two;
  CHECK_THROWS_WITH_AS(FreeBits<3>(1.0).evaluate(two.terms, two.seeds),
                       ("FreeBits: kl is [3 x 2]" + refused).c_str(), ShapeError);
  CHECK_THROWS_WITH_AS(HaBits<>(1.0).evaluate(two.terms, two.seeds),
                       ("HaBits: kl is [3 x 2]" + refused).c_str(), ShapeError);
  const Report report = FreeBits<1>(1.0).evaluate(two.terms, two.seeds);
  CHECK(report.rate == 5);
  CHECK(report.penalty == 5);
  // The mean over entries is over places that there are: four symbols a word, two places a word.
  CHECK(compat::PerEntry(Elbo()).evaluate(two.terms, two.seeds).penalty == 5 * 4.0 / 2);
}
