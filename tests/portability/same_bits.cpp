// Prints a hash of the gradients of a GRU and an LSTM on each other, for batches of 1 to 9 words.
// Built with -O0, -Os and -O2: kernels are unrolled differently, and the bits must be the same.
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/lstm.hpp>

namespace vc = vaecollapse;

namespace {

constexpr std::string_view names[] = {"ev", "kitap",    "a", "evler",  "kitaplar",
                                      "at", "evlerden", "e", "atlarda"};

template <class Scalar>
void add_gradients(std::size_t count, vc::Team& team, vc::Hash& hash) {
  const auto words = vc::Words::from(std::span(names).first(count));
  vc::Layout layout;
  const vc::Embedding embed(layout, "embed", {.symbols = words.symbols(), .width = 7});
  const vc::Gru first(layout, "first", {.input = 7, .hidden = 33});
  const vc::Lstm second(layout, "second", {.input = 33, .hidden = 64});
  const vc::Linear output(layout, "output", {.input = 64, .output = 5});
  vc::Parameters<Scalar> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters, team);
  const auto y = output(tape, second(tape, first(tape, embed(tape, words)).states).last());
  const std::vector<Scalar> weights(static_cast<std::size_t>(y.size()), Scalar(1) / 3);
  tape.backward(vc::weighted_sum(tape, y, weights));
  hash.add(std::as_bytes(parameters.gradients()));
}

}  // namespace

int main() {
  vc::Team team(2);
  for (std::size_t count = 1; count <= std::size(names); ++count) {
    vc::Hash hash;
    add_gradients<float>(count, team, hash);
    add_gradients<double>(count, team, hash);
    std::printf("%d words: %s\n", static_cast<int>(count), vc::to_string(hash).c_str());
  }
}
