// The program of docs/how_to/save_load_predict.md: a model that is trained and saved, read from its
// file, and asked from several threads.
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <vaecollapse/io/model.hpp>
#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

namespace mine {

/// A GRU that tells how surprising a word is. The characters that it knows say what its sizes are.
struct Speller {
  vc::Vocabulary vocabulary;
  vc::Layout layout;
  vc::Embedding embed{layout, "embed", {.symbols = vocabulary.symbols(), .width = 8}};
  vc::Gru gru{layout, "gru", {.input = 8, .hidden = 32}};
  vc::Linear output{layout, "output", {.input = 32, .output = vocabulary.symbols()}};

  explicit Speller(std::u32string_view characters) : vocabulary(characters) {}

  vc::Corpus encode(const std::vector<std::u32string>& words) const {
    vc::Corpus corpus;
    for (const std::u32string& word : words) corpus.add({}, vocabulary.encode(word));
    return corpus;
  }

  /// -log p of each word. \shape [B] \unit nats
  template <vc::Context C>
  auto nll(C& cx, const vc::Batch& batch) const {
    const auto states = gru(cx, embed(cx, batch.inputs()));
    return vc::cross_entropy(cx, output(cx, states), batch.targets());
  }
};

void train_and_save(const char* file) {
  const std::vector<std::u32string> words{U"evler", U"kitap", U"kitaplar"};
  const Speller speller(vc::Vocabulary::of(words).characters());
  const vc::Corpus corpus = speller.encode(words);
  const vc::Batch batch(corpus, std::vector<vc::Row>{0, 1, 2});
  vc::Parameters<float> parameters(speller.layout, vc::Seed{1});

  vc::Team team(2);  // 0: one thread for each core
  vc::Tape tape(parameters, team);
  vc::Adam adam({.learning_rate = 1e-2});
  for (int step = 0; step < 200; ++step) {
    const vc::Scope scope(tape);
    tape.backward(vc::mean(tape, speller.nll(tape, batch)));
    adam.step(parameters);
  }

  vc::save_parameters(file, parameters,
                      {{"characters", vc::utf8::encode(speller.vocabulary.characters())}});
}

}  // namespace mine

int main() {
  const char* const file = "speller.safetensors";
  mine::train_and_save(file);

  const vc::Safetensors content = vc::read_safetensors(file);
  const mine::Speller speller(vc::utf8::decode(content.metadata.at("characters")));
  vc::Parameters<float> read(speller.layout);
  vc::load_parameters(file, content, read);
  const vc::Parameters<float>& parameters = read;

  const std::vector<std::u32string> asked{U"evler", U"kitap", U"kitaplar", U"kitup"};
  const vc::Corpus corpus = speller.encode(asked);
  std::vector<double> nll(asked.size());
  const auto ask = [&](vc::Row first, vc::Row step) {
    vc::Workspace workspace(parameters);  // one for each thread
    vc::Batch batch;
    for (vc::Row row = first; row < asked.size(); row += step) {
      const vc::Scope scope(workspace);
      batch.assign(corpus, std::vector<vc::Row>{row});
      nll[row] = static_cast<double>(speller.nll(workspace, batch).data()[0]);
    }
  };
  std::vector<std::thread> threads;
  for (vc::Row i = 0; i < 3; ++i) threads.emplace_back(ask, i, 3);
  for (std::thread& thread : threads) thread.join();

  for (std::size_t i = 0; i < asked.size(); ++i) {
    std::printf("%s: %.1f nats\n", vc::utf8::encode(asked[i]).c_str(), nll[i]);
  }
  return 0;
}
