// The plain decoder with what it may have and without, against central differences.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/model/plain_decoder.hpp>

#include "support.hpp"

using namespace gradcheck_test;

namespace {

constexpr Index latent = 3, context_rows = 2;
const std::vector<std::uint32_t> corpus_rows{4, 0, 7, 7, 1};

/// The gradients of z, of the context where there is one, and of all parameters.
void check_decoder(const vc::PlainDecoderSizes& sizes, double unit_rate = 0) {
  CAPTURE(sizes.context);
  CAPTURE(sizes.tags);
  CAPTURE(unit_rate);
  const Ragged batch;
  vc::Layout layout;
  const auto z = matrix(layout, "z", latent, Ragged::rows);
  const auto context = matrix(layout, "context", context_rows, Ragged::rows);
  const vc::PlainDecoder decoder(layout, "decoder", sizes);
  const vc::kernels::UnitDropout units{
      .rate = unit_rate, .draws = vc::Draws(5, 2), .rows = corpus_rows};
  check(layout, [&](Tape& t) {
    vc::Conditions<double> given{.z = t.parameter(z), .tags = batch.tag_sets()};
    if (sizes.context > 0) given.context = t.parameter(context);
    return decoder(t, given, batch.symbols_of_plan(), units).columns;
  });
}

}  // namespace

TEST_CASE("gradcheck: the plain decoder") {
  for (const Index context : {Index{0}, context_rows}) {
    for (const Index tags : {Index{0}, Ragged::tags}) {
      for (const double unit_rate : {0.0, 0.4}) {
        check_decoder({.symbols = Ragged::symbols,
                       .embedding = 3,
                       .hidden = 4,
                       .latent = latent,
                       .context = context,
                       .tags = tags},
                      unit_rate);
      }
    }
  }
}
