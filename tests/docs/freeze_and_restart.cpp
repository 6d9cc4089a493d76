// The program of docs/how_to/freeze_and_restart.md: an encoder and a decoder, of which one moves at
// a time, and a decoder that is made anew.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>

namespace vc = vaecollapse;

int main() {
  vc::Layout layout;
  const vc::Linear encoder(layout, "encoder.linear", {.input = 3, .output = 8});
  const vc::Linear decoder(layout, "decoder.linear", {.input = 8, .output = 1});
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape<float> tape(parameters);
  vc::Adam adam({.learning_rate = 1e-2});

  const vc::ParameterRange only_decoder(layout, {"decoder"});
  const auto all_but_encoder = vc::ParameterRange::without(layout, {"encoder"});

  const std::vector<float> weights(4, 1);
  const auto step = [&](const vc::ParameterRange* moving) {
    const vc::Scope scope(tape);
    const auto x = tape.make<2>(vc::Shape<2>{{3, 4}}, false);
    for (vc::Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<float>(i));

    tape.set_moving(moving);
    const auto y = decoder(tape, vc::tanh(tape, encoder(tape, x)));
    tape.backward(vc::weighted_sum(tape, y, weights));
    const vc::Clipped clipped = vc::clip_by_norm(parameters, 1.0, nullptr, moving);
    adam.step(parameters, {.gradient_scale = clipped.scale, .moving = moving});
  };
  const auto first_weight = [&](const char* name) {
    return std::as_const(parameters).values(*parameters.layout().find(name))[0];
  };

  std::uint64_t update = 0;
  const float encoder_before = first_weight("encoder.linear.weight");
  const float decoder_before = first_weight("decoder.linear.weight");
  for (; update < 10; ++update) step(&only_decoder);
  for (; update < 12; ++update) step(&all_but_encoder);
  std::printf("encoder moved by %.3f, decoder by %.3f\n",
              first_weight("encoder.linear.weight") - encoder_before,
              std::abs(first_weight("decoder.linear.weight") - decoder_before));
  for (; update < 20; ++update) step(nullptr);

  parameters.redraw(only_decoder, vc::Seed{1}, update);
  adam.reset(only_decoder);
  std::printf("the decoder has new weights: %s\n",
              first_weight("decoder.linear.weight") != decoder_before ? "yes" : "no");
  for (; update < 30; ++update) step(nullptr);
  return 0;
}
