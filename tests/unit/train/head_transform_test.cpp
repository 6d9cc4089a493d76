// The smallest head transform through trainer, evaluation and diagnosis.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_corpus.hpp"
#include "unit/latent/transform/some_transforms.hpp"
#include "unit/train/epoch_log.hpp"

using namespace vaecollapse;
using transform_test::AddToMean;
using vaecollapse::test::EpochLog;
using vaecollapse_test::TinyTask;

namespace {

/// A network with a posterior, trained, and what is found of it.
struct Found {
  std::vector<float> weights, means;
  std::vector<EpochReport> epochs;
  Diagnosis diagnosis;
};

template <class Posterior>
Found train(const TinyTask& task, const Layout& layout, const Posterior& posterior) {
  const SequenceVae network(task.network.encoder(), posterior, task.network.decoder());
  Parameters<float> parameters(layout, Seed{5});
  Team team(1);
  EpochLog log;
  Trainer trainer(Seq2SeqVae(network, Elbo(), NoDropout()), parameters, Adam<float>(), task.corpus,
                  task.corpus, {.epochs = 2, .batch = 8, .probe = 6}, team);
  trainer.fit(log);
  Evaluation evaluation(network, parameters, team);
  Probing probing(network, parameters, team);
  return {{parameters.values().begin(), parameters.values().end()},
          z_means(evaluation, task.corpus),
          log.epochs,
          diagnose(evaluation, probing, task.corpus, {.samples = 2, .probe_rows = 6})};
}

template <class Transform>
Found train_with(const Transform& transform) {
  TinyTask task;
  const TransformedHead posterior(task.layout, "posterior.transform", task.network.posterior(),
                                  transform);
  return train(task, task.layout, posterior);
}

void check_same(const Found& one, const Found& other) {
  CHECK(one.weights == other.weights);
  CHECK(one.means == other.means);
  REQUIRE(one.epochs.size() == 2);
  CHECK(one.epochs.back().dev_elbo == other.epochs.back().dev_elbo);
  CHECK(one.epochs.back().dev_levenshtein == other.epochs.back().dev_levenshtein);
  CHECK(one.diagnosis.elbo.rate == other.diagnosis.elbo.rate);
  CHECK(one.diagnosis.importance_weighted->nll.value ==
        other.diagnosis.importance_weighted->nll.value);
  CHECK(one.diagnosis.kl_per_dimension == other.diagnosis.kl_per_dimension);
  CHECK(one.diagnosis.posterior_gap == other.diagnosis.posterior_gap);
  CHECK(one.diagnosis.accuracy == other.diagnosis.accuracy);
}

}  // namespace

TEST_CASE("a transform that does nothing trains and is diagnosed to the bits of none") {
  const TinyTask task;
  const Found plain = train(task, task.layout, task.network.posterior());
  check_same(train_with(AddToMean{0}), plain);
  check_same(train_with(AnyHeadTransform()), plain);
}

TEST_CASE("trainer, evaluation and diagnosis see what a transform makes of q, erased or not") {
  // Means near 3 in six dimensions cost 27 nats before anything is learnt.
  const Found found = train_with(AddToMean{3});
  CHECK(found.epochs.front().train_rate > 10);
  CHECK(found.epochs.back().dev_rate < found.epochs.front().dev_rate);
  double squares = 0;
  for (const float mean : found.means) squares += 0.5 * double(mean) * double(mean);
  const double rows = double(found.means.size()) / 6;
  CHECK(found.diagnosis.elbo.rate > squares / rows);
  CHECK(found.diagnosis.elbo.rate == doctest::Approx(found.epochs.back().dev_rate).epsilon(1e-3));
  check_same(train_with(AnyHeadTransform(AddToMean{3})), found);
}
