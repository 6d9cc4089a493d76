// A classifier of words: a GRU reads a word, and a linear layer predicts the label from its last
// state. The words are made up; a label says whether the vowels of a word are all back (a, o, u),
// all front (e, i, y), or mixed. In the corpus it is the word's only tag.
//   gru_classifier [EPOCHS]
// Prints, after each epoch, the loss in nats and how many of 500 new words get the right label.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

vc::Corpus made_up_words(const vc::Vocabulary& letters, std::uint32_t count, std::uint64_t seed) {
  const char32_t* const vowels[] = {U"aou", U"eiy"};
  vc::Corpus corpus;
  for (std::uint32_t row = 0, place = 0; row < count; ++row, place = 0) {
    const auto below = [&](int n) {
      return int(n * vc::Draws(seed, 0).uniform(vc::Stream::user, row, 0, place++, 0));
    };
    const vc::Symbol label = below(3), syllables = 2 + below(3), first = below(2);
    std::u32string word;
    for (int i = 0; i < syllables; ++i) {
      word += U"bdklmnprstv"[below(11)];
      word += vowels[label < 2 ? label : i < 2 ? (i + first) % 2 : below(2)][below(3)];
    }
    corpus.add(letters.encode(word), {}, {&label, 1});
  }
  return corpus;
}

struct Classifier {
  vc::Embedding embed;
  vc::Gru gru;
  vc::Linear output;

  template <vc::Context C>
  auto operator()(C& cx, const vc::Symbols& words) const {
    return output(cx, gru(cx, embed(cx, words)).last());
  }
};

int main(int count, char** arguments) {
  const vc::Vocabulary letters(U"abdeiklmnoprstuvy");
  const vc::Corpus train = made_up_words(letters, 3000, 1), test = made_up_words(letters, 500, 2);
  vc::Layout layout;
  const Classifier classifier{{layout, "embed", {letters.symbols(), 12}},
                              {layout, "gru", {.input = 12, .hidden = 24}},
                              {layout, "output", {.input = 24, .output = 3}}};
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::AdamW adamw({.learning_rate = 5e-3});
  vc::Sampler sampler(train, vc::Seed{1}, {.batch = 50});
  vc::Batch batch;
  const int epochs = count > 1 ? std::atoi(arguments[1]) : 6;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double nats = 0, right = 0;
    for (const auto rows : sampler.epoch(std::uint64_t(epoch))) {
      const vc::Scope scope(tape);
      batch.assign(train, rows);
      const auto logits = classifier(tape, batch.source());
      const auto loss = vc::mean(tape, vc::cross_entropy(tape, logits, batch.tags().ids));
      tape.backward(loss);
      adamw.step(parameters);
      nats += double(loss.item()) * double(rows.size()) / double(train.size());
    }
    vc::Workspace workspace(parameters);
    for (const auto rows : vc::Batches::by_length(test, 100)) {
      batch.assign(test, rows);
      const auto logits = classifier(workspace, batch.source()).view();
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const float* column = logits.column(vc::Index(i));
        right += std::max_element(column, column + 3) - column == batch.tags().ids[i];
      }
    }
    std::printf("epoch %d  loss %.3f  right %.1f %%\n", epoch, nats,
                100 * right / double(test.size()));
  }
}
