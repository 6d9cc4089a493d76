// What searches for words share: columns of a decoder's state that step from symbol to symbol, and
// words that grow on them.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>
#include <vaecollapse/model/beam.hpp>
#include <vaecollapse/model/conditions.hpp>
#include <vaecollapse/model/decoder.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Symbols that a word may go on with: its end or a character.
inline bool may_follow(Symbol symbol) {
  return symbol != Vocabulary::unknown && symbol != Vocabulary::start;
}

/// Columns of the decoder's state, one for each hypothesis that is still growing, and their
/// successors. Memory is taken once, in the scope in which they were created.
template <class Scalar, class Steps>
class SteppingColumns {
 public:
  /// Starts with one column for each row.
  SteppingColumns(Workspace<Scalar>& ws, const Steps& steps, Index symbols, Index capacity)
      : ws_(ws),
        steps_(steps),
        before_(allocate(steps.start().rows, capacity)),
        after_(allocate(steps.start().rows, capacity)),
        logits_(allocate(symbols, capacity)) {
    const View<const Scalar> start = steps.start();
    for (Index j = 0; j < start.columns; ++j) copy(start.column(j), before_.column(j));
  }

  /// Advances all columns by a symbol each.
  void step(std::span<const Symbol> ids, std::span<const Index> rows) {
    const auto n = static_cast<Index>(ids.size());
    steps_.step(ws_, ids, rows, View<const Scalar>(before_.middle_columns(0, n)),
                after_.middle_columns(0, n), logits_.middle_columns(0, n));
  }

  /// The logits of every next symbol of a column.
  View<const Scalar> logits(Index column) const { return logits_.middle_columns(column, 1); }

  /// Column `to` of the next step continues column `from` of this one.
  void carry(Index from, Index to) { copy(after_.column(from), before_.column(to)); }

 private:
  View<Scalar> allocate(Index rows, Index columns) {
    return {ws_.arena().template allocate<Scalar>(rows * columns), rows, columns};
  }
  void copy(const Scalar* from, Scalar* to) const { std::copy_n(from, before_.rows, to); }

  Workspace<Scalar>& ws_;
  const Steps& steps_;
  View<Scalar> before_, after_, logits_;
};

/// The same to a search, for a decoder whose logits do not depend on the symbols before: those of
/// all positions are computed at once, and a search only looks them up. All hypotheses of a search
/// are equally long, so one number is the position of all.
template <class Scalar>
class ParallelColumns {
 public:
  template <class D, class Given>
  ParallelColumns(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                  std::span<const Index> longest)
      : plan_(longest), logits_(decoder(ws, given, Symbols{&plan_, {}}).columns.view()) {}

  void step(std::span<const Symbol>, std::span<const Index> rows) {
    ++position_;
    rows_.assign(rows.begin(), rows.end());
  }

  View<const Scalar> logits(Index column) const {
    const Index row = at(rows_, column);
    return logits_.middle_columns(plan_.column(row, position_), 1);
  }

  void carry(Index, Index) {}

 private:
  SequencePlan plan_;
  View<const Scalar> logits_;
  std::vector<Index> rows_;
  Index position_ = -1;
};

/// The difference of a symbol's logit and its log probability: log sum exp of the logits.
template <class Scalar>
double normaliser(View<const Scalar> logits) {
  return static_cast<double>(kernels::log_sum_exp(logits.rows, logits.data));
}

/// Not above 0, whatever the rounding: no word gets likelier by growing. NaN stays NaN.
template <class Scalar>
double log_probability_of(Scalar logit, double normaliser) {
  const double found = static_cast<double>(logit) - normaliser;
  return is_finite(found) ? std::min(found, 0.0) : found;
}

/// What a search was given: `Conditions`, or a latent alone.
template <class Scalar, class Z>
const Conditions<Scalar, Z>& conditions_of(const Conditions<Scalar, Z>& given) {
  return given;
}
template <class Scalar>
Conditions<Scalar> conditions_of(const Var<Scalar, 2>& z) {
  return {z};
}
template <class Scalar>
Conditions<Scalar, Sequence<Scalar>> conditions_of(const Sequence<Scalar>& z) {
  return {z};
}

/// Runs `search(columns)` on the columns that suit the decoder; no row has more than `most` at
/// once.
template <class Scalar, Decoder D, class Z, class Search>
auto search_columns(Workspace<Scalar>& ws, const D& decoder, const Conditions<Scalar, Z>& given,
                    std::span<const Index> longest, Index most, Search&& search) {
  const Index rows = rows_of_latent(given.z);
  require_shapes(rows == Index(longest.size()), "decode",
                 {{"rows of z", Shape<1>{{rows}}}, {"sources", Shape<1>{{Index(longest.size())}}}},
                 "there must be a source for each row of z");
  const Scope scope(ws);
  if constexpr (MayBeParallel<D>) {
    if (decoder.is_parallel()) {
      ParallelColumns<Scalar> columns(ws, decoder, given, longest);
      return search(columns);
    }
  }
  const auto steps = decoder.steps(ws, given);
  SteppingColumns<Scalar, std::remove_const_t<decltype(steps)>> columns(
      ws, steps, decoder.symbols(), rows * most);
  return search(columns);
}

/// The likeliest symbol that may follow; of equals the first.
template <class Scalar>
Symbol likeliest_symbol(View<const Scalar> logits) {
  Symbol best = Vocabulary::end;
  for (Symbol v = 0; v < logits.rows; ++v) {
    if (may_follow(v) && logits.data[v] > logits.data[best]) best = v;
  }
  return best;
}

/// A word for each row, all growing at once: `choose(row, position, logits)` is its next symbol.
template <class Columns, class Choose>
std::vector<Hypothesis> grow_words(Columns& columns, std::span<const Index> longest,
                                   Choose&& choose) {
  std::vector<Hypothesis> words(longest.size());
  std::vector<Symbol> ids(words.size(), Vocabulary::start);
  std::vector<Index> rows(words.size());
  std::iota(rows.begin(), rows.end(), Index{0});
  for (Index position = 0; !rows.empty(); ++position) {
    columns.step(ids, rows);
    std::size_t alive = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto column = static_cast<Index>(i);
      const auto logits = columns.logits(column);
      const Index row = rows[i];
      const Symbol next = choose(row, position, logits);
      Hypothesis& word = at(words, row);
      word.log_probability += log_probability_of(logits.data[next], normaliser(logits));
      word.is_cut = !is_finite(word.log_probability);
      if (word.is_cut || next == Vocabulary::end) continue;
      word.ids.push_back(next);
      word.is_cut = static_cast<Index>(word.ids.size()) >= at(longest, row);
      if (word.is_cut) continue;
      columns.carry(column, static_cast<Index>(alive));
      ids[alive] = next;
      rows[alive++] = row;
    }
    ids.resize(alive);
    rows.resize(alive);
  }
  return words;
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
