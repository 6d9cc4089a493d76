// The sentences that a run trains on and is judged by.
#pragma once

#include <string>

#include <vaecollapse/core/hash.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/data/token_vocabulary.hpp>
#include <vaecollapse/tasks/text/chunked_corpus.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>
#include <vaecollapse/tasks/text/lines.hpp>
#include <vaecollapse/tasks/text/reading.hpp>

#include "kit/mistakes.hpp"
#include "kit/training_notes.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

struct TrainingText {
  vaecollapse::TokenVocabulary vocabulary;  ///< of `train` alone
  vaecollapse::text::ChunkedCorpus train;
  vaecollapse::text::Corpus dev;
};

/// How the lines of a run's files are read, those that its model is asked about too.
vaecollapse::text::Reading reading_of(const Settings& settings);

/// Keeps what is wrong with the files that are named.
void check_files(const Settings& settings, kit::Mistakes& mistakes);

/// Reads --train and --dev, or makes the built-in corpus where neither is given; notes to the
/// standard error stream say what was left out. \throws InputError for what cannot be read
TrainingText load_training_text(const Settings& settings);

/// The sentences of a file, `-` is standard input; a note says what was left out.
/// \throws InputError for what cannot be read
vaecollapse::text::Lines load_lines(const std::string& file,
                                    const vaecollapse::text::Reading& reading);

/// How an epoch of a run is divided into batches.
vaecollapse::SamplerOptions batches_of(const Settings& settings);

/// An epoch of `train`, of which batches may be smaller than asked for. Loads each chunk once if
/// batches are of equal lengths.
kit::EpochLength epoch_of(const Settings& settings, TrainingText& text);

/// The tokens of a mean sentence, its end counted.
double tokens_a_sentence(const vaecollapse::text::Corpus& corpus);

/// How long the sentences are, and how much of them the vocabulary does not know.
std::string describe(const TrainingText& text);

/// The perplexity of tokens, ends counted, of which a sentence of the corpus costs so many nats.
double perplexity(const vaecollapse::text::Corpus& corpus, double nats_a_sentence);

/// Adds what the sentences are, and how many.
void add_text(vaecollapse::Hash& hash, const TrainingText& text);

}  // namespace text_vae
