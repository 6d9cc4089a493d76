// The attending decoder and the ops that it needs, against central differences: every parameter and
// z, of ragged rows of which some have one place, with a global z and without.
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/sequence_attention.hpp>
#include <vaecollapse/autodiff/ops/sequence_steps.hpp>
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

TEST_CASE("gradcheck: the mean over steps, and the first steps on top of each other") {
  namespace vc = vaecollapse;
  const ad::Ragged batch;
  const ad::Latents places(1);
  vc::Layout layout;
  const auto ragged = gradcheck_test::matrix(layout, "ragged", 3, ad::Ragged::columns);
  const auto z = gradcheck_test::matrix(layout, "z", 3, places.plan.columns());
  for (const ad::Index first : {0, 1, 4}) {
    ad::check(layout, [&](ad::Tape& tape) {
      const vc::Sequence<double> x{tape.parameter(ragged), &batch.plan};
      return vc::mean_over_steps(tape, x, first);
    });
  }
  for (const ad::Index height : {2, 3, 5, 6}) {
    ad::check(layout, [&](ad::Tape& tape) {
      const vc::Sequence<double> x{tape.parameter(z), &places.plan};
      return vc::stack_steps(tape, x, height);
    });
  }
}

TEST_CASE("gradcheck: attention to the steps behind the first") {
  namespace vc = vaecollapse;
  const ad::Ragged batch;
  vc::Layout layout;
  const auto keys = gradcheck_test::matrix(layout, "keys", 3, ad::Ragged::columns);
  const auto values = gradcheck_test::matrix(layout, "values", 2, ad::Ragged::columns);
  const auto queries = gradcheck_test::matrix(layout, "queries", 3, 4);
  const auto score = gradcheck_test::vector(layout, "score", 3);
  const std::vector<ad::Index> rows{1, 3, 0, 1};  // row 3 has no step behind the first
  ad::check(layout, [&](ad::Tape& tape) {
    return vc::additive_attention(tape, tape.parameter(queries), rows, tape.parameter(keys),
                                  tape.parameter(score), tape.parameter(values), batch.plan, 1)
        .columns;
  });
  ad::check(layout, [&](ad::Tape& tape) {
    return vc::dot_attention(tape, tape.parameter(queries), rows, tape.parameter(keys),
                             tape.parameter(values), batch.plan, 1)
        .columns;
  });
}
