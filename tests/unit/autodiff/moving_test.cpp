// What is frozen is a constant: it carries no gradient, and what depends on constants alone is not
// recorded. That the other gradients keep their bits is a part of every gradient check.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>

#include "support/tiny_corpus.hpp"
#include "tape_support.hpp"

using namespace tape_test;

namespace {

std::vector<std::string> recorded(const vc::Tape<float>& tape) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < tape.size(); ++i) names.emplace_back(tape[i].name);
  return names;
}

/// A batch of a small task, and the gradients of one training step.
struct Step {
  vaecollapse_test::TinyTask task;
  vc::Parameters<float> parameters{task.layout, vc::Seed{1}};
  vc::Batch batch;
  vc::Corruption corruption;
  vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, vc::Elbo, vc::NoDropout> model{
      task.network, vc::Elbo(), vc::NoDropout()};

  Step() { batch.assign(task.corpus, std::vector<vc::Row>{0, 5, 9, 33, 40}); }

  vc::Report differentiate(const vc::ParameterRange* moving, int threads = 1) {
    vc::Team team(threads);
    vc::Tape<float> tape(parameters, team);
    tape.set_moving(moving);
    parameters.zero_gradients();
    return model.differentiate(tape, batch, vc::Draws(1, 2), corruption);
  }
  std::vector<float> gradients() {
    return {parameters.gradients().begin(), parameters.gradients().end()};
  }
};

}  // namespace

TEST_CASE("a frozen parameter's Var carries no gradient, until all move again") {
  Model model;
  Tape tape(model.parameters);
  const vc::ParameterRange bias(model.layout, {"bias"});
  tape.set_moving(bias);
  CHECK_FALSE(tape.parameter(model.weight).has_gradient());
  CHECK(tape.parameter(model.bias).has_gradient());
  tape.set_moving(nullptr);
  CHECK(tape.parameter(model.weight).has_gradient());
}

TEST_CASE("what depends on nothing that moves is not recorded, and is no loss") {
  Model model;
  Tape tape(model.parameters);
  const vc::ParameterRange nothing(model.layout, {});
  tape.set_moving(nothing);
  const vc::Scope scope(tape);
  const auto y = vc::affine(tape, tape.parameter(model.weight), tape.parameter(model.bias),
                            tape.constant(counting(2, 4)));
  const auto loss = total(tape, y);
  CHECK_FALSE(loss.has_gradient());
  CHECK(tape.size() == 0);
  CHECK_THROWS_WITH_AS(tape.backward(loss), "backward: the loss depends on nothing that moves",
                       vc::Error);
}

TEST_CASE("a range of another layout is refused") {
  Model model;
  Tape tape(model.parameters);
  vc::Layout other;
  other.add("bias", vc::Shape<1>{{3}}, vc::Init::zeros());
  const vc::ParameterRange range(other, {"bias"});
  CHECK_THROWS_WITH_AS(tape.set_moving(range),
                       "tape: the range is of another layout, of 1 parameters: here there are 2",
                       vc::Error);
  CHECK(tape.parameter(model.weight).has_gradient());
}

TEST_CASE("a frozen encoder records nothing before the posterior, a frozen decoder all of itself") {
  Step step;
  const auto names = [&](const vc::ParameterRange* moving) {
    vc::Tape<float> tape(step.parameters);
    tape.set_moving(moving);
    const vc::Scope scope(tape);
    step.task.network.terms(tape, step.batch, vc::Draws(1, 2), step.batch.inputs());
    return recorded(tape);
  };
  const auto count = [](const std::vector<std::string>& all, const char* name) {
    return std::count(all.begin(), all.end(), name);
  };
  const vc::ParameterRange encoder(step.task.layout, {"encoder"});
  const vc::ParameterRange others = vc::ParameterRange::without(step.task.layout, {"encoder"});
  const vc::ParameterRange decoder(step.task.layout, {"decoder"});
  const auto all = names(nullptr);
  CHECK(count(all, "gru") == 3);
  CHECK(count(names(&others), "gru") == 1);
  CHECK(count(names(&others), "gaussian_kl") == 1);
  CHECK(count(names(&encoder), "gru") == 3);
  CHECK(count(names(&decoder), "gru") == 1);
  CHECK(count(names(&decoder), "gaussian_kl") == 0);
  CHECK(count(names(&decoder), "gaussian_sample") == 0);
}

TEST_CASE("a training step with a part frozen: the same report, and the same bits of the rest") {
  Step step;
  const vc::Report whole = step.differentiate(nullptr);
  const std::vector<float> all = step.gradients();
  for (const char* frozen :
       {"encoder", "posterior", "decoder", "decoder.output", "encoder.embedding"}) {
    for (const int threads : {1, 2, 3}) {
      const auto moving = vc::ParameterRange::without(step.task.layout, {frozen});
      const vc::Report report = step.differentiate(&moving, threads);
      CAPTURE(frozen);
      CHECK(report.loss == whole.loss);
      CHECK(report.rate == whole.rate);
      std::vector<float> expected(all.size(), 0.0f);
      for (const vc::Segment& part : moving.segments()) {
        std::copy_n(all.begin() + part.offset, part.size, expected.begin() + part.offset);
      }
      CHECK(step.gradients() == expected);
    }
  }
}

TEST_CASE("a training step whose KL depends on nothing that moves goes by the NLL") {
  Step step;
  step.differentiate(nullptr);
  const std::vector<float> all = step.gradients();
  const vc::ParameterRange decoder(step.task.layout, {"decoder"});
  step.differentiate(&decoder);
  const std::vector<float> found = step.gradients();
  const vc::Segment& part = decoder.segments().at(0);
  CHECK(std::equal(found.begin() + part.offset, found.begin() + part.offset + part.size,
                   all.begin() + part.offset));
  CHECK(std::all_of(found.begin(), found.begin() + part.offset, [](float x) { return x == 0; }));
}

TEST_CASE("terms of a workspace or of another tape are refused, whatever moves") {
  Step step;
  const vc::ParameterRange decoder(step.task.layout, {"decoder"});
  vc::Tape<float> tape(step.parameters), other(step.parameters);
  tape.set_moving(decoder);
  other.set_moving(decoder);
  const auto terms =
      step.task.network.terms(other, step.batch, vc::Draws(1, 2), step.batch.inputs());
  CHECK_THROWS_AS(vc::backward(tape, vc::Elbo(), terms), vc::Error);
  vc::Workspace<float> workspace(step.parameters);
  const auto computed =
      step.task.network.terms(workspace, step.batch, vc::Draws(1, 2), step.batch.inputs());
  CHECK_THROWS_AS(vc::backward(tape, vc::Elbo(), computed), vc::Error);
}
