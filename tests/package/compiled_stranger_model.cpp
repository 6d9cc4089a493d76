// The source that uses the tape.
#include <cmath>
#include <vector>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>

#include "compiled_stranger.hpp"

namespace vc = vaecollapse;

float gradient_norm() {
  const auto words = vc::Words::from({"evler", "kitaplar"});
  vc::Layout layout;
  const vc::Embedding embed(layout, "embed", {.symbols = words.symbols(), .width = 8});
  const vc::Gru gru(layout, "gru", {.input = 8, .hidden = 16});
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  const auto last = gru(tape, embed(tape, words)).last();
  tape.backward(vc::weighted_sum(tape, last, std::vector<float>(32, 1)));
  float sum = 0;
  for (const float g : parameters.gradients()) sum += g * g;
  return std::sqrt(sum);
}
