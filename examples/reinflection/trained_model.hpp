// A model from a file, at work: words for rows, and the ELBO.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/evaluate/ensemble_member.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/model/beam.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "kit/network/latent_shape.hpp"
#include "kit/search.hpp"
#include "model_file.hpp"

namespace reinflection {

struct Guess {
  std::u32string word;
  double log_probability = 0;  ///< \unit nats
};

/// The guesses of one row, best first.
using RankedGuesses = std::vector<Guess>;

/// The z of rows: a vector each, or a sequence of them each.
using Latents = vaecollapse::LatentRows<float>;

/// Guesses of the library in words.
std::vector<RankedGuesses> in_words(const vaecollapse::Vocabulary& vocabulary,
                                    const std::vector<vaecollapse::Guesses>& found);

class TrainedModel {
 public:
  using LatentView = vaecollapse::LatentView<float>;

  /// \param path a run's folder or a model file
  /// \param threads 0: one for each core
  /// \param seed of what is drawn in evaluation; empty: that of the training
  /// \throws InputError for what is no such model
  TrainedModel(const std::filesystem::path& path, std::uint64_t threads, const kit::Search& search,
               std::optional<std::uint64_t> seed = {});
  ~TrainedModel();
  TrainedModel(TrainedModel&&) noexcept;
  TrainedModel& operator=(TrainedModel&&) noexcept;

  const Description& description() const;
  kit::LatentShape latent_shape() const;
  /// Whether each z has length one.
  bool is_on_sphere() const;

  /// The ELBO of each row, with one z drawn for it.
  vaecollapse::ElboRows elbo_rows(const vaecollapse::Corpus& corpus);

  /// Guesses for all rows, from z = mu.
  std::vector<RankedGuesses> guess(const vaecollapse::Corpus& corpus);

  /// The same, each row with the z of another.
  std::vector<RankedGuesses> guess_with_permuted_codes(const vaecollapse::Corpus& corpus);

  /// The same, each row with the z in codes that source_of names.
  std::vector<RankedGuesses> guess(const vaecollapse::Corpus& corpus, const LatentView& codes,
                                   std::span<const vaecollapse::Row> source_of);
  /// This model in an ensemble, each row with the z in codes that source_of names; all must outlive
  /// it.
  std::unique_ptr<vaecollapse::EnsembleMember<float>> member(
      const LatentView& codes, std::span<const vaecollapse::Row> source_of);
  /// A word drawn for each row, from such a z.
  std::vector<Guess> draw(const vaecollapse::Corpus& corpus, const LatentView& codes,
                          std::span<const vaecollapse::Row> source_of,
                          const kit::Sampling& sampling);
  /// The NLL of every answer from such a z. \unit nats
  std::vector<double> nll(const vaecollapse::Corpus& corpus, const LatentView& codes,
                          std::span<const vaecollapse::Row> source_of);
  /// Whose z each row is given by `guess_with_permuted_codes`.
  std::vector<vaecollapse::Row> permuted_rows(const vaecollapse::Corpus& corpus) const;
  /// The same within the words of as many places, of a z that is a sequence.
  std::vector<vaecollapse::Row> permuted_in_equal_places(const Latents& z) const;
  /// Numbers of places drawn from those of the words of training; empty where a number of places
  /// tells nothing.
  std::vector<vaecollapse::Index> numbers_of_places(vaecollapse::Index rows);
  /// A z from the prior for every row; a sequence has as many places as the row's own.
  Latents prior_codes(const vaecollapse::Corpus& corpus);

  vaecollapse::PosteriorRows<float> posteriors(const vaecollapse::Corpus& corpus);
  /// Of these the z, one drawn for each row: that which the ELBO is of.
  Latents drawn_codes(const vaecollapse::Corpus& corpus);

  /// Looks at the model by rows. What is got right without a model is the source as the guess.
  /// \param accuracy_gain by which the accuracy on dev rose, an epoch, at the end of training;
  /// empty where it is not known \pre two rows at least
  vaecollapse::Diagnosis diagnose(std::span<const vaecollapse::reinflection::Example> rows,
                                  vaecollapse::DiagnosisOptions options,
                                  std::optional<double> accuracy_gain);

  /// How the tags of every row are weighed before each symbol of its answer and before its end, or
  /// the places of its z where that is a sequence.
  /// \shape of a row [tags x (symbols + 1)] \throws Error for a model without attention
  std::vector<std::vector<float>> attention(const vaecollapse::Corpus& corpus);

  /// The posterior's mean of every source.
  Latents codes(const vaecollapse::Corpus& corpus);
  /// The same, one vector for each source: of a sequence the z of the whole word, and below it the
  /// mean over places. \shape [any x rows]
  std::vector<float> word_vectors(const vaecollapse::Corpus& corpus);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace reinflection
