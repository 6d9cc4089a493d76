#include "text_vae/sentences.hpp"

#include <cstdio>
#include <span>
#include <string_view>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/tasks/text/reading.hpp>

#include "kit/counted.hpp"
#include "kit/inputs.hpp"
#include "text_vae/corpora.hpp"

namespace text_vae {

namespace {

using vaecollapse::Symbol;
namespace text = vaecollapse::text;

void note_unknown_tokens(const std::string& name, const text::Corpus& corpus) {
  if (corpus.unknown() == 0) return;
  std::fprintf(
      stderr, "note: %s: %lld of %s unknown to the model\n", name.c_str(),
      static_cast<long long>(corpus.unknown()),
      kit::counted(static_cast<std::uint64_t>(corpus.words()), "token is", "tokens are").c_str());
}

}  // namespace

text::Corpus read_sentences(const std::string& file, const Description& description) {
  const text::Corpus corpus(load_lines(file, reading_of(description.settings)),
                            description.vocabulary);
  note_unknown_tokens(kit::shown_name(file), corpus);
  return corpus;
}

text::Corpus sentences_of(const std::string& option, const std::vector<std::string>& texts,
                          const Description& description, std::uint64_t copies) {
  text::Tokenizer tokenizer(reading_of(description.settings));
  text::Corpus corpus, once;
  std::vector<Symbol> ids;
  for (const std::string& sentence : texts) {
    const std::span<const std::string_view> tokens = tokenizer(option, 0, sentence);
    if (tokens.empty()) {
      vaecollapse::raise(vaecollapse::InputError(option, 0, "no token", "a sentence"));
    }
    ids.clear();
    description.vocabulary.encode(tokens, ids);
    once.add(ids);
    for (std::uint64_t i = 0; i < copies; ++i) corpus.add(ids);
  }
  note_unknown_tokens(option, once);
  return corpus;
}

text::Corpus empty_sentences(std::uint64_t count) {
  text::Corpus corpus;
  for (std::uint64_t i = 0; i < count; ++i) corpus.add({});
  return corpus;
}

}  // namespace text_vae
