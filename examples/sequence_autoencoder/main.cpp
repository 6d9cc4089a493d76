// An autoencoder of words without a posterior and without KL: one vector a word, normalised and
// with some of its units dropped in training, from which a decoder writes the word anew.
//   sequence_autoencoder [EPOCHS]
// Prints, for words that training has not seen, nats a word and how many come back from their
// vector; then two words, and what the decoder makes of the vectors between them.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

/// Made-up words of two or three syllables: each is to be given back as it is.
struct Words {
  vc::Vocabulary letters{U"abdegiklmnoprstuvz"};
  vc::Corpus corpus;

  Words(std::uint32_t count, std::uint64_t seed) {
    for (std::uint32_t row = 0; row < count; ++row) {
      std::uint32_t place = 0;
      const auto below = [&](int n) {
        return int(n * vc::Draws(seed, 0).uniform(vc::Stream::user, row, 0, place++, 0));
      };
      std::u32string word;
      for (int syllables = 2 + below(2); syllables > 0; --syllables) {
        word += U"bdgklmnprstvz"[below(13)];
        word += U"aeiou"[below(5)];
      }
      const auto ids = letters.encode(word);
      corpus.add(ids, ids);
    }
  }
};

struct Autoencoder {
  vc::BiGruEncoder encoder;
  vc::Linear code;
  vc::LayerNorm norm;
  vc::PlainDecoder<> decoder;

  /// A vector for each word. Nothing is dropped but by draws of training.
  template <vc::Context C>
  auto encode(C& cx, const vc::Batch& words, const vc::Draws& draws) const {
    const auto vectors = norm(cx, code(cx, encoder(cx, words)));
    return vc::dropout(cx, vectors, 0.1, draws, vc::Stream(1001), words.rows());
  }

  /// The mean over words of -log p(word | its vector), in nats.
  template <vc::Context C>
  auto loss(C& cx, const vc::Batch& words, const vc::Draws& draws) const {
    const vc::Conditions<typename C::scalar_type> given{encode(cx, words, draws)};
    const auto logits = decoder(cx, given, words.inputs());
    return vc::mean(cx, vc::cross_entropy(cx, logits, words.targets()));
  }
};

std::string written(const Words& words, const vc::Guesses& guesses) {
  return vc::utf8::encode(words.letters.decode(guesses.front().ids));
}

int main(int count, char** arguments) {
  const Words train(4000, 1), test(300, 2);
  vc::Layout layout;
  const vc::Index symbols = train.letters.symbols(), width = 32;
  const vc::BiGruEncoder encoder(layout, "encoder", {symbols, 24, 64});
  const Autoencoder model{
      encoder,
      {layout, "code", {encoder.width(), width}},
      {layout, "norm", {width}},
      {layout, "decoder", {.symbols = symbols, .embedding = 24, .hidden = 96, .latent = width}}};
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 3e-3});
  vc::Sampler sampler(train.corpus, vc::Seed{1}, {.batch = 50});
  vc::Batch batch;
  std::uint64_t step = 0;
  const int epochs = count > 1 ? std::atoi(arguments[1]) : 20;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (const auto rows : sampler.epoch(std::uint64_t(epoch))) {
      const vc::Scope scope(tape);
      batch.assign(train.corpus, rows);
      tape.backward(model.loss(tape, batch, vc::Draws(1, step++)));
      adam.step(parameters, {.gradient_scale = vc::clip_by_norm(parameters, 1.0).scale});
    }
  }

  vc::Workspace workspace(parameters);
  const vc::Draws draws(1, 0, vc::Pass::evaluate);
  double nats = 0, back = 0;
  for (const auto rows : vc::Batches::by_length(test.corpus, 100)) {
    batch.assign(test.corpus, rows);
    nats += double(model.loss(workspace, batch, draws).item()) * double(rows.size());
    const auto guesses =
        vc::greedy(workspace, model.decoder, model.encode(workspace, batch, draws));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto word = test.corpus.target(rows[i]);
      back += std::equal(word.begin(), word.end(), guesses[i].front().ids.begin(),
                         guesses[i].front().ids.end());
    }
  }
  const auto size = double(test.corpus.size());
  std::printf("%.2f nats a word, %.1f %% come back\n", nats / size, 100 * back / size);

  const std::vector<vc::Row> pair{0, 1};
  batch.assign(test.corpus, pair);
  const auto ends = model.encode(workspace, batch, draws);
  const auto from = vc::middle_columns(workspace, ends, 0, 1);
  const auto way = vc::subtract(workspace, vc::middle_columns(workspace, ends, 1, 1), from);
  for (int quarter = 0; quarter <= 4; ++quarter) {
    const auto vector = vc::add(workspace, from, vc::scale(workspace, way, 0.25F * float(quarter)));
    std::printf("%s ", written(test, vc::greedy(workspace, model.decoder, vector)[0]).c_str());
  }
  std::printf("\n");
}
