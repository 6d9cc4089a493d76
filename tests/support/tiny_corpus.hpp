// A few words with tags, and a network small enough to train in a test.
#pragma once

#include <string>
#include <vector>

#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

namespace vaecollapse_test {

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

/// Stems of two letters or three; the plural adds "la", the dative "ya", both when both are asked.
inline std::vector<reinflection::Example> tiny_examples() {
  std::vector<reinflection::Example> examples;
  const auto add = [&](const std::u32string& source, std::vector<reinflection::Tag> tags,
                       const std::u32string& target) {
    reinflection::Example example;
    example.source = source;
    example.tags = std::move(tags);
    example.target = target;
    example.has_target = true;
    examples.push_back(example);
  };
  for (const char32_t first : std::u32string(U"bdkmst")) {
    for (const std::u32string rest : {U"a", U"e", U"ek", U"al"}) {
      const std::u32string stem = first + rest;
      add(stem, {{"num", "PL"}}, stem + U"la");
      add(stem + U"la", {{"num", "SG"}, {"case", "DAT"}}, stem + U"ya");
      add(stem, {{"num", "PL"}, {"case", "DAT"}}, stem + U"laya");
    }
  }
  return examples;
}

/// The examples encoded, and a network of their sizes.
struct TinyTask {
  std::vector<reinflection::Example> examples = tiny_examples();
  vc::Vocabulary vocabulary = reinflection::vocabulary_of(examples);
  reinflection::Features features = reinflection::Features::of(examples);
  reinflection::Corpus corpus{examples, vocabulary, features};
  vc::Layout layout;
  reinflection::Network network =
      reinflection::make_network(layout, {.symbols = vocabulary.symbols(),
                                          .tags = features.size(),
                                          .embedding = 8,
                                          .encoder_hidden = 12,
                                          .decoder_hidden = 20,
                                          .latent = 6});
};

}  // namespace vaecollapse_test
