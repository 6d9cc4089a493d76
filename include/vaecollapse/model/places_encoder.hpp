// An encoder that gives a code for each place of the source, or for each of some slots.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/autodiff/ops/gather.hpp>
#include <vaecollapse/autodiff/ops/places.hpp>
#include <vaecollapse/autodiff/ops/sequence_attention.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/nn/bidirectional.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/init.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The sizes of a `PlacesEncoder`.
struct PlacesEncoderSizes {
  Index symbols;
  Index embedding;
  Index hidden;         ///< of each direction
  Index slots = 0;      ///< K; 0: a place for each symbol
  Index compare = 128;  ///< the width in which slots are compared with places
};

/// Both directions of a cell over the embedded source and its end symbol. The code of a row begins
/// with u = [h_fwd(last); h_bwd(first)], as `RecurrentEncoder` gives it; then come the states at
/// each place, or what K learnt queries find when they attend to these, so that the number of
/// places tells nothing. Parameters `name.embedding.*`, those of the cell under its name, such as
/// `name.gru.*`, and with slots `name.slots.queries` and `name.slots.key.*`.
/// \shape -> [width x (B + N)] on a plan of 1 + S_b places a row, S_b the source's symbols and its
/// end, or K \cost that of the cell in both directions; with slots that of a `SequenceAttention`
/// \tparam Recurrent one direction
template <Cell Recurrent>
class PlacesEncoder {
 public:
  PlacesEncoder(Layout& layout, const std::string& name, const PlacesEncoderSizes& sizes,
                const CellFactory<Recurrent>& make_cell = {})
      : embedding_(layout, name + ".embedding", {sizes.symbols, sizes.embedding}),
        recurrent_(layout, name + "." + std::string(make_cell.name()),
                   {sizes.embedding, sizes.hidden}, make_cell) {
    if (sizes.slots == 0) return;
    if (sizes.slots < 0) {
      detail::raise_error({"PlacesEncoder: slots are ", sizes.slots, ": they must be 0 at least"});
    }
    slots_ = Slots{layout.add(name + ".slots.queries", Shape<2>{{sizes.compare, sizes.slots}},
                              init::embedding()),
                   Linear(layout, name + ".slots.key", {width(), sizes.compare})};
  }

  Index width() const { return recurrent_.width(); }
  /// K, or 0 where there is a place for each symbol.
  Index slots() const { return slots_ ? slots_->queries.shape[1] : 0; }
  /// How many places a source of so many symbols has, its end not counted.
  Index places(Index symbols) const { return slots_ ? slots() : symbols + 1; }

  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> operator()(C& cx, const Batch& batch) const {
    const Symbols source = batch.ends_sources() ? batch.source() : ended(cx, batch.source());
    const std::array inputs{Contribution<Scalar>::per_symbol(embedding_(cx, source))};
    const auto output = recurrent_.sequence(cx, inputs, *source.plan);
    const Sequence<Scalar> states{output.states.columns, source.plan};
    return prepend_vector(cx, output.last(), slots_ ? found(cx, states) : states);
  }

 private:
  /// K queries, and what they are compared with. Neither they nor what they find is projected: the
  /// one is learnt, and the other goes into linear heads.
  struct Slots {
    Slot<2> queries;
    Linear key;
  };

  /// The same sources with the end symbol behind each.
  template <class C>
  static Symbols ended(C& cx, const Symbols& source) {
    const SequencePlan& plan = detail::longer_plan(cx, *source.plan, 1);
    const std::span<Symbol> ids = cx.arena().template span<Symbol>(plan.columns());
    for (Index row = 0; row < plan.batch(); ++row) {
      const Index length = source.plan->length(row);
      for (Index step = 0; step < length; ++step) {
        at(ids, plan.column(row, step)) = at(source.ids, source.plan->column(row, step));
      }
      at(ids, plan.column(row, length)) = Vocabulary::end;
    }
    return {&plan, ids};
  }

  /// What the queries find in each row.
  template <class C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> found(C& cx, const Sequence<Scalar>& states) const {
    const Index batch = states.plan->batch();
    const std::span<Index> lengths = cx.arena().template span<Index>(batch);
    std::fill(lengths.begin(), lengths.end(), slots());
    const SequencePlan& plan = cx.plan(lengths);
    const std::span<Index> query = cx.arena().template span<Index>(plan.columns());
    const std::span<Index> row = cx.arena().template span<Index>(plan.columns());
    for (Index column = 0; column < plan.columns(); ++column) {
      at(query, column) = column / batch;
      at(row, column) = column % batch;  // rows of one length keep their order
    }
    const auto queries = gather(cx, cx.parameter(slots_->queries), std::span<const Index>(query));
    const auto keys = slots_->key(cx, states.columns);
    const auto attended = dot_attention(cx, queries, row, keys, states.columns, *states.plan);
    return {attended.columns, &plan};
  }

  Embedding embedding_;
  Bidirectional<Recurrent> recurrent_;
  std::optional<Slots> slots_;
};

/// Counts how many places the sources of the training rows have, which gives the length its price;
/// nothing to do for a network whose number of places is fixed. Once, before training: the counts
/// are saved with the parameters. \throws Error for parameters of another network
template <class Network, class Scalar, SymbolRows Rows>
requires requires(const Network& network) {
  network.posterior().lengths();
  network.encoder().places(Index{});
}
void count_lengths(const Network& network, Parameters<Scalar>& parameters, const Rows& corpus) {
  const auto& lengths = network.posterior().lengths();
  if (!lengths) return;
  std::vector<Index> places;
  for (Index row = 0; row < corpus.size(); ++row) {
    places.push_back(network.encoder().places(Index(corpus.source(static_cast<Row>(row)).size())));
  }
  lengths->count(parameters, places);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
