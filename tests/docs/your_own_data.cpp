// The program of docs/how_to/your_own_data.md: rows of a file of one's own, rows of a type of one's
// own, and sequences of measured numbers.
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

namespace mine {

/// A row of the file: a word, its plural, and its language.
struct Noun {
  std::u32string word, plural, language;
};

std::vector<std::u32string> split(std::u32string_view text, char32_t separator) {
  std::vector<std::u32string> parts(1);
  for (const char32_t one : text) {
    if (one == separator) {
      parts.emplace_back();
    } else {
      parts.back() += one;
    }
  }
  return parts;
}

std::vector<Noun> read(const char* file) {
  std::vector<Noun> nouns;
  for (const std::u32string& line : split(vc::utf8::decode(vc::read_text_file(file)), U'\n')) {
    const auto columns = split(line, U'\t');
    if (columns.size() == 3) nouns.push_back({columns[0], columns[1], columns[2]});
  }
  return nouns;
}

/// The same rows without a copy in a Corpus: ids are looked up where they are kept anyway.
class Dictionary {
 public:
  void add(std::vector<vc::Symbol> word, vc::Symbol language) {
    words_.push_back(std::move(word));
    languages_.push_back(language);
  }
  vc::Index size() const { return static_cast<vc::Index>(words_.size()); }
  std::span<const vc::Symbol> source(vc::Row row) const { return words_[row]; }
  std::span<const vc::Symbol> target(vc::Row row) const { return words_[row]; }
  std::span<const vc::Symbol> tags(vc::Row row) const { return {&languages_[row], 1}; }

 private:
  std::vector<std::vector<vc::Symbol>> words_;
  std::vector<vc::Symbol> languages_;
};
static_assert(vc::SymbolRows<Dictionary>);

}  // namespace mine

int main() {
  const std::vector<mine::Noun> nouns = mine::read("nouns.tsv");
  std::u32string characters;
  for (const mine::Noun& noun : nouns) characters += noun.word + noun.plural;
  const vc::Vocabulary vocabulary(characters);

  vc::Corpus corpus;
  for (const mine::Noun& noun : nouns) {
    const std::vector<vc::Symbol> language{noun.language == U"tr" ? 0 : 1};
    corpus.add(vocabulary.encode(noun.word), vocabulary.encode(noun.plural), language);
  }
  std::printf("%d rows, %d symbols\n", static_cast<int>(corpus.size()),
              static_cast<int>(vocabulary.symbols()));

  vc::Sampler sampler(corpus, vc::Seed{1}, {.batch = 4});
  vc::Batch batch;
  for (const std::span<const vc::Row> rows : sampler.epoch(0)) {
    batch.assign(corpus, rows);
    std::printf("a batch of %d rows, the longest plural has %d characters\n",
                static_cast<int>(batch.size()),
                static_cast<int>(batch.targets().plan->steps() - 1));
  }

  mine::Dictionary dictionary;
  for (const mine::Noun& noun : nouns) {
    dictionary.add(vocabulary.encode(noun.word), noun.language == U"tr" ? 0 : 1);
  }
  batch.assign(dictionary, std::vector<vc::Row>{0, 1, 2});
  std::printf("a batch of %d rows of the dictionary\n", static_cast<int>(batch.size()));

  vc::Layout layout;
  const vc::Gru gru(layout, "gru", {.input = 2, .hidden = 8});
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);

  const vc::SequencePlan plan(std::vector<vc::Index>{3, 1, 2});  // the lengths of three recordings
  Eigen::Tensor<float, 2> frames(2, plan.columns());             // two numbers at each step
  for (vc::Index row = 0; row < plan.batch(); ++row) {
    for (vc::Index t = 0; t < plan.length(row); ++t) {
      frames(0, plan.column(row, t)) = static_cast<float>(row);
      frames(1, plan.column(row, t)) = static_cast<float>(t);
    }
  }
  const vc::Sequence<float> recordings{tape.constant(frames), &plan};
  const auto states = gru(tape, recordings);
  std::printf("states %s, the last of each recording %s\n",
              vc::to_string(states.states.columns.shape()).c_str(),
              vc::to_string(states.last().shape()).c_str());
  return 0;
}
