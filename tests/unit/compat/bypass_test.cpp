// The encoder's state beside z, and in place of h_0.
#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/compat/bypass.hpp>
#include <vaecollapse/compat/reinflection_network.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/elbo.hpp>

#include "support/tiny_corpus.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;
using vaecollapse_test::TinyTask;
using vaecollapse_test::values;
using vc::Index;
using vc::Row;
using vc::compat::BypassedDecoder;

static_assert(vc::ConditionsOnCode<BypassedDecoder> && !vc::ConditionsOnCode<vc::GruDecoder>);
static_assert(vc::DropsUnits<BypassedDecoder> && vc::MayBeParallel<BypassedDecoder>);

namespace {

const std::vector<Row> some_rows{7, 0, 31, 2, 70, 44, 13, 8, 8, 50, 22};
constexpr Index symbols = 9, hidden = 6, latent = 3, rows = 4;

vc::RecurrentDecoderSizes sizes() {
  return {.symbols = symbols, .tags = 5, .embedding = 4, .hidden = hidden, .latent = latent};
}

/// A decoder, and four rows of [z; s], tags and symbols for it.
struct Model {
  vc::Layout layout;
  BypassedDecoder decoder{layout, "decoder", sizes(), hidden};
  vc::Parameters<double> parameters{layout, vc::Seed{3}};
  vc::Workspace<double> workspace{parameters};
  std::vector<Index> lengths{4, 1, 6, 3}, first_tag{0, 1, 1, 4, 6};
  std::vector<vc::Symbol> tag_ids{1, 0, 2, 4, 3, 1}, ids;
  vc::SequencePlan plan{std::span<const Index>(lengths)};
  Eigen::Tensor<double, 2> z{latent + hidden, rows};

  Model() {
    for (Index i = 0; i < z.size(); ++i) z.data()[i] = std::sin(1 + 7.3 * static_cast<double>(i));
    for (Index n = 0; n < plan.columns(); ++n) {
      ids.push_back(static_cast<vc::Symbol>((3 * n + 1) % symbols));
    }
  }

  vc::TagSets tags() const { return {first_tag, tag_ids}; }

  Eigen::MatrixXd logits() {
    const vc::Scope scope(workspace);
    return decoder(workspace, {workspace.constant(z), tags()}, {&plan, ids}).columns.matrix();
  }
};

double distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return (a - b).cwiseAbs().maxCoeff();
}

/// The logits of all columns of the plan, one step at a time.
Eigen::MatrixXd logits_by_steps(Model& model) {
  const vc::Scope scope(model.workspace);
  const auto steps =
      model.decoder.steps(model.workspace, {model.workspace.constant(model.z), model.tags()});
  Eigen::MatrixXd all(symbols, model.plan.columns()), before(hidden, 1), after(hidden, 1),
      out(symbols, 1);
  for (Index row = 0; row < rows; ++row) {
    std::copy_n(steps.start().column(row), hidden, before.data());
    for (Index t = 0; t < model.plan.length(row); ++t) {
      const Index column = model.plan.column(row, t);
      const std::vector<vc::Symbol> id{model.ids[static_cast<std::size_t>(column)]};
      const std::vector<Index> of{row};
      steps.step(model.workspace, id, of, vc::View<const double>(before.data(), hidden, 1),
                 vc::View<double>(after.data(), hidden, 1),
                 vc::View<double>(out.data(), symbols, 1));
      all.col(column) = out;
      before = after;
    }
  }
  return all;
}

/// A network with the bypass, and one without, of widths that allow it.
struct Bypassed {
  TinyTask task;
  vc::Layout layout;
  vc::compat::ReinflectionNetwork network;
  vc::Parameters<double> parameters;
  vc::Workspace<double> workspace{parameters};
  vc::Batch batch{task.corpus, some_rows};

  explicit Bypassed(bool bypass = true)
      : network(vc::compat::make_reinflection_network(layout,
                                                      {.symbols = task.vocabulary.symbols(),
                                                       .tags = task.features.size(),
                                                       .embedding = 8,
                                                       .encoder_hidden = 6,
                                                       .decoder_hidden = 12,
                                                       .latent = 5},
                                                      {.bypass = bypass})),
        parameters(layout, vc::Seed{4}) {}
};

}  // namespace

TEST_CASE("the bypass: h_0 is the encoder's state, and z comes before it") {
  Model model;
  CHECK(model.layout.find("decoder.initial.weight") == nullptr);
  {
    const vc::Scope scope(model.workspace);
    const auto steps =
        model.decoder.steps(model.workspace, {model.workspace.constant(model.z), model.tags()});
    for (Index row = 0; row < rows; ++row) {
      for (Index i = 0; i < hidden; ++i) CHECK(steps.start()(i, row) == model.z(latent + i, row));
    }
  }
  CHECK(distance(model.logits(), logits_by_steps(model)) < 1e-12);
  const Eigen::MatrixXd before = model.logits();
  model.z(0, 0) += 1;  // z still enters the inputs
  CHECK(distance(model.logits(), before) > 1e-3);
}

TEST_CASE("the bypass: widths must fit, and z must enter elsewhere") {
  vc::Layout layout;
  for (const Index width : {8, -1}) {
    CHECK_THROWS_WITH_AS(
        BypassedDecoder(layout, "decoder", sizes(), width),
        doctest::Contains(("decoder: the encoder's state is " + std::to_string(width) +
                           " wide, the decoder's 6: where the one bypasses z to begin the other, "
                           "both must be equal")
                              .c_str()),
        vc::Error);
  }
  auto nowhere = sizes();
  nowhere.z_into = {.h0 = true, .inputs = false, .output = false};
  CHECK_THROWS_WITH_AS(BypassedDecoder(layout, "decoder", nowhere, hidden),
                       "decoder: z enters nowhere: it must enter the inputs or the output, h_0 "
                       "being the encoder's state",
                       vc::Error);
  CHECK(layout.size() == 0);
  CHECK(BypassedDecoder(layout, "decoder", nowhere, 0).symbols() == symbols);
  Model model;
  model.z.resize(latent, rows);
  model.z.setZero();
  CHECK_THROWS_WITH_AS(model.logits(),
                       doctest::Contains("decoder: z is [3 x 4], latent, encoder's "
                                         "state is [3 x 6]: z must have a row"),
                       vc::ShapeError);
}

TEST_CASE("the bypass: the cell state of an LSTM begins as zeros") {
  vc::Layout layout;
  const vc::compat::BypassedRecurrentDecoder<vc::Lstm> decoder(layout, "decoder", sizes(), hidden);
  CHECK(layout.find("decoder.initial.weight") == nullptr);
  const vc::Parameters<double> parameters(layout, vc::Seed{3});
  vc::Workspace<double> workspace(parameters);
  const Model model;
  const auto start = decoder.steps(workspace, {workspace.constant(model.z), model.tags()}).start();
  REQUIRE(start.rows == 2 * hidden);
  for (Index row = 0; row < rows; ++row) {
    for (Index i = 0; i < hidden; ++i) {
      CHECK(start(i, row) == model.z(latent + i, row));
      CHECK(start(hidden + i, row) == 0);
    }
  }
}

TEST_CASE("no bypass: the bits of a GRU decoder") {
  vc::Layout plain_layout, layout;
  const vc::GruDecoder plain(plain_layout, "decoder", sizes());
  const BypassedDecoder decoder(layout, "decoder", sizes(), 0);
  const vc::Parameters<double> parameters(plain_layout, vc::Seed{3});
  vc::Workspace<double> workspace(parameters);
  const vc::Parameters<double> same(layout, vc::Seed{3});
  vc::Workspace<double> other(same);
  const Model model;
  const vc::Symbols inputs{&model.plan, model.ids};
  const auto z = [](auto& cx) {
    const auto x = cx.template make<2>(vc::Shape<2>{{latent, rows}});
    for (Index i = 0; i < x.size(); ++i) x.value_view().data[i] = 0.25 * static_cast<double>(i);
    return x;
  };
  CHECK(values(plain(workspace, {z(workspace), model.tags()}, inputs).columns) ==
        values(decoder(other, {z(other), model.tags()}, inputs).columns));
}

TEST_CASE("the bypass: the decoder is given [z; the encoder's code]") {
  Bypassed model;
  CHECK(model.layout.find("decoder.initial.weight") == nullptr);
  const vc::Scope scope(model.workspace);
  const auto code = model.network.encoder()(model.workspace, model.batch);
  const auto z = model.network.encode(model.workspace, model.batch).mu;
  const auto given = model.network.conditioning(model.workspace, z, model.batch).z;
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
  CHECK(plain.network.conditioning(plain.workspace, z, plain.batch).z.data() == z.data());
}

TEST_CASE("the bypass carries words past z: with it, a z of zeros tells rows apart") {
  for (const bool bypass : {true, false}) {
    CAPTURE(bypass);
    Bypassed model(bypass);
    const vc::Scope scope(model.workspace);
    // Two rows with the tags and the target's length in common, and different sources.
    const std::vector<Row> pair{0, 12};
    const vc::Batch batch(model.task.corpus, pair);
    const auto z = model.workspace.make<2>(vc::Shape<2>{{5, 2}});
    std::fill_n(z.data(), z.size(), 0.0);
    const auto given = model.network.conditioning(model.workspace, z, batch);
    const auto logits = model.network.decoder()(model.workspace, given, batch.inputs()).columns;
    const auto* plan = batch.inputs().plan;
    const bool same = vaecollapse_test::column(logits, plan->column(0, 0)) ==
                      vaecollapse_test::column(logits, plan->column(1, 0));
    CHECK(same != bypass);
  }
}

TEST_CASE("the bypass: gradients of every parameter reach the encoder through both paths") {
  Bypassed model;
  vc::Tape<double> tape(model.parameters);
  vc::Corruption corruption;
  const vc::Seq2SeqVae step(model.network, vc::Elbo(0.0), vc::NoDropout());
  step.differentiate(tape, model.batch, vc::Draws(3, 5), corruption);
  for (const auto& entry : model.layout.entries()) {
    const auto gradient = model.parameters.gradients().subspan(
        static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.shape.size()));
    CAPTURE(entry.name);
    CHECK(std::any_of(gradient.begin(), gradient.end(), [](double g) { return g != 0; }));
  }
}

TEST_CASE("the bypass: a permuted z brings the other row's z and the own row's state") {
  Bypassed model;
  const reinflection::Corpus& corpus = model.task.corpus;
  const auto size = static_cast<std::size_t>(corpus.size());
  vc::Team team;
  vc::Evaluation<vc::compat::ReinflectionNetwork, double> evaluation(
      model.network, std::as_const(model.parameters), team);
  const auto z = z_means(evaluation, corpus);
  CHECK(z.size() == 5 * size);
  CHECK(decode_with_permuted_z(evaluation, corpus).size() == size);
  // By hand: the code that the decoder is given is that of the row whose word it is.
  const std::vector<Row> other = permuted_rows(evaluation, corpus);
  const auto found = nll_rows(evaluation, corpus, std::span<const double>(z), other);
  const vc::Scope scope(model.workspace);
  const auto states = model.network.encoder()(model.workspace, model.batch);
  const auto given = model.workspace.make<2>(vc::Shape<2>{{5 + 12, model.batch.size()}});
  for (Index j = 0; j < model.batch.size(); ++j) {
    double* column = given.value_view().column(j);
    std::copy_n(z.data() + 5 * other[model.batch.rows()[static_cast<std::size_t>(j)]], 5, column);
    std::copy_n(states.view().column(j), 12, column + 5);
  }
  const auto nll =
      model.network.nll(model.workspace, vc::Conditions<double>{given, model.batch.tags()},
                        model.batch, model.batch.inputs(), {});
  for (std::size_t j = 0; j < model.batch.rows().size(); ++j) {
    CHECK(found[model.batch.rows()[j]] == doctest::Approx(nll.data()[j]));
  }
}
