// A cell and an encoder that are chosen at run time compute what they hold computes: the same
// parameters, values and gradients, and the same words.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/compat/own_symbols.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/model/any_encoder.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support/leaky_cell.hpp"
#include "support/tiny_corpus.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::Leaky;
using vaecollapse_test::TinyTask;
using vaecollapse_test::values;
using vc::Index;

static_assert(vc::AttendingCell<vc::AnyCell> && vc::Encoder<vc::AnyEncoder>);
static_assert(vc::Decoder<vc::RecurrentDecoder<vc::AnyCell>>);
static_assert(vc::compat::StepsIn<vc::RecurrentDecoder<vc::AnyCell>, vc::Tape<float>>);

namespace {

/// What a network finds for some words.
struct FoundByNetwork {
  std::vector<std::string> names;
  std::vector<float> nll, gradients;
  std::vector<std::vector<vc::Symbol>> words;
  friend bool operator==(const FoundByNetwork&, const FoundByNetwork&) = default;
};

template <class E, class D>
FoundByNetwork found_by(const TinyTask& task, vc::Layout& layout, const E& encoder,
                        const vc::GaussianHead& posterior, const D& decoder) {
  const vc::SequenceVae network(encoder, posterior, decoder);
  vc::Parameters<float> parameters(layout, vc::Seed{4});
  FoundByNetwork found;
  for (const auto& entry : layout.entries()) found.names.push_back(entry.name);
  const std::vector<vc::Row> rows{0, 1, 2, 5, 7};
  const vc::Batch batch(task.corpus, rows);
  {
    vc::Tape<float> tape(parameters);
    const vc::Scope scope(tape);
    const auto terms = network.terms(tape, batch, vc::Draws(1, 0), batch.inputs());
    found.nll = values(terms.nll);
    std::fill_n(terms.nll.gradient_data(), terms.nll.size(), 1.0f);
    tape.run_backward();
    found.gradients.assign(parameters.gradients().begin(), parameters.gradients().end());
  }
  vc::Workspace<float> workspace(parameters);
  const vc::Scope scope(workspace);
  const auto z = posterior.mean(network.encode(workspace, batch));
  for (const auto& guesses : vc::beam_search(workspace, network.decoder(), z, batch.tags(),
                                             *batch.source().plan, {.beam = 3, .nbest = 1})) {
    found.words.push_back(guesses.front().ids);
  }
  return found;
}

template <class Recurrent>
void check_erased() {
  const TinyTask task;
  const vc::RecurrentDecoderSizes sizes{.symbols = task.vocabulary.symbols(),
                                        .tags = task.features.size(),
                                        .embedding = 6,
                                        .hidden = 9,
                                        .latent = 4,
                                        .attention = 3};
  using TwoWays = vc::RecurrentEncoder<vc::Bidirectional<Recurrent>>;
  vc::Layout plain, erased;
  const TwoWays encoder(plain, "encoder", {task.vocabulary.symbols(), 6, 7});
  const vc::GaussianHead posterior(plain, "posterior", {encoder.width(), 4});
  const vc::RecurrentDecoder<Recurrent> decoder(plain, "decoder", sizes);
  const vc::AnyEncoder any_encoder(TwoWays(erased, "encoder", {task.vocabulary.symbols(), 6, 7}));
  const vc::GaussianHead same_posterior(erased, "posterior", {any_encoder.width(), 4});
  const vc::RecurrentDecoder<vc::AnyCell> any_decoder(
      erased, "decoder", sizes, vc::CellFactory<vc::AnyCell>::of<Recurrent>());
  const auto expected = found_by(task, plain, encoder, posterior, decoder);
  CHECK(found_by(task, erased, any_encoder, same_posterior, any_decoder) == expected);
  CHECK(std::any_of(expected.gradients.begin(), expected.gradients.end(),
                    [](float d) { return d != 0; }));
}

}  // namespace

TEST_CASE("AnyCell and AnyEncoder compute what they hold computes") {
  check_erased<vc::Gru>();
  check_erased<vc::Lstm>();
  check_erased<Leaky>();
}

TEST_CASE("AnyCell: a sequence without attention, and copies") {
  vc::Layout layout;
  const vc::AnyCell one = vc::CellFactory<vc::AnyCell>::of<Leaky>()(layout, "one", {2, 3});
  const Leaky other(layout, "other", {2, 3});
  const vc::AnyCell copy = one;
  CHECK(one.width() == 3);
  CHECK(copy.state_size() == 6);
  vc::Parameters<float> parameters(layout, vc::Seed{2});
  const auto half = parameters.values().subspan(parameters.values().size() / 2);
  std::copy_n(parameters.values().begin(), half.size(), half.begin());
  vc::Workspace<float> workspace(parameters);
  const vc::SequencePlan plan(std::vector<Index>{3, 1});
  const auto x = workspace.make<2>(vc::Shape<2>{{2, 4}});
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i) / 4;
  const std::array inputs{vc::Contribution<float>::per_step(x)};
  const auto expected = other.sequence(workspace, inputs, plan);
  const auto found = copy.sequence(workspace, inputs, plan);
  CHECK(values(found.last_state()) == values(expected.last_state()));
  CHECK(values(found.states.columns) == values(expected.states.columns));
}
