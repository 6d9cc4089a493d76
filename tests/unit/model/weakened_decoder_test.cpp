// The network with its decoder weakened: embedding dropout in training and never in evaluation, and
// targets that nothing drops.
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;
using vaecollapse_test::TinyTask;
using vaecollapse_test::values;
using vc::Index;
using vc::Row;

namespace {

const std::vector<Row> some_rows{7, 0, 31, 2, 70, 44, 13, 8, 8, 50, 22};

/// The gradients of one step of training.
struct Step {
  vc::Report report;
  std::vector<double> gradients;
  vc::Corruption corruption;

  template <class Dropout>
  explicit Step(const Dropout& dropout, const vc::Draws& draws = vc::Draws(3, 5), int threads = 1) {
    const TinyTask task;
    vc::Parameters<double> parameters(task.layout, vc::Seed{2});
    vc::Team team(threads);
    vc::Tape<double> tape(parameters, team);
    const vc::Batch batch(task.corpus, some_rows);
    const std::vector<vc::Symbol> targets(batch.targets().ids.begin(), batch.targets().ids.end());
    const vc::Seq2SeqVae model(task.network, vc::Elbo(), dropout);
    report = model.differentiate(tape, batch, draws, corruption);
    gradients.assign(parameters.gradients().begin(), parameters.gradients().end());
    CHECK(std::equal(targets.begin(), targets.end(), batch.targets().ids.begin()));
  }
};

}  // namespace

TEST_CASE("embedding dropout: a step is the same for the same draws, on any number of threads") {
  const vc::EmbeddingDropout<0.4> dropout;
  const Step step(dropout);
  CHECK(step.corruption.unit_rate == 0.4);
  CHECK(Step(dropout).gradients == step.gradients);
  CHECK(Step(dropout, vc::Draws(3, 5), 3).gradients == step.gradients);
  CHECK(Step(dropout, vc::Draws(3, 6)).report.nll != step.report.nll);
  const Step clean{vc::NoDropout()};
  CHECK(step.report.nll != clean.report.nll);
  CHECK(step.report.rate == clean.report.rate);  // the encoder's embeddings lose nothing
  CHECK(Step(vc::EmbeddingDropout<0>()).gradients == clean.gradients);
}

TEST_CASE("embedding dropout of all units is a decoder that reads zeros") {
  const Step all{vc::EmbeddingDropout<1>()};
  const Step zeros{vc::CharacterDropout<1>({.replacement = vc::no_symbol, .drop_start = true})};
  CHECK(all.report.nll == doctest::Approx(zeros.report.nll).epsilon(1e-12));
}

TEST_CASE("embedding dropout: a row's NLL is the same in any batch") {
  const TinyTask task;
  const vc::Parameters<double> parameters(task.layout, vc::Seed{2});
  vc::Workspace<double> cx(parameters);
  const vc::Draws draws(3, 5);
  const auto nll = [&](const std::vector<Row>& rows) {
    const vc::Scope scope(cx);
    const vc::Batch batch(task.corpus, rows);
    return values(task.network
                      .terms(cx, batch, draws, batch.inputs(),
                             {.rate = 0.4, .draws = draws, .rows = batch.rows()})
                      .nll);
  };
  const auto many = nll(some_rows);
  for (std::size_t i = 0; i < some_rows.size(); ++i) {
    CHECK(nll({1, some_rows[i], 34})[1] == doctest::Approx(many[i]).epsilon(1e-12));
  }
}

TEST_CASE("a decoder without embedding dropout says so") {
  struct WithoutDropout {
    vc::GruDecoder decoder;
    Index symbols() const { return decoder.symbols(); }
    auto steps(vc::Workspace<float>& ws, const vc::Conditions<float>& given) const {
      return decoder.steps(ws, given);
    }
    vc::Sequence<float> operator()(vc::Tape<float>& tape, const vc::Conditions<float>& given,
                                   const vc::Symbols& inputs) const {
      return decoder(tape, given, inputs);
    }
  };
  static_assert(vc::Decoder<WithoutDropout> && !vc::DropsUnits<WithoutDropout>);
  static_assert(!vc::MayBeParallel<WithoutDropout> && vc::MayBeParallel<vc::GruDecoder>);
  static_assert(vc::DropsUnits<vc::GruDecoder>);
  const TinyTask task;
  vc::Parameters<float> parameters(task.layout, vc::Seed{2});
  vc::Tape<float> tape(parameters);
  const vc::Batch batch(task.corpus, some_rows);
  const vc::SequenceVae network(task.network.encoder(), task.network.posterior(),
                                WithoutDropout{task.network.decoder()});
  const vc::Seq2SeqVae model(network, vc::Elbo(), vc::EmbeddingDropout<0.4>());
  vc::Corruption corruption;
  CHECK_THROWS_WITH_AS(model.differentiate(tape, batch, vc::Draws(3, 5), corruption),
                       "sequence_vae: this decoder has no embedding dropout", vc::Error);
}
