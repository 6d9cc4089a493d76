// What a training step differentiates: auxiliary losses with their weights, and a KL by Monte
// Carlo.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/compat/per_entry.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;
using vaecollapse_test::TinyTask;
using vc::Index;

namespace {

/// A network with a bag of characters, or without.
struct Task : TinyTask {
  vc::Layout bag_layout;
  reinflection::Network bag_network =
      reinflection::make_network(bag_layout, {.symbols = vocabulary.symbols(),
                                              .tags = features.size(),
                                              .embedding = 8,
                                              .encoder_hidden = 12,
                                              .decoder_hidden = 20,
                                              .latent = 6,
                                              .bag = vc::BagEntries::counts});
  vc::Batch batch{corpus, std::vector<vc::Row>{0, 7, 20, 31}};
};

/// What one step reports, and the gradients that it leaves.
struct Step {
  vc::Report report;
  std::vector<double> gradients;
};

template <class Model>
Step step(const Model& model, const vc::Layout& layout, const vc::Batch& batch,
          std::uint64_t number = 3) {
  vc::Parameters<double> parameters(layout, vc::Seed{5});
  vc::Tape<double> tape(parameters);
  vc::Corruption corruption;
  Step result;
  result.report = model.differentiate(tape, batch, vc::Draws(1, number), corruption);
  result.gradients.assign(parameters.gradients().begin(), parameters.gradients().end());
  return result;
}

template <class Objective, class Dropout = vc::NoDropout>
auto make(const reinflection::Network& network, Objective objective, Dropout dropout = {}) {
  return vc::Seq2SeqVae<vc::BiGruEncoder, vc::GruDecoder, Objective, Dropout>(network, objective,
                                                                              dropout);
}

}  // namespace

TEST_CASE("Seq2SeqVae: an auxiliary loss enters loss and gradients with its weight") {
  Task task;
  vc::Layout& layout = task.bag_layout;
  const auto bag = [&](const std::string& name, double weight) {
    return vc::BagOfCharacters(layout, name, {6, task.vocabulary.symbols()}, {.weight = weight});
  };
  const vc::BagOfCharacters once = bag("bag", 1);
  // The same parameters under other weights.
  vc::Layout other;
  reinflection::make_network(other, {.symbols = task.vocabulary.symbols(),
                                     .tags = task.features.size(),
                                     .embedding = 8,
                                     .encoder_hidden = 12,
                                     .decoder_hidden = 20,
                                     .latent = 6,
                                     .bag = vc::BagEntries::counts});
  const vc::BagOfCharacters thrice(other, "bag", {6, task.vocabulary.symbols()}, {.weight = 3});
  REQUIRE(other.size() == layout.size());

  const Step plain = step(make(task.bag_network, vc::Elbo()), layout, task.batch);
  const Step with = step(make(task.bag_network, vc::Elbo() + once), layout, task.batch);
  const Step more = step(make(task.bag_network, vc::Elbo() + thrice), layout, task.batch);
  CHECK(plain.report.auxiliary == 0);
  CHECK(with.report.auxiliary > 0);
  CHECK(with.report.nll == plain.report.nll);
  CHECK(with.report.rate == plain.report.rate);
  CHECK(with.report.loss == doctest::Approx(plain.report.loss + with.report.auxiliary));
  CHECK(more.report.auxiliary == with.report.auxiliary);
  CHECK(more.report.loss == doctest::Approx(plain.report.loss + 3 * with.report.auxiliary));
  double moved = 0;
  for (std::size_t i = 0; i < plain.gradients.size(); ++i) {
    const double by = with.gradients[i] - plain.gradients[i];
    moved = std::max(moved, std::abs(by));
    CHECK(std::abs(more.gradients[i] - plain.gradients[i] - 3 * by) < 1e-12);
  }
  CHECK(moved > 0.01);
  // Nothing of the loss reaches the decoder: it is told from z alone.
  for (const vc::Layout::Entry& entry : layout.entries()) {
    if (!entry.name.starts_with("decoder.")) continue;
    for (Index i = 0; i < entry.shape.size(); ++i) {
      const auto at = static_cast<std::size_t>(entry.offset + i);
      CHECK(with.gradients[at] == plain.gradients[at]);
    }
  }
}

TEST_CASE("Seq2SeqVae: a missing auxiliary loss changes nothing") {
  Task task;
  const vc::OptionalLoss<vc::BagOfCharacters> none;
  const Step plain = step(make(task.network, vc::Elbo()), task.layout, task.batch);
  const Step with = step(make(task.network, vc::Elbo() + none), task.layout, task.batch);
  CHECK(with.report.loss == plain.report.loss);
  CHECK(with.report.auxiliary == 0);
  CHECK(with.gradients == plain.gradients);
}

TEST_CASE("the bag of characters widens the code that the encoder gives") {
  Task task;
  const Index characters = vc::bag_size(task.vocabulary.symbols());
  CHECK(task.bag_network.encoder().width() == task.network.encoder().width() + characters);
  const vc::Parameters<double> parameters(task.bag_layout, vc::Seed{5});
  vc::Workspace<double> cx(parameters);
  const auto code = task.bag_network.encoder()(cx, task.batch).view();
  const auto bag = vc::bag_of_characters(cx, task.batch.source(), task.vocabulary.symbols(),
                                         vc::BagEntries::counts)
                       .view();
  for (Index b = 0; b < code.columns; ++b) {
    for (Index c = 0; c < characters; ++c) CHECK(code(24 + c, b) == bag(c, b));
  }
}

TEST_CASE("a mixture prior gives the objective one group, with the sample's KL") {
  Task task;
  vc::Layout layout;
  const auto network = reinflection::make_network(layout, {.symbols = task.vocabulary.symbols(),
                                                           .tags = task.features.size(),
                                                           .embedding = 8,
                                                           .encoder_hidden = 12,
                                                           .decoder_hidden = 20,
                                                           .latent = 6,
                                                           .prior_components = 3});
  CHECK(network.posterior().kl_groups() == 1);
  CHECK(layout.find("prior.means") != nullptr);
  const auto model = make(network, vc::Elbo());
  CHECK(step(model, layout, task.batch, 3).report.rate !=
        step(model, layout, task.batch, 4).report.rate);
}
