#include "text_vae/corpora.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/data/chunk_sampler.hpp>
#include <vaecollapse/tasks/text/line_reader.hpp>

#include "kit/counted.hpp"
#include "kit/inputs.hpp"
#include "text_vae/built_in.hpp"
#include "text_vae/small_letters.hpp"

namespace text_vae {

namespace {

namespace text = vaecollapse::text;
using vaecollapse::Index;
using vaecollapse::TokenCounts;
using vaecollapse::TokenVocabulary;

std::uint64_t number(Index count) { return static_cast<std::uint64_t>(count); }

void note_left_out(const std::string& file, const text::LeftOut& left_out) {
  const auto note = [&](const std::string& what) {
    std::fprintf(stderr, "note: %s: %s\n", kit::shown_name(file).c_str(), what.c_str());
  };
  if (left_out.empty_lines > 0) {
    note(kit::counted(number(left_out.empty_lines), "line without a token is",
                      "lines without a token are") +
         " no sentence");
  }
  if (left_out.truncated > 0) {
    note(kit::counted(number(left_out.truncated), "sentence is", "sentences are") +
         " cut by --longest, which leaves out " + kit::counted(number(left_out.cut_off), "token"));
  }
}

TokenVocabulary vocabulary_of(const TokenCounts& counts, const Settings& settings) {
  return TokenVocabulary::of(counts, {.size = static_cast<Index>(settings.vocabulary),
                                      .min_count = static_cast<Index>(settings.min_count)});
}

TrainingText in_memory(const text::Lines& train, const text::Lines& dev, const Settings& settings) {
  TokenVocabulary vocabulary = vocabulary_of(count_tokens(train), settings);
  text::Corpus train_rows(train, vocabulary), dev_rows(dev, vocabulary);
  return {std::move(vocabulary), text::ChunkedCorpus(std::move(train_rows)), std::move(dev_rows)};
}

TrainingText in_chunks(const Settings& settings) {
  const text::Reading reading = reading_of(settings);
  TokenVocabulary vocabulary = vocabulary_of(text::count_tokens(settings.train, reading), settings);
  text::ChunkedCorpus train(settings.train, reading, vocabulary,
                            static_cast<Index>(settings.chunk));
  note_left_out(settings.train, train.left_out());
  text::Corpus dev(load_lines(settings.dev, reading), vocabulary);
  return {std::move(vocabulary), std::move(train), std::move(dev)};
}

/// \unit per cent
double unknown_share(const text::Corpus& corpus) {
  return 100 * static_cast<double>(corpus.unknown()) / static_cast<double>(corpus.words());
}

}  // namespace

text::Reading reading_of(const Settings& settings) {
  if (settings.lower && !knows_small_letters()) {
    vaecollapse::raise(vaecollapse::Error(
        "--lower: found it, expected it left out: this program was built without the library "
        "utf8proc (Debian: libutf8proc-dev)"));
  }
  return {.unit = settings.tokens == "words" ? text::Unit::words : text::Unit::characters,
          .character = settings.lower ? small_letter : nullptr,
          .longest = static_cast<Index>(settings.longest)};
}

void check_files(const Settings& settings, kit::Mistakes& mistakes) {
  mistakes.keep([&] {
    kit::check_inputs({{"--train", settings.train}, {"--dev", settings.dev}});
    kit::check_train_and_dev(settings.train, settings.dev);
  });
  if (settings.chunk == 0) return;
  const char* train = settings.is_built_in() ? "the built-in corpus" : "standard input";
  if (!settings.is_built_in() && settings.train != "-") return;
  mistakes.add("--chunk: found " + std::to_string(settings.chunk) + " with " + train +
               ", expected a file as --train, which is read again in each epoch");
}

text::Lines load_lines(const std::string& file, const text::Reading& reading) {
  const text::InputStream stream(file);
  text::Lines lines = text::read_lines(stream.get(), kit::shown_name(file), reading);
  note_left_out(file, lines.left_out);
  return lines;
}

TrainingText load_training_text(const Settings& settings) {
  if (settings.is_built_in()) {
    const BuiltInCorpus corpus = make_built_in({.test = 0});
    return in_memory(corpus.train, corpus.dev, settings);
  }
  if (settings.chunk > 0) return in_chunks(settings);
  const text::Reading reading = reading_of(settings);
  const text::Lines train = load_lines(settings.train, reading);
  return in_memory(train, load_lines(settings.dev, reading), settings);
}

vaecollapse::SamplerOptions batches_of(const Settings& settings) {
  return {.batch = static_cast<Index>(settings.batch),
          .pool = 1,
          .equal_lengths = settings.batches == "equal"};
}

kit::EpochLength epoch_of(const Settings& settings, TrainingText& text) {
  const vaecollapse::ChunkSampler batches(text.train, vaecollapse::Seed(settings.seed),
                                          batches_of(settings));
  return {number(text.train.size()), number(batches.batches())};
}

double tokens_a_sentence(const text::Corpus& corpus) {
  return 1 + static_cast<double>(corpus.words()) / static_cast<double>(corpus.sentences());
}

std::string describe(const TrainingText& text) {
  return vaecollapse::formatted(
      "tokens of a sentence, its end counted: %.2f in training, %.2f in dev; unknown: %.2f %% and "
      "%.2f %% of them",
      tokens_a_sentence(text.train), tokens_a_sentence(text.dev), unknown_share(text.train),
      unknown_share(text.dev));
}

double perplexity(const text::Corpus& corpus, double nats_a_sentence) {
  return std::exp(nats_a_sentence / tokens_a_sentence(corpus));
}

void add_text(vaecollapse::Hash& hash, const TrainingText& text) {
  for (const std::string& token : text.vocabulary.tokens()) hash.add(token);
  hash.add(to_string(text.train.hash()));
  hash.add(to_string(text.dev.hash()));
}

}  // namespace text_vae
