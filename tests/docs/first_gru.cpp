// The program of docs/tutorials/first_gru.md: a GRU that learns to spell three words.
#include <cstdio>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

int main() {
  const auto words = vc::Words::from({"evler", "kitap", "kitaplar"});
  vc::Layout layout;
  const vc::Embedding embed(layout, "embed", {.symbols = words.symbols(), .width = 8});
  const vc::Gru gru(layout, "gru", {.input = 8, .hidden = 32});
  const vc::Linear output(layout, "output", {.input = 32, .output = words.symbols()});
  vc::Parameters<float> parameters(layout, vc::Seed{1});

  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 1e-2});
  for (int step = 1; step <= 200; ++step) {
    const vc::Scope scope(tape);
    const auto states = gru(tape, embed(tape, words.shifted()));
    const auto nll = vc::cross_entropy(tape, output(tape, states), words);  // one for each word
    const auto loss = vc::mean(tape, nll);
    tape.backward(loss);
    adam.step(parameters);
    if (step % 100 == 0) std::printf("step %d: %.2f nats per word\n", step, double{loss.item()});
  }
  return 0;
}
