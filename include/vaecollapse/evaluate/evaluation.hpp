// The parts that evaluations share: a network, its workspace, and the batches of a corpus.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/var.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The size of batches, and the seed of the draws.
struct EvaluationOptions {
  /// Rows computed at once. Results do not depend on it, to rounding.
  Index batch = 128;
  Seed seed{0};
};

/// A network with parameters that stay, for the functions of this folder. They address draws by
/// corpus row, so the order of batches never matters.
template <class Network, class Scalar = float>
class Evaluation {
 public:
  /// All must outlive this.
  Evaluation(const Network& network, const Parameters<Scalar>& parameters, Team& team,
             EvaluationOptions options = {})
      : network_(network),
        parameters_(parameters),
        team_(team),
        workspace_(parameters, team),
        options_(options) {}
  Evaluation(const Network&&, const Parameters<Scalar>&, Team&, EvaluationOptions = {}) = delete;
  Evaluation(const Network&, const Parameters<Scalar>&&, Team&, EvaluationOptions = {}) = delete;

  /// The same for another network of these parameters, which must outlive what is returned.
  Evaluation with(const Network& network) const {
    return Evaluation(network, parameters_, team_, options_);
  }
  Evaluation with(const Network&&) const = delete;  // give the network a name

  const Network& network() const { return network_; }
  Workspace<Scalar>& workspace() { return workspace_; }
  /// \param pass what the draws are for
  Draws draws(Pass pass) const { return Draws(options_.seed, 0, pass); }

  /// Calls `f(batch)` for each batch of a corpus, in a scope of its own of the workspace.
  template <SymbolRows Rows, class F>
  void for_each_batch(const Rows& corpus, F&& f) {
    const Batches batches = Batches::by_length(corpus, options_.batch);
    for (const std::span<const Row> rows : batches) {
      const Scope scope(workspace_);
      batch_.assign(corpus, rows);
      f(batch_);
    }
  }

 private:
  const Network& network_;
  const Parameters<Scalar>& parameters_;
  Team& team_;
  Workspace<Scalar> workspace_;
  EvaluationOptions options_;
  Batch batch_;
};

namespace detail {

/// The posterior family of a network.
template <class Network>
using FamilyOf = std::remove_cvref_t<decltype(std::declval<const Network&>().posterior())>;

/// Every row, in order.
inline std::vector<Row> rows_in_order(Index size) {
  std::vector<Row> rows(static_cast<std::size_t>(size));
  std::iota(rows.begin(), rows.end(), Row{0});
  return rows;
}

/// The columns of a batch to their rows' places. \shape columns [Z x B], all [Z x rows]
template <class Scalar>
void scatter(const Var<Scalar, 2>& columns, const Batch& batch, std::vector<Scalar>& all) {
  const View<const Scalar> from = columns.view();
  for (Index j = 0; j < batch.size(); ++j) {
    const Index row = at(batch.rows(), j);
    std::copy_n(from.column(j), from.rows, all.data() + row * from.rows);
  }
}

/// The places of a batch's sequences behind those that are there.
template <class Scalar>
void scatter(const Sequence<Scalar>& z, const Batch& batch, LatentRows<Scalar>& all) {
  const View<const Scalar> from = z.columns.view();
  for (Index j = 0; j < batch.size(); ++j) {
    const Index count = z.plan->length(j);
    at(all.places, at(batch.rows(), j)) = {static_cast<Index>(all.numbers.size()) / from.rows,
                                           count};
    for (Index t = 0; t < count; ++t) {
      const Scalar* column = from.column(z.plan->column(j, t));
      all.numbers.insert(all.numbers.end(), column, column + from.rows);
    }
  }
}

/// The sequences of other rows, each with all of its places. \shape lengths [B]
/// \param column_of(j, t) the numbers of place t of row j
template <class C, class ColumnOf, class Scalar = typename C::scalar_type>
Sequence<Scalar> sequences_of(C& cx, Index latent, std::span<const Index> lengths,
                              ColumnOf&& column_of) {
  const SequencePlan& plan = cx.plan(lengths);
  const auto columns = cx.template make<2>(Shape<2>{{latent, plan.columns()}});
  for (Index j = 0; j < plan.batch(); ++j) {
    for (Index t = 0; t < plan.length(j); ++t) {
      std::copy_n(column_of(j, t), latent, columns.value_view().column(plan.column(j, t)));
    }
  }
  return {columns, &plan};
}

/// The vectors of other rows. \shape z [Z x any] \return [Z x B]
template <class Network, class Scalar>
Var<Scalar, 2> gather_vectors(Evaluation<Network, Scalar>& evaluation, std::span<const Scalar> z,
                              const Batch& batch, std::span<const Row> source_of) {
  const Index latent = evaluation.network().posterior().latent();
  const auto gathered = evaluation.workspace().template make<2>(Shape<2>{{latent, batch.size()}});
  for (Index j = 0; j < batch.size(); ++j) {
    const Index from = source_of[at(batch.rows(), j)];
    std::copy_n(z.data() + from * latent, latent, gathered.value_view().column(j));
  }
  return gathered;
}

template <class Network, class Scalar>
Sequence<Scalar> gather_sequences(Evaluation<Network, Scalar>& evaluation,
                                  const LatentView<Scalar>& z, const Batch& batch,
                                  std::span<const Row> source_of) {
  const Index latent = evaluation.network().posterior().latent();
  std::vector<PlaceRange> places;
  std::vector<Index> lengths;
  for (const Row row : batch.rows()) {
    places.push_back(z.of(Index{source_of[row]}));
    lengths.push_back(places.back().count);
  }
  return sequences_of(evaluation.workspace(), latent, lengths, [&](Index j, Index t) {
    return z.numbers.data() + (at(places, j).first + t) * latent;
  });
}

/// The z that the rows of a batch are given: those of the rows source_of[row]. A sequence comes
/// with all of its places, however many the row itself has. \return [Z x B], or a sequence
template <class Network, class Scalar>
auto gather(Evaluation<Network, Scalar>& evaluation, const LatentView<Scalar>& z,
            const Batch& batch, std::span<const Row> source_of) {
  if constexpr (has_sequence_latent<FamilyOf<Network>>) {
    return gather_sequences(evaluation, z, batch, source_of);
  } else {
    return gather_vectors(evaluation, z.numbers, batch, source_of);
  }
}

/// Adds the columns of a batch to sums of their rows, in double.
template <class Scalar>
void add_columns(View<const Scalar> columns, std::vector<double>& sums) {
  // A batch of short sequences has fewer places than another.
  sums.resize(std::max(sums.size(), static_cast<std::size_t>(columns.rows)));
  for (Index j = 0; j < columns.columns; ++j) {
    for (Index d = 0; d < columns.rows; ++d) {
      at(sums, d) += static_cast<double>(columns(d, j));
    }
  }
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
