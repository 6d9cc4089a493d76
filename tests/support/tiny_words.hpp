// A few words without tags, each its own source, and an unconditional VAE over them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/model/plain_decoder.hpp>
#include <vaecollapse/model/sequence_vae.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;

/// Two syllables of three consonants and three vowels each: 81 words.
inline std::vector<std::u32string> tiny_words() {
  std::vector<std::u32string> words;
  for (const char32_t a : std::u32string(U"bkm")) {
    for (const char32_t e : std::u32string(U"aeo")) {
      for (const char32_t b : std::u32string(U"dst")) {
        for (const char32_t f : std::u32string(U"aiu")) words.push_back({a, e, b, f});
      }
    }
  }
  return words;
}

inline vc::Corpus corpus_of_words(const std::vector<std::u32string>& words,
                                  const vc::Vocabulary& vocabulary) {
  vc::Corpus corpus;
  for (const std::u32string& word : words) {
    const std::vector<vc::Symbol> ids = vocabulary.encode(word);
    corpus.add(ids, ids);
  }
  return corpus;
}

/// An unconditional VAE: nothing but z tells the decoder which word it is.
inline auto network_of_words(vc::Layout& layout, vc::Index symbols, vc::Index latent) {
  const vc::GruEncoder encoder(layout, "encoder", {symbols, 8, 16});
  const vc::GaussianHead posterior(layout, "posterior", {encoder.width(), latent});
  const vc::PlainDecoder decoder(
      layout, "decoder", {.symbols = symbols, .embedding = 8, .hidden = 24, .latent = latent});
  return vc::SequenceVae(encoder, posterior, decoder);
}

/// The words encoded, and a network of their sizes.
struct TinyWords {
  using Network = decltype(network_of_words(std::declval<vc::Layout&>(), 0, 0));
  static constexpr vc::Index latent = 4;

  std::vector<std::u32string> words = tiny_words();
  vc::Vocabulary vocabulary = vc::Vocabulary::of(words);
  vc::Corpus corpus = corpus_of_words(words, vocabulary);
  vc::Layout layout;
  Network network = network_of_words(layout, vocabulary.symbols(), latent);
};

}  // namespace vaecollapse_test
