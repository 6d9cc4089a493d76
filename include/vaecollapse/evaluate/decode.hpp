// Decoded words for the rows of a corpus, their scores, and the attention of the decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/metrics/edit_distance.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/symbol_scores.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/sample.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The guesses of every row, from the z of row source_of[row]. What else the decoder is
/// conditioned on is the row's own. \shape z [Z x any]
template <class Network, class Scalar, SymbolRows Rows>
std::vector<Guesses> decode_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                                 const std::type_identity_t<LatentView<Scalar>>& z,
                                 std::span<const Row> source_of,
                                 const DecodeOptions& options = {}) {
  const Network& network = evaluation.network();
  auto& workspace = evaluation.workspace();
  std::vector<Guesses> all(static_cast<std::size_t>(corpus.size()));
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto own = detail::gather(evaluation, z, batch, source_of);
    const auto given = network.conditioning(workspace, own, batch);
    auto some = decode(workspace, network.decoder(), given, *batch.source().plan, options);
    for (std::size_t j = 0; j < some.size(); ++j) all[batch.rows()[j]] = std::move(some[j]);
  });
  return all;
}

/// The guesses of every row from the mean of its own posterior.
template <class Network, class Scalar, SymbolRows Rows>
std::vector<Guesses> decode_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                                 const DecodeOptions& options = {}) {
  const auto z = z_means(evaluation, corpus);
  return decode_rows(evaluation, corpus, LatentView<Scalar>(z),
                     detail::rows_in_order(corpus.size()), options);
}

/// A word for every row, drawn from the z of row source_of[row]; the draws are addressed by the
/// row. What else the decoder is conditioned on is the row's own. \shape z [Z x any] \throws Error
/// as `sample_words`
template <class Network, class Scalar, SymbolRows Rows>
std::vector<Hypothesis> sample_rows(Evaluation<Network, Scalar>& evaluation, const Rows& corpus,
                                    const std::type_identity_t<LatentView<Scalar>>& z,
                                    std::span<const Row> source_of,
                                    const SamplingOptions& options = {}, std::uint32_t number = 0) {
  const Network& network = evaluation.network();
  auto& workspace = evaluation.workspace();
  const Draws draws = evaluation.draws(Pass::evaluate);
  std::vector<Hypothesis> all(static_cast<std::size_t>(corpus.size()));
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto own = detail::gather(evaluation, z, batch, source_of);
    const auto given = network.conditioning(workspace, own, batch);
    auto some =
        sample_words(workspace, network.decoder(), given, draws, batch.rows(), options, number);
    for (std::size_t j = 0; j < some.size(); ++j) all[batch.rows()[j]] = std::move(some[j]);
  });
  return all;
}

namespace detail {

/// A decoder that attends to the places of z.
template <class D>
inline constexpr bool attends_to_places =
    std::is_same_v<typename LatentOf<D, float>::type, Sequence<float>>;

/// How many weights each row has before each symbol: one for each tag, or for each place of z.
template <class D, class Given>
Index attended_by(const D& decoder, const Given& given, const Batch& batch, Index row) {
  if constexpr (attends_to_places<D>) {
    return given.z.plan->length(row) - decoder.global_columns();
  } else {
    return static_cast<Index>(batch.tags().of(row).size());
  }
}

template <class D>
void require_attention(const D& decoder) {
  if constexpr (!attends_to_places<D>) {
    if (!decoder.attends()) raise(Error("attention: this decoder has no attention over the tags"));
  }
}

}  // namespace detail

/// How the decoder weighs the tags of every row before each symbol of its target and before its
/// end, from the mean of the row's own posterior; or the places of z, if it takes a sequence.
/// \shape of a row [tags x (symbols + 1)], or [places x (symbols + 1)]
/// \throws Error for a decoder without attention
template <class Network, class Scalar, SymbolRows Rows>
std::vector<std::vector<Scalar>> attention_rows(Evaluation<Network, Scalar>& evaluation,
                                                const Rows& corpus) {
  const Network& network = evaluation.network();
  auto& workspace = evaluation.workspace();
  detail::require_attention(network.decoder());
  std::vector<std::vector<Scalar>> all(static_cast<std::size_t>(corpus.size()));
  evaluation.for_each_batch(corpus, [&](const Batch& batch) {
    const auto z = network.posterior().mean(network.encode(workspace, batch));
    const auto given = network.conditioning(workspace, z, batch);
    const Symbols inputs = batch.inputs();
    const auto weights = network.decoder().attention(workspace, given, inputs);
    const Scalar* next = weights.data();
    const SequencePlan& plan = *inputs.plan;
    for (Index step = 0; step < plan.steps(); ++step) {
      for (const Index row : plan.order().first(static_cast<std::size_t>(plan.active(step)))) {
        auto& of_row = all[at(batch.rows(), row)];
        const Index count = detail::attended_by(network.decoder(), given, batch, row);
        of_row.insert(of_row.end(), next, next + count);
        next += count;
      }
    }
  });
  return all;
}

/// Scores guesses against the targets of a corpus, symbol by symbol.
template <SymbolRows Rows>
SymbolScores score_symbols(const Rows& corpus, std::span<const Guesses> guesses) {
  const auto as_text = [](std::span<const Symbol> ids) {
    return std::u32string(ids.begin(), ids.end());
  };
  EditDistance distance;
  Index right = 0, edits = 0;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const std::u32string gold = as_text(corpus.target(row));
    const std::u32string guess =
        guesses[row].empty() ? std::u32string() : as_text(guesses[row].front().ids);
    right += guess == gold ? 1 : 0;
    edits += distance(guess, gold);
  }
  const auto rows = static_cast<double>(corpus.size());
  return {static_cast<double>(right) / rows, static_cast<double>(edits) / rows};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
