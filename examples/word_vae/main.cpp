// A VAE over sentences, whose symbols are words. Nothing but z tells the decoder which word to
// predict, and yet under the plain ELBO it learns to do without: z costs nats from the first step
// and helps only later. The same network under free bits and under a minimum desired rate keeps z
// in use.
//   word_vae [EPOCHS]
// Prints, for sentences that were drawn apart from those of training, nats per sentence, and how
// many come back from z; then what one of them comes back as. About one in ten stands in both.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>
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
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/tasks/text/lines.hpp>

namespace vc = vaecollapse;

namespace {

/// Sentences such as `the old cat sees a house`, the same for the same seed.
vc::text::Lines made_up_sentences(std::uint32_t count, std::uint64_t seed) {
  using Choice = std::vector<std::string_view>;
  const Choice articles{"a", "the"}, adjectives{"old", "small", "red", "quiet", "young", "kind"},
      verbs{"sees", "finds", "likes", "draws", "leaves", "wants", "keeps", "hears"},
      nouns{"cat",  "dog",    "child", "house", "tree", "friend", "bird", "river",
            "book", "garden", "horse", "king",  "boat", "letter", "song", "town"};
  const std::array slots{&articles, &adjectives, &nouns, &verbs, &articles, &nouns};
  const vc::Draws draws(seed, 0);
  vc::text::Lines lines;
  for (std::uint32_t row = 0; row < count; ++row) {
    std::vector<std::string_view> sentence;
    for (std::uint32_t slot = 0; slot < slots.size(); ++slot) {
      const Choice& words = *slots[slot];
      const auto draw = [&](std::uint32_t unit) {
        return draws.uniform(vc::Stream::user, row, 0, slot, unit);
      };
      if (&words == &adjectives && draw(1) < 0.5) continue;
      const double place = draw(0) * static_cast<double>(words.size());
      sentence.push_back(words[static_cast<std::size_t>(place)]);
    }
    lines.add(sentence);
  }
  return lines;
}

struct Data {
  vc::TokenVocabulary vocabulary;
  vc::text::Corpus train, dev;
};

Data make_data() {
  const vc::text::Lines train = made_up_sentences(3000, 1), dev = made_up_sentences(300, 2);
  const auto vocabulary = vc::TokenVocabulary::of(vc::text::count_tokens(train));
  return {vocabulary, vc::text::Corpus(train, vocabulary), vc::text::Corpus(dev, vocabulary)};
}

/// Trains from scratch under one objective, prints a line, and gives back what the first sentence
/// of dev comes back as.
std::string compare(const Data& data, const char* name, vc::AnyObjective objective,
                    std::uint64_t epochs) {
  vc::Layout layout;
  const vc::Index symbols = data.vocabulary.symbols();
  const vc::GruEncoder encoder(layout, "encoder", {symbols, 24, 64});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), 16});
  const vc::PlainDecoder decoder(layout, "decoder",
                                 {.symbols = symbols, .embedding = 24, .hidden = 96, .latent = 16});
  const vc::SequenceVae network(encoder, posterior, decoder);

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 3e-3});
  vc::Sampler sampler(data.train, vc::Seed{1}, {.batch = 50, .pool = 1});
  vc::Batch batch;
  std::uint64_t step = 0;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    for (const auto rows : sampler.epoch(epoch)) {
      const vc::Scope scope(tape);
      batch.assign(data.train, rows);
      const auto terms = network.terms(tape, batch, vc::Draws(1, ++step), batch.inputs());
      const vc::Report report = vc::backward(tape, objective, terms);
      adam.step(parameters, {.gradient_scale = vc::clip_by_norm(parameters, 1.0).scale});
      vc::notify_step(objective, report);
    }
  }

  vc::Team team(1);
  vc::Evaluation evaluation(network, parameters, team);
  const vc::ElboTerms elbo = vc::elbo_rows(evaluation, data.dev).mean();
  const auto decoded = vc::decode_rows(evaluation, data.dev);
  const auto scores = vc::score_symbols(data.dev, decoded);
  std::printf("%-14s %6.2f %6.2f %8.2f  %7.1f %%\n", name, elbo.nll, elbo.rate, elbo.elbo(),
              100 * scores.accuracy);
  return data.vocabulary.decode(decoded.front().front().ids);
}

}  // namespace

int main(int count, char** arguments) {
  const auto epochs = static_cast<std::uint64_t>(count > 1 ? std::atoi(arguments[1]) : 30);
  const Data data = make_data();
  std::printf("%-14s %6s %6s %8s  %s\n", "objective", "NLL", "rate", "ELBO", "come back");
  const std::string elbo = compare(data, "ELBO", vc::Elbo{}, epochs);
  const std::string free_bits = compare(data, "FreeBits<1>", vc::FreeBits<1>(10.0), epochs);
  const std::string mdr = compare(data, "MDR<10>", vc::MDR<10>({.learning_rate = 1e-2}), epochs);
  std::printf("\nsentence       %s\n", data.vocabulary.decode(data.dev.source(0)).c_str());
  std::printf("%-14s %s\n", "ELBO", elbo.c_str());
  std::printf("%-14s %s\n", "FreeBits<1>", free_bits.c_str());
  std::printf("%-14s %s\n", "MDR<10>", mdr.c_str());
}
