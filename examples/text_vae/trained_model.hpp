// A model from a file, at work: figures of sentences, and sentences from z.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/evaluate/sentence_figures.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/model/beam.hpp>
#include <vaecollapse/tasks/text/corpus.hpp>

#include "kit/search.hpp"
#include "text_vae/model_file.hpp"
#include "text_vae/sentences.hpp"

namespace text_vae {

class LoadedSentences;

class TrainedModel {
 public:
  using Corpus = vaecollapse::text::Corpus;
  /// A vector each.
  using Latents = vaecollapse::LatentRows<float>;

  /// \param path a run's folder or a model file
  /// \param threads 0: one for each core
  /// \param seed of what is drawn; empty: that of the training
  /// \throws InputError for what is no such model
  TrainedModel(const std::filesystem::path& path, std::uint64_t threads,
               std::optional<std::uint64_t> seed = {});
  ~TrainedModel();
  TrainedModel(TrainedModel&&) noexcept;
  TrainedModel& operator=(TrainedModel&&) noexcept;

  const Description& description() const;
  /// \throws Error that names the command, for a language model, which has no z
  void require_z(const std::string& command) const;
  /// Whether each z has length one.
  bool is_on_sphere() const;

  vaecollapse::SentenceFigures figures(const Corpus& corpus,
                                       const vaecollapse::SentenceOptions& options);
  /// \pre two rows at least, and a model with z
  vaecollapse::Diagnosis diagnose(const Corpus& corpus, vaecollapse::DiagnosisOptions options);

  /// The posterior's mean of every sentence.
  Latents means(const Corpus& corpus);
  /// Of each posterior a draw.
  Latents draws(const Corpus& corpus);
  /// A draw from the prior for every row.
  Latents prior(const Corpus& corpus);

  /// The likeliest sentence from the i-th z for row i, by a beam; no longer than twice the row and
  /// `search.slack` tokens.
  std::vector<Writing> decode(const Corpus& corpus, const Latents& z, const kit::Search& search);
  /// A sentence drawn token by token, of at most `longest` of them.
  std::vector<Writing> sample(const Corpus& corpus, const Latents& z, const kit::Sampling& sampling,
                              std::uint64_t longest);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace text_vae
