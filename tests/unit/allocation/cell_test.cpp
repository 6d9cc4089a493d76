// A warm training step of a cell whose state is more than its output, and of one that is chosen at
// run time, allocates nothing.
#include <array>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/model/any_encoder.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support/leaky_cell.hpp"
#include "support/tiny_corpus.hpp"
#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::BiLeaky;
using vaecollapse_test::Leaky;
using vaecollapse_test::TinyTask;

namespace {

/// Allocations of a warm step of a network, on so many threads.
template <class E, class D>
long allocations_of_cell_step(const TinyTask& task, vc::Layout& layout, const E& encoder,
                              const D& decoder, int threads) {
  const vc::SequenceVae network(
      encoder, vc::GaussianHead(layout, "posterior", {encoder.width(), 6}), decoder);
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Team team(threads);
  vc::Tape<float> tape(parameters, team);
  const std::array<std::vector<vc::Row>, 2> rows{std::vector<vc::Row>{0, 3, 8},
                                                 std::vector<vc::Row>{1, 2, 5, 9}};
  vc::Batch batch;
  return allocation_test::allocations_once_warm([&](std::uint64_t number) {
    batch.assign(task.corpus, rows[number % 2]);
    const vc::Scope scope(tape);
    const auto terms = network.terms(tape, batch, vc::Draws(1, number), batch.inputs());
    terms.nll.gradient_data()[0] = 1;
    tape.run_backward();
  });
}

}  // namespace

TEST_CASE("a warm step of a cell with a state of its own, or of any cell, allocates nothing") {
  const TinyTask task;
  const vc::Index symbols = task.vocabulary.symbols();
  const vc::RecurrentDecoderSizes sizes{.symbols = symbols,
                                        .tags = task.features.size(),
                                        .embedding = 8,
                                        .hidden = 16,
                                        .latent = 6,
                                        .attention = 4};
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    vc::Layout own, any;
    const vc::RecurrentEncoder<BiLeaky> encoder(own, "encoder", {symbols, 8, 12});
    CHECK(allocations_of_cell_step(task, own, encoder,
                                   vc::RecurrentDecoder<Leaky>(own, "decoder", sizes),
                                   threads) == 0);
    const vc::AnyEncoder erased(vc::RecurrentEncoder<vc::BiLstm>(any, "encoder", {symbols, 8, 12}));
    const vc::RecurrentDecoder<vc::AnyCell> decoder(any, "decoder", sizes,
                                                    vc::CellFactory<vc::AnyCell>::of<vc::Lstm>());
    CHECK(allocations_of_cell_step(task, any, erased, decoder, threads) == 0);
  }
}
