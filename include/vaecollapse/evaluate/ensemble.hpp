// Words that several models predict together, each from a z of its own, and their NLL.
#pragma once

#include <cstddef>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/evaluate/ensemble_member.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/model/decode.hpp>
#include <vaecollapse/model/ensemble.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A network as a member of an ensemble: row r has the z of row source_of[r]. What else its decoder
/// is conditioned on is the row's own. \shape z [Z x any]
template <class Network, class Scalar = float>
class EnsembleMemberOf final : public EnsembleMember<Scalar> {
 public:
  /// All that is passed must outlive this.
  EnsembleMemberOf(Evaluation<Network, Scalar>& evaluation,
                   const std::type_identity_t<LatentView<Scalar>>& z,
                   std::span<const Row> source_of)
      : evaluation_(evaluation), z_(z), source_of_(source_of) {}

  std::unique_ptr<MemberColumns<Scalar>> open(const Batch& batch, std::span<const Index> longest,
                                              Index most) override {
    auto& workspace = evaluation_.workspace();
    const Network& network = evaluation_.network();
    return member_columns(workspace, network.decoder(), longest, most, [&] {
      const auto own = detail::gather(evaluation_, z_, batch, source_of_);
      return network.conditioning(workspace, own, batch);
    });
  }

 private:
  Evaluation<Network, Scalar>& evaluation_;
  LatentView<Scalar> z_;
  std::span<const Row> source_of_;
};

/// The models of an ensemble, which others own.
template <class Scalar = float>
using EnsembleMembers = std::span<const std::unique_ptr<EnsembleMember<Scalar>>>;

namespace detail {

/// Calls `f(batch, columns)` for each batch of a corpus, with the columns of an ensemble.
/// \param longest_of(batch) of each row's word, in symbols
template <class Scalar, SymbolRows Rows, class LongestOf, class F>
void for_each_ensemble_batch(EnsembleMembers<Scalar> members, const Rows& corpus, Index most,
                             LongestOf&& longest_of, F&& f) {
  const Batches batches = Batches::by_length(corpus, EvaluationOptions().batch);
  Batch batch;
  for (const std::span<const Row> rows : batches) {
    batch.assign(corpus, rows);
    const std::vector<Index> longest = longest_of(std::as_const(batch));
    typename EnsembleColumns<Scalar>::Members opened;
    for (const auto& member : members) opened.push_back(member->open(batch, longest, most));
    EnsembleColumns<Scalar> columns(std::move(opened));
    f(std::as_const(batch), columns, longest);
  }
}

/// Subtracts the log probability of each target's symbols, one after the other.
template <class Columns>
void subtract_log_probabilities(Columns& columns, const Symbols& targets, std::span<const Row> rows,
                                std::vector<double>& nll) {
  const SequencePlan& plan = *targets.plan;
  std::vector<Index> alive(rows.size());
  std::iota(alive.begin(), alive.end(), Index{0});
  std::vector<Symbol> ids(rows.size(), Vocabulary::start);
  for (Index position = 0; !alive.empty(); ++position) {
    columns.step(ids, alive);
    std::size_t count = 0;
    for (std::size_t i = 0; i < alive.size(); ++i) {
      const Index row = alive[i], column = static_cast<Index>(i);
      const Symbol next = at(targets.ids, plan.column(row, position));
      const auto logits = columns.logits(column);
      nll[at(rows, row)] -= log_probability_of(logits.data[next], normaliser(logits));
      if (position + 1 == plan.length(row)) continue;
      columns.carry(column, static_cast<Index>(count));
      ids[count] = next;
      alive[count++] = row;
    }
    ids.resize(count);
    alive.resize(count);
  }
}

}  // namespace detail

/// The guesses of every row, best first, by all members together: see `EnsembleColumns`. The log
/// probability of a guess is the ensemble's. \throws Error as `decode`, and for no members or such
/// as have other symbols
template <class Scalar, SymbolRows Rows>
std::vector<Guesses> decode_rows(EnsembleMembers<Scalar> members, const Rows& corpus,
                                 const DecodeOptions& options = {}) {
  std::vector<Guesses> all(static_cast<std::size_t>(corpus.size()));
  detail::check_options(options, EvaluationOptions().batch);
  const Index most = options.beam == 1 ? 1 : options.beam + 1;
  const auto longest_of = [&](const Batch& batch) {
    return detail::length_limits(options, *batch.source().plan);
  };
  detail::for_each_ensemble_batch(
      members, corpus, most, longest_of,
      [&](const Batch& batch, auto& columns, std::span<const Index> longest) {
        auto some = options.beam == 1 ? detail::search_greedily(columns, longest)
                                      : detail::search_with_beams(columns, longest, options);
        for (std::size_t j = 0; j < some.size(); ++j) all[batch.rows()[j]] = std::move(some[j]);
      });
  return all;
}

/// The NLL of every row's target by all members together, the true symbols before it being read.
/// With z drawn from the posteriors of the members, independently, it is the first term of an ELBO
/// whose rate is the sum of theirs: all of their z are latent. \unit nats per word \throws Error as
/// `decode_rows`
template <class Scalar, SymbolRows Rows>
std::vector<double> nll_rows(EnsembleMembers<Scalar> members, const Rows& corpus) {
  std::vector<double> all(static_cast<std::size_t>(corpus.size()));
  const auto longest_of = [](const Batch& batch) {
    const SequencePlan& plan = *batch.targets().plan;
    std::vector<Index> longest;
    for (Index row = 0; row < plan.batch(); ++row) longest.push_back(plan.length(row));
    return longest;
  };
  detail::for_each_ensemble_batch(
      members, corpus, 1, longest_of, [&](const Batch& batch, auto& columns, const auto&) {
        detail::subtract_log_probabilities(columns, batch.targets(), batch.rows(), all);
      });
  return all;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
