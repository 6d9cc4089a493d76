// The attending decoder against central differences: every parameter and z, of ragged rows of which
// some have one place, with a global z and without.
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/model/attending_decoder.hpp>
#include <vaecollapse/nn/lstm.hpp>

#include "support.hpp"

namespace attending_decoder_gradcheck {

using gradcheck_test::check;
using gradcheck_test::Index;
using gradcheck_test::Ragged;
using gradcheck_test::Tape;
namespace vc = vaecollapse;

constexpr Index latent = 2;

/// A z of 1 to 4 places a row behind its global columns.
struct Latents {
  std::vector<Index> lengths;
  vc::SequencePlan plan;

  explicit Latents(Index global_columns) : lengths{1, 4, 2, 1, 3} {
    for (Index& length : lengths) length += global_columns;
    plan.assign(lengths);
  }
};

template <class Recurrent>
void check_decoder(const vc::AttendingDecoderSizes& sizes, double unit_rate = 0) {
  CAPTURE(sizes.global);
  CAPTURE(sizes.tags);
  CAPTURE(sizes.place_embedding);
  CAPTURE(unit_rate);
  const Ragged batch;
  vc::Layout layout;
  const vc::AttendingDecoder<Recurrent> decoder(layout, "decoder", sizes);
  const Latents places(decoder.global_columns());
  const auto z = gradcheck_test::matrix(layout, "z", latent, places.plan.columns());
  const std::vector<std::uint32_t> corpus_rows{4, 0, 7, 7, 1};
  const vc::kernels::UnitDropout units{
      .rate = unit_rate, .draws = vc::Draws(5, 2), .rows = corpus_rows};
  const auto given = [&](Tape& tape) {
    return vc::Conditions<double, vc::Sequence<double>>{.z = {tape.parameter(z), &places.plan},
                                                        .tags = batch.tag_sets()};
  };
  check(layout, [&](Tape& tape) {
    return decoder(tape, given(tape), batch.symbols_of_plan(), units).columns;
  });
  if (unit_rate > 0) return;
  check(layout,
        [&](Tape& tape) { return decoder.attention(tape, given(tape), batch.symbols_of_plan()); });
}

vc::AttendingDecoderSizes sizes(Index tags, Index global) {
  return {.symbols = Ragged::symbols,
          .tags = tags,
          .embedding = 3,
          .hidden = 4,
          .latent = latent,
          .global = global,
          .attention = 3,
          .tag_embedding = 2};
}

}  // namespace attending_decoder_gradcheck

namespace ad = attending_decoder_gradcheck;

TEST_CASE("gradcheck: the attending decoder of a GRU") {
  using vaecollapse::Gru;
  ad::check_decoder<Gru>(ad::sizes(ad::Ragged::tags, 0));
  ad::check_decoder<Gru>(ad::sizes(ad::Ragged::tags, 3), 0.4);
  auto others = ad::sizes(0, 2);
  others.place_embedding = 2;
  others.places = 3;  // the fourth place shares the third's
  others.mean_into.inputs = false;
  ad::check_decoder<Gru>(others);
  others = ad::sizes(ad::Ragged::tags, 0);
  others.mean_into = {.h0 = false, .inputs = false};
  ad::check_decoder<Gru>(others);
}

TEST_CASE("gradcheck: the attending decoder of an LSTM") {
  ad::check_decoder<vaecollapse::Lstm>(ad::sizes(ad::Ragged::tags, 3));
}
