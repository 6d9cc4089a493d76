// A model from a file, at work: words for rows, and the ELBO. Its source is where the network is
// compiled for inference.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "model_file.hpp"

namespace reinflection {

/// How words are looked for.
struct Search {
  std::uint64_t beam = 1;
  std::uint64_t nbest = 1;  ///< guesses for each row, at most `beam`
  double length_normalisation = 0;
  std::uint64_t slack = 20;  ///< symbols that a word may have beyond twice those of its source
};

/// How words are drawn, symbol by symbol.
struct Sampling {
  double temperature = 0;   ///< 0: nothing is drawn, each symbol is the likeliest
  std::uint64_t top_k = 0;  ///< 0: all
  double top_p = 1;
};

struct Guess {
  std::u32string word;
  double log_probability = 0;  ///< \unit nats
};

/// The guesses of one row, best first.
using RankedGuesses = std::vector<Guess>;

class TrainedModel {
 public:
  /// \param path a run's folder or a model file
  /// \param threads 0: one for each core
  /// \param seed of what is drawn in evaluation; empty: that of the training
  /// \throws InputError for what is no such model
  TrainedModel(const std::filesystem::path& path, std::uint64_t threads, const Search& search,
               std::optional<std::uint64_t> seed = {});
  ~TrainedModel();
  TrainedModel(TrainedModel&&) noexcept;
  TrainedModel& operator=(TrainedModel&&) noexcept;

  const Description& description() const;
  /// Whether each z has length one.
  bool is_on_sphere() const;

  /// The ELBO of all rows, with one z drawn for each.
  vaecollapse::ElboTerms elbo(const vaecollapse::Corpus& corpus);
  /// The same for each row.
  vaecollapse::ElboRows elbo_rows(const vaecollapse::Corpus& corpus);

  /// Guesses for all rows, from z = mu.
  std::vector<RankedGuesses> guess(const vaecollapse::Corpus& corpus);

  /// The same, each row with the z of another.
  std::vector<RankedGuesses> guess_with_permuted_codes(const vaecollapse::Corpus& corpus);

  /// The same, each row with the z in codes that source_of names. \shape codes [latent x any]
  std::vector<RankedGuesses> guess(const vaecollapse::Corpus& corpus, std::span<const float> codes,
                                   std::span<const vaecollapse::Row> source_of);
  /// A word drawn for each row, from such a z.
  std::vector<Guess> draw(const vaecollapse::Corpus& corpus, std::span<const float> codes,
                          std::span<const vaecollapse::Row> source_of, const Sampling& sampling);
  /// The NLL of every answer from such a z. \unit nats
  std::vector<double> nll(const vaecollapse::Corpus& corpus, std::span<const float> codes,
                          std::span<const vaecollapse::Row> source_of);
  /// Whose z each row is given by `guess_with_permuted_codes`.
  std::vector<vaecollapse::Row> permuted_rows(const vaecollapse::Corpus& corpus) const;
  /// A z from the prior for every row. \shape [latent x rows]
  std::vector<float> prior_codes(const vaecollapse::Corpus& corpus);

  vaecollapse::PosteriorRows<float> posteriors(const vaecollapse::Corpus& corpus);

  /// Looks at the model by rows. What is got right without a model is the source as the guess.
  /// \param accuracy_gain by which the accuracy on dev rose, an epoch, at the end of training;
  /// empty where it is not known \pre two rows at least
  vaecollapse::Diagnosis diagnose(std::span<const vaecollapse::reinflection::Example> rows,
                                  vaecollapse::DiagnosisOptions options,
                                  std::optional<double> accuracy_gain);

  /// How the tags of every row are weighed before each symbol of its answer and before its end.
  /// \shape of a row [tags x (symbols + 1)] \throws Error for a model without attention
  std::vector<std::vector<float>> attention(const vaecollapse::Corpus& corpus);

  /// The posterior's mean of every source. \shape [latent x rows]
  std::vector<float> codes(const vaecollapse::Corpus& corpus);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace reinflection
