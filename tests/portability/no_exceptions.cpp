// Built with -fno-exceptions: a step of training works, and a wrong size prints its sentence and
// aborts, which a handler may still turn into another end.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/optim/adam.hpp>

#ifdef __cpp_exceptions
#error "this program is to be built without exceptions"
#endif

namespace vc = vaecollapse;

int main(int count, char** arguments) {
  std::signal(SIGABRT, [](int) { std::_Exit(3); });
  const bool wrong = count > 1 && std::strcmp(arguments[1], "wrong") == 0;
  const auto words = vc::Words::from({"ev", "evler"});
  vc::Layout layout;
  const vc::Embedding embed(layout, "embed", {.symbols = words.symbols(), .width = 8});
  const vc::Gru encoder(layout, "encoder", {.input = wrong ? 9 : 8, .hidden = 16});
  const vc::GaussianHead posterior(layout, "posterior", {.input = 16, .latent = 4});
  const vc::Gru decoder(layout, "decoder", {.input = 8, .hidden = 16, .context = 4});
  const vc::Linear output(layout, "output", {.input = 16, .output = words.symbols()});
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam;
  const auto q = posterior(tape, encoder(tape, embed(tape, words)).last(), vc::Draws(1, 1));
  const auto states = decoder(tape, embed(tape, words.shifted()), q.z);
  const auto nll = vc::cross_entropy(tape, output(tape, states), words);
  const vc::MDR<2.5> objective;
  const vc::Report now = vc::backward(tape, objective, {.nll = nll, .kl = q.kl});
  adam.step(parameters);
  std::printf("NLL %.2f without exceptions\n", now.nll);
}
