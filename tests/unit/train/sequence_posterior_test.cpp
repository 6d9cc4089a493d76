// A family whose latent is a sequence, through everything: the trainer, evaluation with another
// word's z, diagnosis, and a run that is resumed.
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

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
#include <vaecollapse/objective/places.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support.hpp"
#include "support/places_network.hpp"
#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse::test::Snapshot;
using vaecollapse::test::StoppingLog;
using vaecollapse_test::MeanOfPlacesDecoder;
using vaecollapse_test::TinyTask;

static_assert(PosteriorFamily<PlacesHead> && HasPrior<PlacesHead> && !GaussianFamily<PlacesHead>);
static_assert(has_sequence_latent<PlacesHead> && !VectorPosterior<PlacesHead>);
static_assert(PosteriorFamily<compat::MeanInTraining<PlacesHead>> &&
              has_sequence_latent<compat::MeanInTraining<PlacesHead>> &&
              HasKlRows<compat::MeanInTraining<PlacesHead>>);
static_assert(!std::is_constructible_v<AnyPosterior, PlacesHead>);

namespace {

/// The global z fills two columns of four dimensions before the places of a row, and the length's
/// price is the first row of the KL.
constexpr Index latent = 4, global = 6, before_places = 2;

struct Bench {
  TinyTask task;
  Layout layout;
  vaecollapse_test::PlacesNetworkOf<> network = vaecollapse_test::make_places_network(
      layout, task.vocabulary.symbols(), task.features.size(), {.place = latent, .global = global});
  Parameters<float> parameters{layout, Seed{3}};

  Bench() { count_lengths(network, parameters, task.corpus); }

  /// Of the source and its end.
  Index places(Row row) const { return static_cast<Index>(task.corpus.source(row).size()) + 1; }
};

/// The same network and what trains it.
template <class Objective>
struct Training {
  Bench bench;
  Team team;
  Trainer<Seq2SeqVae<PlacesEncoder<Gru>, MeanOfPlacesDecoder, Objective, NoDropout, PlacesHead>,
          Adam<float>, reinflection::Corpus>
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

TEST_CASE("a wrapped family of places has the parts of the family itself") {
  const Bench bench;
  const PlacesHead& head = bench.network.posterior();
  const auto own = sequence_parts(head),
             wrapped = sequence_parts(compat::MeanInTraining(head, true));
  CHECK(own.global == global);
  CHECK(wrapped.global == own.global);
  CHECK(wrapped.length_rows == own.length_rows);
  CHECK(wrapped.global_columns == own.global_columns);
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

TEST_CASE("the counts of lengths stay as they were, whatever a training does") {
  Training training(Places<>(3.0, {.global = 2}));
  const auto counts = [](const Bench& bench) {
    const auto values =
        std::as_const(bench.parameters).values(*bench.layout.find("posterior.lengths"));
    return std::vector<float>(values.begin(), values.end());
  };
  training.trainer.fit(training.log);
  CHECK(training.log.epochs.back().train_nll < training.log.epochs.front().train_nll);
  CHECK(counts(training.bench) == counts(Bench()));
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
  CHECK(kl.rows() == 1 + before_places + bench.places(1));
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
    CHECK(posteriors.places[row].count == before_places + bench.places(row));
    has_other_length = has_other_length || bench.places(row) != bench.places(source_of[row]);
  }
  CHECK(has_other_length);
  // This decoder reads the mean over places and the global z: it is given those of the other word.
  Workspace<float> workspace(bench.parameters);
  for (const Row row : {Row{0}, Row{1}, Row{40}}) {
    const Scope scope(workspace);
    const PlaceRange places = posteriors.places[source_of[row]];
    const Batch batch(bench.task.corpus, std::vector<Row>{row});
    const auto read = workspace.make<2>(Shape<2>{{latent + global, 1}});
    const auto z = posteriors.view(posteriors.z).middle_columns(places.first, places.count);
    for (Index d = 0; d < latent; ++d) {
      float sum = 0;
      for (Index t = before_places; t < places.count; ++t) sum += z(d, t);
      read.data()[d] = sum / static_cast<float>(places.count - before_places);
    }
    for (Index d = 0; d < global; ++d) read.data()[latent + d] = z(d % latent, d / latent);
    const Conditions<float> given{.z = read, .tags = batch.tags()};
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
    const auto& lengths = *bench.network.posterior().lengths();
    const Index places = bench.places(batch.rows()[static_cast<std::size_t>(j)]);
    double log_weight =
        lengths.log_probability(workspace, places) - static_cast<double>(nll.data()[j]);
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
