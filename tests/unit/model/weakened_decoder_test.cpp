// The network with its decoder weakened or bypassed: embedding dropout in training and never in
// evaluation, targets that nothing drops, and the encoder's state beside z.
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/workers.hpp>
#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/evaluator.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
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
  vc::Corruption plan;

  template <class Dropout>
  explicit Step(const Dropout& dropout, const vc::Draws& draws = vc::Draws(3, 5), int threads = 1) {
    const TinyTask task;
    vc::Parameters<double> parameters(task.layout, vc::Seed{2});
    vc::Team team(threads);
    vc::Tape<double> tape(parameters, team);
    const vc::Batch batch(task.corpus, some_rows);
    const std::vector<vc::Symbol> targets(batch.targets().ids.begin(), batch.targets().ids.end());
    const vc::Seq2SeqVae model(task.network, vc::Elbo(), dropout);
    report = model.differentiate(tape, batch, draws, plan);
    gradients.assign(parameters.gradients().begin(), parameters.gradients().end());
    CHECK(std::equal(targets.begin(), targets.end(), batch.targets().ids.begin()));
  }
};

/// A network with the bypass, and one without, of widths that allow it.
struct Bypassed {
  TinyTask task;
  vc::Layout layout;
  vc::reinflection::Network network;
  vc::Parameters<double> parameters;
  vc::Workspace<double> workspace{parameters};
  vc::Batch batch{task.corpus, some_rows};

  explicit Bypassed(bool bypass = true)
      : network(vc::reinflection::make_network(layout, {.symbols = task.vocabulary.symbols(),
                                                        .tags = task.features.size(),
                                                        .embedding = 8,
                                                        .encoder_hidden = 6,
                                                        .decoder_hidden = 12,
                                                        .latent = 5,
                                                        .encoder_state_bypass = bypass})),
        parameters(layout, vc::Seed{4}) {}
};

}  // namespace

TEST_CASE("embedding dropout: a step is the same for the same draws, on any number of threads") {
  const vc::EmbeddingDropout<0.4> dropout;
  const Step step(dropout);
  CHECK(step.plan.unit_rate == 0.4);
  CHECK(Step(dropout).gradients == step.gradients);
  CHECK(Step(dropout, vc::Draws(3, 5), 3).gradients == step.gradients);
  CHECK(Step(dropout, vc::Draws(3, 6)).report.nll != step.report.nll);
  const Step clean{vc::NoDropout()};
  CHECK(step.report.nll != clean.report.nll);
  CHECK(step.report.rate == clean.report.rate);  // the encoder's embeddings lose nothing
  CHECK(Step(vc::EmbeddingDropout<0>()).gradients == clean.gradients);
}

TEST_CASE("embedding dropout of all units is a decoder that hears zeros") {
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
  struct PlainDecoder {
    vc::GruDecoder decoder;
    Index symbols() const { return decoder.symbols(); }
    auto steps(vc::Workspace<float>& ws, const vc::Var<float, 2>& z,
               const vc::TagSets& tags) const {
      return decoder.steps(ws, z, tags);
    }
    vc::Sequence<float> operator()(vc::Tape<float>& tape, const vc::Var<float, 2>& z,
                                   const vc::TagSets& tags, const vc::Symbols& inputs) const {
      return decoder(tape, z, tags, inputs);
    }
  };
  static_assert(vc::Decoder<PlainDecoder> && !vc::DropsUnits<PlainDecoder>);
  static_assert(!vc::MayBeParallel<PlainDecoder> && vc::MayBeParallel<vc::GruDecoder>);
  static_assert(vc::DropsUnits<vc::GruDecoder>);
  const TinyTask task;
  vc::Parameters<float> parameters(task.layout, vc::Seed{2});
  vc::Tape<float> tape(parameters);
  const vc::Batch batch(task.corpus, some_rows);
  const vc::SequenceVae network(task.network.encoder(), task.network.posterior(),
                                PlainDecoder{task.network.decoder()});
  const vc::Seq2SeqVae model(network, vc::Elbo(), vc::EmbeddingDropout<0.4>());
  vc::Corruption plan;
  CHECK_THROWS_WITH_AS(model.differentiate(tape, batch, vc::Draws(3, 5), plan),
                       "sequence_vae: this decoder has no embedding dropout", vc::Error);
}

TEST_CASE("the bypass: the decoder is given [z; the encoder's code]") {
  Bypassed model;
  CHECK(model.network.options().encoder_state_bypass);
  CHECK(model.layout.find("decoder.initial.weight") == nullptr);
  const vc::Scope scope(model.workspace);
  const auto code = model.network.encoder()(model.workspace, model.batch);
  const auto z = model.network.encode(model.workspace, model.batch).mu;
  const auto given = model.network.decoder_code(model.workspace, z, model.batch);
  CHECK(given.rows() == 5 + 12);
  CHECK(vaecollapse_test::rows(given, 0, 5) == values(z));
  CHECK(vaecollapse_test::rows(given, 5, 12) == values(code));
  // `terms` gives what its parts give.
  const vc::Draws draws(1, 2);
  const auto terms = model.network.terms(model.workspace, model.batch, draws, model.batch.inputs());
  const auto q = model.network.encode(model.workspace, model.batch);
  const auto drawn =
      model.network.posterior().sample(model.workspace, q, draws, model.batch.rows());
  CHECK(values(model.network.reconstruct(model.workspace, drawn, model.batch,
                                         model.batch.inputs())) == values(terms.nll));
  Bypassed plain(false);
  CHECK(plain.network.decoder_code(plain.workspace, z, plain.batch).data() == z.data());
}

TEST_CASE("the bypass carries words past z: with it, a z of zeros tells rows apart") {
  for (const bool bypass : {true, false}) {
    CAPTURE(bypass);
    Bypassed model(bypass);
    const vc::Scope scope(model.workspace);
    // Two rows with the tags and the target's length in common, and different sources.
    const std::vector<Row> rows{0, 12};
    const vc::Batch batch(model.task.corpus, rows);
    const auto z = model.workspace.make<2>(vc::Shape<2>{{5, 2}});
    std::fill_n(z.data(), z.size(), 0.0);
    const auto code = model.network.decoder_code(model.workspace, z, batch);
    const auto logits =
        model.network.decoder()(model.workspace, code, batch.tags(), batch.inputs()).columns;
    const auto* plan = batch.inputs().plan;
    const bool same = vaecollapse_test::column(logits, plan->column(0, 0)) ==
                      vaecollapse_test::column(logits, plan->column(1, 0));
    CHECK(same != bypass);
  }
}

TEST_CASE("the bypass: gradients of every parameter reach the encoder through both paths") {
  Bypassed model;
  vc::Tape<double> tape(model.parameters);
  vc::Corruption plan;
  const vc::Seq2SeqVae step(model.network, vc::Elbo(0.0), vc::NoDropout());
  step.differentiate(tape, model.batch, vc::Draws(3, 5), plan);
  for (const auto& entry : model.layout.entries()) {
    const auto gradient = model.parameters.gradients().subspan(
        static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.shape.size()));
    CAPTURE(entry.name);
    CHECK(std::any_of(gradient.begin(), gradient.end(), [](double g) { return g != 0; }));
  }
}

TEST_CASE("the bypass: a permuted z brings the other row's z and the own row's state") {
  Bypassed model;
  vc::Parameters<float> parameters(model.parameters);
  vc::Team team;
  vc::Evaluator evaluator(model.network, std::as_const(parameters), team);
  const auto codes = evaluator.codes(model.task.corpus);
  CHECK(codes.size() == static_cast<std::size_t>(5 * model.task.corpus.size()));
  CHECK(evaluator.guesses_with_permuted_codes(model.task.corpus).size() ==
        static_cast<std::size_t>(model.task.corpus.size()));
}
