// A network with the weights of a model file, at work, whichever it is.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/evaluate/ensemble_member.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/metrics/elbo_terms.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/model/beam.hpp>

#include "kit/network/latent_shape.hpp"
#include "kit/search.hpp"

namespace kit {

/// The functions of `evaluate/` and `diagnose/`, over one network. Its z are of rows of a corpus,
/// in order, and may be given to other rows: `source_of` names the row that each takes its z from.
template <vaecollapse::SymbolRows Rows>
class LoadedNetwork {
 public:
  using Corpus = Rows;
  using Latents = vaecollapse::LatentRows<float>;
  using LatentView = vaecollapse::LatentView<float>;
  using RowsOf = std::span<const vaecollapse::Row>;

  virtual ~LoadedNetwork() = default;

  virtual LatentShape latent_shape() const = 0;
  virtual bool is_on_sphere() const = 0;
  virtual vaecollapse::ElboRows elbo_rows(const Corpus& corpus) = 0;
  virtual vaecollapse::PosteriorRows<float> posteriors(const Corpus& corpus) = 0;
  virtual Latents means(const Corpus& corpus) = 0;
  virtual Latents prior(const Corpus& corpus) = 0;
  /// Numbers of places drawn from those of the rows of training, one a row; empty where a number
  /// of places tells nothing.
  virtual std::vector<vaecollapse::Index> numbers_of_places(vaecollapse::Index rows) = 0;
  virtual std::vector<vaecollapse::Row> permuted_rows(const Corpus& corpus) const = 0;
  /// The same within the rows of as many places.
  virtual std::vector<vaecollapse::Row> permuted_in_equal_places(const Latents& z) const = 0;
  virtual std::vector<double> nll(const Corpus& corpus, const LatentView& z, RowsOf source_of) = 0;
  virtual std::vector<vaecollapse::Guesses> decode(const Corpus& corpus, const LatentView& z,
                                                   RowsOf source_of,
                                                   const vaecollapse::DecodeOptions& options) = 0;
  /// This network in an ensemble, with these z; all must outlive it.
  virtual std::unique_ptr<vaecollapse::EnsembleMember<float>> member(const LatentView& z,
                                                                     RowsOf source_of) = 0;
  /// \param longest of the targets, in symbols
  virtual std::vector<vaecollapse::Hypothesis> sample(const Corpus& corpus, const LatentView& z,
                                                      RowsOf source_of, const Sampling& sampling,
                                                      vaecollapse::Index longest) = 0;
  virtual std::vector<std::vector<float>> attention(const Corpus& corpus) = 0;
  virtual vaecollapse::Diagnosis diagnose(const Corpus& corpus,
                                          const vaecollapse::DiagnosisOptions& options) = 0;
};

/// What a network is made from.
template <class Description>
struct ModelSource {
  std::string file;  ///< its name, for errors
  const vaecollapse::Safetensors& content;
  const Description& description;
  std::uint64_t threads = 0;  ///< 0: one for each core
  vaecollapse::Seed seed{0};  ///< of what is drawn
};

}  // namespace kit
