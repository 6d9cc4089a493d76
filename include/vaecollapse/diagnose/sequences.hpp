// Finds how much a model uses of a z that is a sequence, and by which way of its decoder.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/diagnose/subject.hpp>
#include <vaecollapse/diagnose/use_of_places.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/posterior_rows.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>
#include <vaecollapse/model/ablated_parts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

/// The outcomes of some rows.
inline RowOutcomes outcomes_of(const RowOutcomes& all, std::span<const Row> rows) {
  RowOutcomes some;
  for (const Row row : rows) {
    some.nll.push_back(all.nll[row]);
    some.right.push_back(all.right[row]);
  }
  return some;
}

/// The figures of one corpus of sequences.
template <class Network, class Scalar, SymbolRows Rows>
class SequenceUse {
 public:
  SequenceUse(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
              const PosteriorRows<Scalar>& posteriors, const RowOutcomes& own)
      : evaluation_(evaluation),
        subject_(evaluation, corpus),
        posteriors_(posteriors),
        own_(own),
        parts_(sequence_parts(evaluation.network().posterior())) {}

  UseOfPlaces operator()(const Ablation& of_all_rows) {
    UseOfPlaces found;
    const EqualPlaces equal = permuted_in_equal_places(evaluation_, posteriors_.places);
    found.alone = equal.alone();
    find_permuted(found, equal, of_all_rows);
    const std::vector<Scalar> zeros(posteriors_.z.size());
    found.zeroed = changed(zeros, zeros);
    find_ways(found);
    if (parts_.global_columns > 0) find_parts(found, equal);
    return found;
  }

 private:
  Ablation changed(const std::vector<Scalar>& samples, const std::vector<Scalar>& means) {
    return ablation(own_, subject_.outcomes(posteriors_.latents(samples),
                                            posteriors_.latents(means), subject_.own()));
  }

  bool have_equal_places() const {
    for (const PlaceRange& of_row : posteriors_.places) {
      if (of_row.count != posteriors_.places.front().count) return false;
    }
    return true;
  }

  /// Rows that all have as many places are permuted as a whole.
  void find_permuted(UseOfPlaces& found, const EqualPlaces& equal, const Ablation& of_all_rows) {
    if (have_equal_places()) {
      found.permuted = of_all_rows;
    } else if (!equal.rows.empty()) {
      const RowOutcomes all = subject_.outcomes(
          posteriors_.latents(posteriors_.z), posteriors_.latents(posteriors_.mu), equal.source_of);
      found.permuted = ablation(outcomes_of(own_, equal.rows), outcomes_of(all, equal.rows));
    }
  }

  /// The ways from z into the decoder, where it has them apart.
  void find_ways(UseOfPlaces& found) {
    if constexpr (AblatesParts<std::remove_cvref_t<decltype(evaluation_.network().decoder())>>) {
      found.without_mean = without({.mean = true});
      found.without_attended = without({.attended = true});
    }
  }

  Ablation without(const AblatedParts& parts) {
    const Network& whole = evaluation_.network();
    const Network ablated(whole.encoder(), whole.posterior(), whole.decoder().without(parts));
    Evaluation<Network, Scalar> evaluation = evaluation_.with(ablated);
    Subject subject(evaluation, subject_.corpus());
    return ablation(own_, subject.outcomes(posteriors_.latents(posteriors_.z),
                                           posteriors_.latents(posteriors_.mu), subject.own()));
  }

  /// The global z and the places, each of another row.
  void find_parts(UseOfPlaces& found, const EqualPlaces& equal) {
    const auto joined = [&](std::span<const Row> global_of, std::span<const Row> places_of) {
      const auto of = [&](const std::vector<Scalar>& values) {
        return joined_parts(posteriors_.latents(values), posteriors_.latent, parts_, global_of,
                            places_of);
      };
      return subject_.outcomes(of(posteriors_.z), of(posteriors_.mu), subject_.own());
    };
    const std::vector<Row> others = permuted_rows(evaluation_, subject_.corpus());
    found.global_permuted = ablation(own_, joined(others, subject_.own()));
    if (equal.rows.empty()) return;
    const RowOutcomes all = joined(subject_.own(), equal.source_of);
    found.places_permuted = ablation(outcomes_of(own_, equal.rows), outcomes_of(all, equal.rows));
  }

  Evaluation<Network, Scalar>& evaluation_;
  Subject<Network, Scalar, Rows> subject_;
  const PosteriorRows<Scalar>& posteriors_;
  const RowOutcomes& own_;
  SequenceParts parts_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
