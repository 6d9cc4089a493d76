// One model, or several that guess words together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>

#include "trained_model.hpp"

namespace reinflection {

/// Each of several models encodes a row itself and has a z of its own; at every symbol their log
/// probabilities are averaged and normalised anew. One model alone is what it is without the
/// others.
class Ensemble {
 public:
  /// \param models runs' folders or model files; their networks may differ
  /// \param threads 0: one for each core
  /// \throws InputError for what is no such model, and for models with other characters, tags or
  /// normal forms than the first
  Ensemble(const std::vector<std::string>& models, std::uint64_t threads,
           const kit::Search& search);

  std::size_t size() const { return models_.size(); }
  std::vector<TrainedModel>& members() { return models_; }
  /// Of the first model; of characters and tags it is that of all.
  const Description& description() const { return models_.front().description(); }

  /// Guesses for all rows, from the posteriors' means.
  std::vector<RankedGuesses> guess(const vaecollapse::Corpus& corpus);
  /// The same from one z of each model, drawn from its posterior.
  std::vector<RankedGuesses> guess_from_drawn(const vaecollapse::Corpus& corpus);
  /// Guesses from the means, each row with the z of another, which is the same for all models.
  std::vector<RankedGuesses> guess_with_permuted_codes(const vaecollapse::Corpus& corpus);
  /// The ELBO of each row, with one z of each model drawn: the NLL by all of them, and the sum of
  /// their rates, for the guesses are read from all of their z.
  vaecollapse::ElboRows elbo_rows(const vaecollapse::Corpus& corpus);
  /// The NLL of every answer where the drawn z are those of another row. \unit nats
  std::vector<double> nll_with_permuted_codes(const vaecollapse::Corpus& corpus);

 private:
  using RowsOf = std::span<const vaecollapse::Row>;

  std::vector<Latents> means(const vaecollapse::Corpus& corpus);
  std::vector<Latents> drawn_codes(const vaecollapse::Corpus& corpus);
  std::vector<RankedGuesses> guess(const vaecollapse::Corpus& corpus,
                                   const std::vector<Latents>& codes, RowsOf source_of);
  std::vector<double> nll(const vaecollapse::Corpus& corpus, RowsOf source_of);

  std::vector<TrainedModel> models_;
  kit::Search search_;
};

}  // namespace reinflection
