// A VAE over four words, from layout to step: the library in one screen.
// Prints the NLL falling and the rate staying near the 8 free nats.
#include <cstdio>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/optim/adam.hpp>

namespace vc = vaecollapse;

int main() {
  const auto words = vc::Words::from({"evler", "evlerde", "kitap", "kitaplar"});
  vc::Layout layout;  // names and shapes: no numbers, no scalar type
  const vc::Embedding embed(layout, "embed", {.symbols = words.symbols(), .width = 32});
  const vc::Gru encoder(layout, "encoder", {.input = 32, .hidden = 64});
  const vc::GaussianHead posterior(layout, "posterior", {.input = 64, .latent = 16});
  const vc::Gru decoder(layout, "decoder", {.input = 32, .hidden = 64, .context = 16});
  const vc::Linear output(layout, "output", {.input = 64, .output = words.symbols()});
  vc::Parameters<float> parameters(layout, vc::Seed{7});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 2e-3});
  const vc::FreeBits<1> objective(8.0);  // nats per word
  for (std::uint64_t step = 1; step <= 500; ++step) {
    const vc::Scope scope(tape);  // gives memory back
    const auto code = encoder(tape, embed(tape, words)).last();
    const auto q = posterior(tape, code, vc::Draws(7, step));
    const auto states = decoder(tape, embed(tape, words.shifted()), q.z);
    const auto nll = vc::cross_entropy(tape, output(tape, states), words);
    const auto now = vc::backward(tape, objective, {.nll = nll, .kl = q.kl});
    adam.step(parameters);
    if (step % 100 == 0) {
      std::printf("step %3d  NLL %.2f  rate %.2f nats per word\n", static_cast<int>(step), now.nll,
                  now.rate);
    }
  }
}
