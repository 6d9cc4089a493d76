// The program of docs/how_to/decode_and_sample.md: an unconditional VAE over a few words, which are
// then searched for and sampled from z of one's own.
#include <cstdio>
#include <string>
#include <vector>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

namespace {

struct Quiet {
  void on_step(const vc::StepReport&) {}
  void on_epoch(const vc::EpochReport&) {}
};

/// The decoder of the page, made for a context: here the embedding of the row's class.
class OfClass : public vc::PlainDecoder<> {
 public:
  OfClass(vc::Layout& layout, vc::Index classes, const vc::PlainDecoderSizes& sizes)
      : PlainDecoder(layout, "decoder", sizes),
        classes_(layout, "classes", {classes, sizes.context}) {}

  template <vc::Context C>
  auto context(C& cx, const vc::Batch& batch) const {
    return classes_.sum(cx, batch.tags());
  }

 private:
  vc::Embedding classes_;
};
static_assert(vc::HasContext<OfClass>);

}  // namespace

int main() {
  const std::vector<std::u32string> words{U"ada", U"adalar", U"ev", U"evler", U"kedi", U"kediler"};
  const auto vocabulary = vc::Vocabulary::of(words);
  vc::Corpus corpus;
  for (const std::u32string& word : words) {
    const std::vector<vc::Symbol> ids = vocabulary.encode(word);
    corpus.add(ids, ids);  // its own source, without tags
  }

  vc::Layout layout;
  const vc::Index symbols = vocabulary.symbols();
  const vc::GruEncoder encoder(layout, "encoder", {symbols, 8, 24});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), 4});
  const vc::PlainDecoder decoder(layout, "decoder",
                                 {.symbols = symbols, .embedding = 8, .hidden = 24, .latent = 4});
  const vc::SequenceVae network(encoder, posterior, decoder);

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Team team(1);
  vc::Trainer trainer(vc::Seq2SeqVae(network, vc::FreeBits<1>(3.0), vc::NoDropout()), parameters,
                      vc::Adam<float>({.learning_rate = 1e-2}), corpus, corpus,
                      {.epochs = 300, .batch = 3}, team);
  Quiet quiet;
  trainer.fit(quiet);

  vc::Workspace workspace(parameters, team);
  const std::vector<vc::Row> rows{0, 1, 2, 3};
  const vc::Draws draws(vc::Seed{7}, 0);
  const auto z = workspace.make<2>(vc::Shape<2>{{4, 4}});  // [Z x B]
  vc::fill_normal(draws, vc::Stream::prior, rows, 0, z.value_view());

  const auto likeliest = vc::greedy(workspace, decoder, z, {.longest = 12});
  const auto best = vc::decode(workspace, decoder, z, {.beam = 5, .nbest = 3, .longest = 12});

  const auto drawn = vc::sample_words(workspace, decoder, z, draws, rows,
                                      {.temperature = 0.8, .top_k = 5, .top_p = 0.95});
  const auto again = vc::sample_words(workspace, decoder, z, draws, rows, {}, 1);

  std::size_t known = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const vc::Hypothesis& word : {likeliest[i].front(), best[i].front(), drawn[i], again[i]}) {
      const std::u32string text = vocabulary.decode(word.ids);
      for (const std::u32string& one : words) known += one == text ? 1 : 0;
      std::printf("%8.3f  %s\n", word.log_probability, vc::utf8::encode(text).c_str());
    }
  }
  std::printf("%s\n", known >= 8 ? "half of the words are known" : "few of the words are known");
  return 0;
}
