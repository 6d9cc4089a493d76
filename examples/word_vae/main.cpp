// An unconditional VAE over words. Nothing but z tells the decoder which word to predict, and yet
// under the plain ELBO it learns to do without: z costs nats from the first step and helps only
// later. The same network under free bits and under a minimum desired rate keeps z in use.
//   word_vae [EPOCHS]
// Prints, for words that training has not seen, nats per word, and how many come back from z.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>
#include <vaecollapse/model/step.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/clip.hpp>

namespace vc = vaecollapse;

namespace {

/// Made-up words of two or three syllables, the same for the same seed.
std::vector<std::u32string> made_up_words(std::uint32_t count, std::uint64_t seed) {
  constexpr std::u32string_view consonants = U"bdgklmnprstvz", vowels = U"aeiou";
  const vc::Draws draws(seed, 0);
  std::vector<std::u32string> words(count);
  for (std::uint32_t row = 0; row < count; ++row) {
    std::uint32_t place = 0;
    const auto draw = [&](std::u32string_view letters) {
      const double share = draws.uniform(vc::Stream::user, row, 0, place++, 0);
      return letters[static_cast<std::size_t>(share * static_cast<double>(letters.size()))];
    };
    const int syllables = draw(U"23") == U'2' ? 2 : 3;
    for (int i = 0; i < syllables; ++i) {
      words[row] += draw(consonants);
      words[row] += draw(vowels);
    }
  }
  return words;
}

/// Each word is to be given back as it is.
vc::Corpus corpus_of(const std::vector<std::u32string>& words, const vc::Vocabulary& vocabulary) {
  vc::Corpus corpus;
  for (const std::u32string& word : words) {
    const std::vector<vc::Symbol> ids = vocabulary.encode(word);
    corpus.add(ids, ids);
  }
  return corpus;
}

/// Trains from scratch under one objective and prints a line.
void compare(const char* name, vc::AnyObjective objective, std::uint64_t epochs) {
  const auto train_words = made_up_words(3000, 1), dev_words = made_up_words(300, 2);
  const auto vocabulary = vc::Vocabulary::of(train_words);
  const vc::Corpus train = corpus_of(train_words, vocabulary);
  const vc::Corpus dev = corpus_of(dev_words, vocabulary);

  vc::Layout layout;
  const vc::Index symbols = vocabulary.symbols();
  const vc::GruEncoder encoder(layout, "encoder", {symbols, 24, 64});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), 16});
  const vc::PlainDecoder decoder(layout, "decoder",
                                 {.symbols = symbols, .embedding = 24, .hidden = 96, .latent = 16});
  const vc::SequenceVae network(encoder, posterior, decoder);

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 3e-3});
  vc::Sampler sampler(train, vc::Seed{1}, {.batch = 50, .pool = 1});
  vc::Batch batch;
  std::uint64_t step = 0;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    for (const auto rows : sampler.epoch(epoch)) {
      const vc::Scope scope(tape);
      batch.assign(train, rows);
      const auto terms = network.terms(tape, batch, vc::Draws(1, ++step), batch.inputs());
      const vc::Report report = vc::backward(tape, objective, terms);
      adam.step(parameters, {.gradient_scale = vc::clip_by_norm(parameters, 1.0).scale});
      vc::notify_step(objective, report);
    }
  }

  vc::Team team(1);
  vc::Evaluation evaluation(network, parameters, team);
  const vc::ElboTerms elbo = vc::elbo_rows(evaluation, dev).mean();
  const auto scores = vc::score_symbols(dev, vc::decode_rows(evaluation, dev));
  std::printf("%-14s %6.2f %6.2f %8.2f  %7.1f %%\n", name, elbo.nll, elbo.rate, elbo.elbo(),
              100 * scores.accuracy);
}

}  // namespace

int main(int count, char** arguments) {
  const auto epochs = static_cast<std::uint64_t>(count > 1 ? std::atoi(arguments[1]) : 40);
  std::printf("%-14s %6s %6s %8s  %s\n", "objective", "NLL", "rate", "ELBO", "come back");
  compare("ELBO", vc::Elbo{}, epochs);
  compare("FreeBits<1>", vc::FreeBits<1>(12.0), epochs);
  compare("MDR<12>", vc::MDR<12>({.learning_rate = 1e-2}), epochs);
}
