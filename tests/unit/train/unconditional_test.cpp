// An unconditional VAE over words the whole way: no tags, no sources but the words themselves. It
// trains, is evaluated and diagnosed, and its words come from z of one's own.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sample.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/train/trainer.hpp>

#include "support/tiny_words.hpp"
#include "unit/train/epoch_log.hpp"

using namespace vaecollapse;
using vaecollapse::test::EpochLog;
using vaecollapse_test::TinyWords;

namespace {

struct Trained {
  TinyWords task;
  Parameters<float> parameters{task.layout, Seed{5}};
  Team team;
  EpochLog log;

  explicit Trained(std::uint64_t epochs, int threads = 1) : team(threads) {
    Trainer trainer(Seq2SeqVae(task.network, FreeBits<1>(6.0), NoDropout()), parameters,
                    Adam<float>({.learning_rate = 1e-2}), task.corpus, task.corpus,
                    {.epochs = epochs, .batch = 9}, team);
    trainer.fit(log);
  }
};

}  // namespace

TEST_CASE("an unconditional VAE trains, is evaluated, diagnosed, and sampled from z of one's own") {
  Trained model(200);
  const TinyWords& task = model.task;
  CHECK(model.log.epochs.back().train_nll < 0.5 * model.log.epochs.front().train_nll);

  Evaluation evaluation(task.network, model.parameters, model.team);
  Probing probing(task.network, model.parameters, model.team);
  const ElboTerms elbo = elbo_rows(evaluation, task.corpus).mean();
  const Diagnosis diagnosis =
      diagnose(evaluation, probing, task.corpus, {.samples = 2, .probe_rows = 20});
  CHECK(diagnosis.elbo.nll == doctest::Approx(elbo.nll).epsilon(1e-5));
  CHECK(diagnosis.permuted.nll_rise.value > 1);  // nothing but z tells which word it is
  CHECK_FALSE(diagnosis.verdict.has_collapsed());

  // As many z as one wants, from the prior: no row of a corpus stands behind them.
  Workspace workspace(model.parameters, model.team);
  const std::vector<Row> rows{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const Draws draws(7, 0);
  const auto z = workspace.make<2>(Shape<2>{{TinyWords::latent, Index(rows.size())}});
  fill_normal(draws, Stream::prior, rows, 0, z.value_view());
  const auto& decoder = task.network.decoder();
  const auto likeliest = greedy(workspace, decoder, z, {.longest = 10});
  const auto best = decode(workspace, decoder, z, {.beam = 4, .longest = 10});
  const auto drawn = sample_words(workspace, decoder, z, draws, rows, {.longest = 10});
  std::size_t known = 0, words = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(best[i].front().log_probability >= likeliest[i].front().log_probability - 1e-4);
    for (const Hypothesis& word : {likeliest[i].front(), drawn[i]}) {
      ++words;
      const std::u32string text = task.vocabulary.decode(word.ids);
      known += std::ranges::count(task.words, text) > 0 ? 1 : 0;
    }
  }
  CHECK(2 * known > words);
}

TEST_CASE("an unconditional VAE has the same bits on one, two and three threads") {
  const Trained one(2);
  for (const int threads : {2, 3}) {
    const Trained other(2, threads);
    CHECK(std::ranges::equal(one.parameters.values(), other.parameters.values()));
    CHECK(one.log.epochs.back().dev_elbo == other.log.epochs.back().dev_elbo);
  }
}
