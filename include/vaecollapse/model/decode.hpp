// Turning z and tags into words: greedy search and beam search on a workspace.
#pragma once

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>
#include <vaecollapse/model/beam.hpp>
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
  template <class D>
  ParallelColumns(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                  const TagSets& tags, std::span<const Index> longest)
      : plan_(longest), logits_(decoder(ws, z, tags, Symbols{&plan_, {}}).columns.view()) {}

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

/// Runs `search(columns)` on the columns that suit the decoder.
template <class Scalar, Decoder D, class Search>
std::vector<Guesses> search_columns(Workspace<Scalar>& ws, const D& decoder,
                                    const Var<Scalar, 2>& z, const TagSets& tags,
                                    const SequencePlan& sources, const DecodeOptions& options,
                                    Search&& search) {
  const Scope scope(ws);
  if constexpr (MayBeParallel<D>) {
    if (decoder.is_parallel()) {
      std::vector<Index> longest;
      for (Index row = 0; row < z.columns(); ++row) {
        longest.push_back(length_limit(options, sources.length(row)));
      }
      ParallelColumns<Scalar> columns(ws, decoder, z, tags, longest);
      return search(columns);
    }
  }
  const auto steps = decoder.steps(ws, z, tags);
  // A beam, and the hypothesis of greedy search.
  SteppingColumns<Scalar, std::remove_const_t<decltype(steps)>> columns(
      ws, steps, decoder.symbols(), z.columns() * (options.beam + 1));
  return search(columns);
}

/// A guess for each row of `sources`.
template <class Columns>
std::vector<Guesses> search_greedily(Columns& columns, const SequencePlan& sources,
                                     const DecodeOptions& options) {
  std::vector<Guesses> guesses(static_cast<std::size_t>(sources.batch()), Guesses(1));
  std::vector<Symbol> ids(guesses.size(), Vocabulary::start);
  std::vector<Index> rows(guesses.size());
  std::iota(rows.begin(), rows.end(), Index{0});
  while (!rows.empty()) {
    columns.step(ids, rows);
    std::size_t alive = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto column = static_cast<Index>(i);
      const auto logits = columns.logits(column);
      Symbol best = Vocabulary::end;
      for (Symbol v = 0; v < logits.rows; ++v) {
        if (may_follow(v) && logits.data[v] > logits.data[best]) best = v;
      }
      const Index row = rows[i];
      Hypothesis& word = at(guesses, row).front();
      word.log_probability += log_probability_of(logits.data[best], normaliser(logits));
      word.is_cut = !is_finite(word.log_probability);
      if (word.is_cut || best == Vocabulary::end) continue;
      word.ids.push_back(best);
      const Index longest = length_limit(options, sources.length(row));
      word.is_cut = static_cast<Index>(word.ids.size()) >= longest;
      if (word.is_cut) continue;
      columns.carry(column, static_cast<Index>(alive));
      ids[alive] = best;
      rows[alive++] = row;
    }
    ids.resize(alive);
    rows.resize(alive);
  }
  return guesses;
}

/// All continuations of the hypotheses of a beam, of which the first is in column `first`.
template <class Columns>
void collect_candidates(Columns& columns, const Beam& beam, Index first,
                        std::vector<Beam::Candidate>& candidates) {
  candidates.clear();
  for (std::size_t parent = 0; parent < beam.growing().size(); ++parent) {
    const auto logits = columns.logits(first + static_cast<Index>(parent));
    const double before = beam.growing()[parent].log_probability, all = normaliser(logits);
    for (Symbol v = 0; v < logits.rows; ++v) {
      if (!may_follow(v)) continue;
      candidates.push_back({before + log_probability_of(logits.data[v], all), parent, v});
    }
  }
}

/// The best guesses for each row of `sources`.
template <class Columns>
std::vector<Guesses> search_with_beams(Columns& columns, const SequencePlan& sources,
                                       const DecodeOptions& options) {
  std::vector<Beam> beams;
  for (Index row = 0; row < sources.batch(); ++row) {
    beams.emplace_back(options, length_limit(options, sources.length(row)));
  }
  std::vector<Symbol> ids;
  std::vector<Index> rows;
  std::vector<Beam::Candidate> candidates;
  while (true) {
    ids.clear();
    rows.clear();
    for (Index row = 0; row < sources.batch(); ++row) {
      for (const Hypothesis& word : at(beams, row).growing()) {
        ids.push_back(word.ids.empty() ? Vocabulary::start : word.ids.back());
        rows.push_back(row);
      }
    }
    if (ids.empty()) break;
    columns.step(ids, rows);
    Index first = 0, next = 0;
    for (Beam& beam : beams) {
      const auto count = static_cast<Index>(beam.growing().size());
      if (count == 0) continue;
      collect_candidates(columns, beam, first, candidates);
      for (const std::size_t parent : beam.advance(candidates)) {
        columns.carry(first + static_cast<Index>(parent), next++);
      }
      first += count;
    }
  }
  std::vector<Guesses> guesses;
  guesses.reserve(beams.size());
  for (Beam& one : beams) guesses.push_back(one.best());
  return guesses;
}

/// \throws Error
inline void check_options(const DecodeOptions& options, Index rows) {
  if (options.beam < 1 || options.nbest < 1 || options.nbest > options.beam) {
    raise_error({"decode: beam is ", options.beam, ", nbest is ", options.nbest,
                 ": 1 <= nbest <= beam must hold"});
  }
  if (options.beam >= std::numeric_limits<Index>::max() / std::max<Index>(1, rows)) {
    raise_error({"decode: beam is ", options.beam, ", of ", rows,
                 " rows: their product must be below 2^63"});
  }
  const double power = options.length_normalisation;
  if (!is_finite(power) || power < 0) {
    raise_error({"decode: length_normalisation is ", power, ": it must be finite, 0 or more"});
  }
}

}  // namespace detail

/// The likeliest symbol at every step, for all rows at once; rows that have ended cost nothing.
/// \shape z [Z x B], tags and source lengths of B rows
template <class Scalar, Decoder D>
std::vector<Guesses> greedy(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                            const TagSets& tags, const SequencePlan& sources,
                            const DecodeOptions& options = {}) {
  return detail::search_columns(ws, decoder, z, tags, sources, options, [&](auto& columns) {
    return detail::search_greedily(columns, sources, options);
  });
}

/// Beam search: grows the best `options.beam` hypotheses of each row at every step, and that of
/// greedy search. A row ends when none that grows can still come among its `options.nbest` best, so
/// its first guess is never ranked behind that of greedy search, rounding apart.
/// \shape z [Z x B], tags and source lengths of B rows
/// \throws Error as `decode`
template <class Scalar, Decoder D>
std::vector<Guesses> beam_search(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                                 const TagSets& tags, const SequencePlan& sources,
                                 const DecodeOptions& options) {
  detail::check_options(options, z.columns());
  return detail::search_columns(ws, decoder, z, tags, sources, options, [&](auto& columns) {
    return detail::search_with_beams(columns, sources, options);
  });
}

/// The guesses of every row, best first: greedy search for a beam of 1.
/// \throws Error for a beam below 1 or too wide to count its columns, more guesses wanted than it
/// holds, or a length normalisation that is negative or not finite
template <class Scalar, Decoder D>
std::vector<Guesses> decode(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                            const TagSets& tags, const SequencePlan& sources,
                            const DecodeOptions& options = {}) {
  detail::check_options(options, z.columns());
  return options.beam == 1 ? greedy(ws, decoder, z, tags, sources, options)
                           : beam_search(ws, decoder, z, tags, sources, options);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
