// What a decoder may read, where z may enter it, and dropped units, against central differences.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/unit_dropout.hpp>
#include <vaecollapse/compat/bypass.hpp>
#include <vaecollapse/model/decoder.hpp>

#include "support.hpp"

using namespace gradcheck_test;
using vc::History;
using vc::LatentEntry;

namespace {

const std::vector<std::uint32_t> corpus_rows{4, 0, 7, 7, 1};

vc::kernels::UnitDropout dropped(double rate) {
  return {.rate = rate, .draws = vc::Draws(5, 2), .rows = corpus_rows};
}

constexpr Index latent = 3, hidden = 4;

void check_decoder(const vc::GruDecoder::Sizes& sizes, double unit_rate = 0) {
  const Ragged batch;
  vc::Layout layout;
  const auto z = matrix(layout, "z", latent, Ragged::rows);
  const vc::GruDecoder decoder(layout, "decoder", sizes);
  check(layout, [&](Tape& t) {
    return decoder(t, {t.parameter(z), batch.tag_sets()}, batch.symbols_of_plan(),
                   dropped(unit_rate))
        .columns;
  });
}

vc::GruDecoder::Sizes sizes() {
  return {.symbols = Ragged::symbols,
          .tags = Ragged::tags,
          .embedding = 3,
          .hidden = hidden,
          .latent = latent};
}

}  // namespace

TEST_CASE("gradcheck: dropped units") {
  const Ragged batch;
  vc::Layout layout;
  const auto x = matrix(layout, "x", 6, Ragged::columns);
  for (const double rate : {0.0, 0.4, 1.0}) {
    check(layout, [&](Tape& t) {
      return vc::drop_units(t, vc::Sequence<double>{t.parameter(x), &batch.plan}, dropped(rate))
          .columns;
    });
  }
}

TEST_CASE("gradcheck: a decoder whose embeddings lose units") {
  check_decoder(sizes(), 0.4);
  auto attending = sizes();
  attending.attention = 2;
  check_decoder(attending, 0.4);
}

TEST_CASE("gradcheck: z enters a decoder anywhere") {
  for (const LatentEntry& z_into :
       {LatentEntry{true, false, false}, LatentEntry{false, true, false},
        LatentEntry{false, false, true}, LatentEntry{true, true, true}}) {
    auto wanted = sizes();
    wanted.z_into = z_into;
    check_decoder(wanted);
  }
}

TEST_CASE("gradcheck: historyless decoders, with and without attention") {
  for (const History history : {History::zeroed, History::absent}) {
    for (const Index attention : {0, 2}) {
      auto wanted = sizes();
      wanted.history = history;
      wanted.attention = attention;
      check_decoder(wanted);
    }
  }
}

TEST_CASE("gradcheck: a decoder that starts from the encoder's state") {
  auto wanted = sizes();
  wanted.z_into.output = true;
  const Ragged batch;
  vc::Layout layout;
  const auto z = matrix(layout, "z", latent + hidden, Ragged::rows);
  const vc::compat::BypassedDecoder decoder(layout, "decoder", wanted, hidden);
  check(layout, [&](Tape& t) {
    return decoder(t, {t.parameter(z), batch.tag_sets()}, batch.symbols_of_plan()).columns;
  });
}
