// The program of docs/how_to/custom_cell.md: VAEs over a few words whose encoders and decoders have
// a recurrent cell of one's own, made of ops and made of kernels.
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include <vaecollapse/vaecollapse.hpp>

#include "../support/cell_of_ops.hpp"
#include "../support/leaky_cell.hpp"

namespace vc = vaecollapse;

namespace custom_cell {

using vaecollapse_test::CellOfOps;
static_assert(vc::Cell<CellOfOps>);
using Leaky = vc::RecurrentLayer<vaecollapse_test::LeakyKernels>;
static_assert(vc::Cell<Leaky>);

struct NoReports {
  void on_step(const vc::StepReport&) {}
  void on_epoch(const vc::EpochReport&) {}
};

/// How many words a VAE with this cell gives back after it was trained on them.
template <class Cell>
std::size_t words_that_come_back(const std::vector<std::u32string>& words) {
  const auto vocabulary = vc::Vocabulary::of(words);
  vc::Corpus corpus;
  for (const std::u32string& word : words) {
    const std::vector<vc::Symbol> ids = vocabulary.encode(word);
    corpus.add(ids, ids);
  }

  vc::Layout layout;
  const vc::Index symbols = vocabulary.symbols();
  const vc::RecurrentEncoder<vc::Bidirectional<Cell>> encoder(layout, "encoder", {symbols, 8, 24});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), 4});
  const vc::PlainDecoder<Cell> decoder(
      layout, "decoder", {.symbols = symbols, .embedding = 8, .hidden = 24, .latent = 4});
  const vc::SequenceVae network(encoder, posterior, decoder);

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Team team(1);
  vc::Trainer trainer(vc::Seq2SeqVae(network, vc::FreeBits<1>(3.0), vc::NoDropout()), parameters,
                      vc::Adam<float>({.learning_rate = 1e-2}), corpus, corpus,
                      {.epochs = 600, .batch = 3}, team);
  NoReports reports;
  trainer.fit(reports);

  vc::Evaluation evaluation(network, parameters, team);
  const auto guesses = vc::decode_rows(evaluation, corpus, {.beam = 4});
  std::size_t right = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    right += vocabulary.decode(guesses[i].front().ids) == words[i] ? 1 : 0;
  }
  return right;
}

}  // namespace custom_cell

int main() {
  const std::vector<std::u32string> words{U"ada", U"adalar", U"ev", U"evler", U"kedi", U"kediler"};
  const auto print = [&](const char* made_of, std::size_t right) {
    std::printf("%s: %zu of %zu words come back\n", made_of, right, words.size());
  };
  print("ops", custom_cell::words_that_come_back<custom_cell::CellOfOps>(words));
  print("kernels", custom_cell::words_that_come_back<custom_cell::Leaky>(words));
  return 0;
}
