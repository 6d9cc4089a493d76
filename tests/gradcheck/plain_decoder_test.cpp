// The plain decoder with what it may have and without, against central differences.
#include <cstdint>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/model/plain_decoder.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

constexpr Index latent = 3, context_rows = 2;
const std::vector<std::uint32_t> corpus_rows{4, 0, 7, 7, 1};

/// The gradients of z and of the context, where there are any, and of all parameters: of the
/// logits, or of the NLL of a training step.
void check_decoder(const vc::PlainDecoderSizes& sizes, double unit_rate = 0,
                   std::optional<double> smoothing = std::nullopt) {
  CAPTURE(sizes.latent);
  CAPTURE(sizes.context);
  CAPTURE(sizes.tags);
  CAPTURE(sizes.tied);
  CAPTURE(sizes.has_biases);
  CAPTURE(sizes.output_dropout);
  CAPTURE(unit_rate);
  const Ragged batch;
  vc::Layout layout;
  vc::Slot<2> z, context;
  if (sizes.latent > 0) z = matrix(layout, "z", sizes.latent, Ragged::rows);
  if (sizes.context > 0) context = matrix(layout, "context", sizes.context, Ragged::rows);
  const vc::PlainDecoder decoder(layout, "decoder", sizes);
  const vc::kernels::UnitDropout units{
      .rate = unit_rate, .draws = vc::Draws(5, 2), .rows = corpus_rows};
  const auto given = [&](Tape& t) {
    vc::Conditions<double> all{.z = t.make<2>(vc::Shape<2>{{0, Ragged::rows}}),
                               .tags = batch.tag_sets()};
    if (sizes.latent > 0) all.z = t.parameter(z);
    if (sizes.context > 0) all.context = t.parameter(context);
    return all;
  };
  if (smoothing) {
    check(layout, [&](Tape& t) {
      return decoder.nll(t, given(t), batch.symbols_of_plan(), batch.symbols_of_plan(), units,
                         vc::LabelSmoothing(*smoothing));
    });
  } else {
    check(layout,
          [&](Tape& t) { return decoder(t, given(t), batch.symbols_of_plan(), units).columns; });
  }
}

vc::PlainDecoderSizes usual_sizes() {
  return {.symbols = Ragged::symbols, .embedding = 3, .hidden = 4, .latent = latent};
}

}  // namespace

TEST_CASE("gradcheck: the plain decoder") {
  for (const Index context : {Index{0}, context_rows}) {
    for (const Index tags : {Index{0}, Ragged::tags}) {
      for (const double unit_rate : {0.0, 0.4}) {
        auto sizes = usual_sizes();
        sizes.context = context;
        sizes.tags = tags;
        check_decoder(sizes, unit_rate);
      }
    }
  }
}

TEST_CASE("gradcheck: the plain decoder without z, with tied weights and its outputs dropped") {
  auto sizes = usual_sizes();
  sizes.output_dropout = 0.3;
  check_decoder(sizes);
  check_decoder(sizes, 0.4, 0.1);
  sizes.latent = 0;
  check_decoder(sizes, 0.4);
  sizes.context = context_rows;
  check_decoder(sizes, 0, 0.0);
  sizes.context = 0;
  sizes.tied = true;
  sizes.hidden = sizes.embedding;
  check_decoder(sizes, 0, 0.0);
  sizes.latent = latent;
  check_decoder(sizes, 0.4, 0.0);
  sizes.has_biases = false;
  sizes.drops_per_row = true;
  check_decoder(sizes, 0.4);
  check_decoder(sizes, 0.4, 0.1);
}
