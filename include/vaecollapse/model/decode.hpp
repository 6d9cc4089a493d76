// Turning z and tags into words: greedy search and beam search on a workspace.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>
#include <vaecollapse/model/decoder.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How words are searched for.
struct DecodeOptions {
  /// Hypotheses kept at each step; 1 is greedy search.
  Index beam = 1;
  /// How many guesses to return for each row, at most `beam`.
  Index nbest = 1;
  /// A hypothesis of n symbols, its end counted, is ranked by log p / n^this; 0 ranks by log p.
  double length_normalisation = 0;
  /// A word ends, if not before, after factor * (length of its source) + slack symbols.
  Index length_factor = 2, length_slack = 20;

  Index longest(Index source) const { return length_factor * source + length_slack; }
};

/// A guess.
struct Hypothesis {
  /// Its characters: no start or end symbol, never the unknown one.
  std::vector<Symbol> ids;
  /// log p(word | z, tags), the end symbol counted where the word came to its end. \unit nats
  double log_probability = 0;
};

/// The guesses of one row, best first.
using Guesses = std::vector<Hypothesis>;

namespace detail {

/// Symbols that a word may go on with: its end or a character.
inline bool may_follow(Symbol symbol) {
  return symbol != Vocabulary::unknown && symbol != Vocabulary::start;
}

/// Columns of the decoder's state, one for each hypothesis that is still growing, and their
/// successors. Memory is taken once, in the scope in which it was made.
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

  /// Advances all columns by the symbols they hear.
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

/// The same to a search, for a decoder whose logits do not depend on what was said: those of all
/// positions are computed at once, and a search only looks them up. All hypotheses of a search are
/// equally long, so one number says where it is.
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
    const Index row = rows_[static_cast<std::size_t>(column)];
    return logits_.middle_columns(plan_.column(row, position_), 1);
  }

  void carry(Index, Index) {}

 private:
  SequencePlan plan_;
  View<const Scalar> logits_;
  std::vector<Index> rows_;
  Index position_ = -1;
};

/// What a symbol's logit exceeds its log probability by.
template <class Scalar>
double normaliser(View<const Scalar> logits) {
  return static_cast<double>(kernels::log_sum_exp(logits.rows, logits.data));
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
        longest.push_back(std::max<Index>(1, options.longest(sources.length(row))));
      }
      ParallelColumns<Scalar> columns(ws, decoder, z, tags, longest);
      return search(columns);
    }
  }
  const auto steps = decoder.steps(ws, z, tags);
  SteppingColumns<Scalar, std::remove_const_t<decltype(steps)>> columns(
      ws, steps, decoder.symbols(), z.columns() * options.beam);
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
      Hypothesis& word = guesses[static_cast<std::size_t>(row)].front();
      word.log_probability += static_cast<double>(logits.data[best]) - normaliser(logits);
      if (best == Vocabulary::end) continue;
      word.ids.push_back(best);
      if (static_cast<Index>(word.ids.size()) >= options.longest(sources.length(row))) continue;
      columns.carry(column, static_cast<Index>(alive));
      ids[alive] = best;
      rows[alive++] = row;
    }
    ids.resize(alive);
    rows.resize(alive);
  }
  return guesses;
}

/// The hypotheses of one row in a beam search.
class Beam {
 public:
  Beam(const DecodeOptions& options, Index longest) : options_(options), longest_(longest) {
    growing_.push_back({});
  }

  const std::vector<Hypothesis>& growing() const { return growing_; }

  /// A way for hypothesis `parent` to go on, with the log probability of the whole.
  struct Candidate {
    double log_probability;
    std::size_t parent;
    Symbol symbol;
  };

  /// Keeps the best candidates, which are sorted here: those that end are finished, the others
  /// grow. Returns the parent of each hypothesis that grows.
  std::vector<std::size_t> advance(std::vector<Candidate>& candidates) {
    const auto width = std::min(candidates.size(), static_cast<std::size_t>(options_.beam));
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(width),
                      candidates.end(), [](const Candidate& a, const Candidate& b) {
                        if (a.log_probability != b.log_probability) {
                          return a.log_probability > b.log_probability;
                        }
                        return std::pair(a.parent, a.symbol) < std::pair(b.parent, b.symbol);
                      });
    std::vector<Hypothesis> next;
    std::vector<std::size_t> parents;
    for (std::size_t i = 0; i < width; ++i) {
      const Candidate& candidate = candidates[i];
      Hypothesis word = growing_[candidate.parent];
      word.log_probability = candidate.log_probability;
      if (candidate.symbol == Vocabulary::end) {
        finish(std::move(word), 1);
        continue;
      }
      word.ids.push_back(candidate.symbol);
      if (static_cast<Index>(word.ids.size()) >= longest_) {
        finish(std::move(word), 0);
        continue;
      }
      next.push_back(std::move(word));
      parents.push_back(candidate.parent);
    }
    const bool done = static_cast<Index>(finished_.size()) >= options_.beam;
    growing_ = done ? std::vector<Hypothesis>{} : std::move(next);
    if (done) parents.clear();
    return parents;
  }

  Guesses best() {
    Guesses guesses;
    for (Ranked& one : finished_) {
      if (static_cast<Index>(guesses.size()) == options_.nbest) break;
      guesses.push_back(std::move(one.word));
    }
    return guesses;
  }

 private:
  struct Ranked {
    double rank;
    Hypothesis word;
  };

  void finish(Hypothesis word, Index end_symbols) {
    const auto length = static_cast<double>(static_cast<Index>(word.ids.size()) + end_symbols);
    const double rank = word.log_probability / std::pow(length, options_.length_normalisation);
    // Best first, and of equals the one that was finished first.
    const auto at =
        std::upper_bound(finished_.begin(), finished_.end(), rank,
                         [](double value, const Ranked& other) { return value > other.rank; });
    finished_.insert(at, {rank, std::move(word)});
  }

  const DecodeOptions& options_;
  Index longest_;
  std::vector<Hypothesis> growing_;
  std::vector<Ranked> finished_;
};

/// The best guesses for each row of `sources`.
template <class Columns>
std::vector<Guesses> search_with_beams(Columns& columns, const SequencePlan& sources,
                                       const DecodeOptions& options) {
  std::vector<Beam> beams;
  for (Index row = 0; row < sources.batch(); ++row) {
    beams.emplace_back(options, options.longest(sources.length(row)));
  }
  std::vector<Symbol> ids;
  std::vector<Index> rows;
  std::vector<Beam::Candidate> candidates;
  while (true) {
    ids.clear();
    rows.clear();
    for (Index row = 0; row < sources.batch(); ++row) {
      for (const Hypothesis& word : beams[static_cast<std::size_t>(row)].growing()) {
        ids.push_back(word.ids.empty() ? Vocabulary::start : word.ids.back());
        rows.push_back(row);
      }
    }
    if (ids.empty()) break;
    columns.step(ids, rows);
    Index column = 0, next = 0;
    for (Beam& beam : beams) {
      const Index first = column;
      candidates.clear();
      for (std::size_t parent = 0; parent < beam.growing().size(); ++parent, ++column) {
        const auto logits = columns.logits(column);
        const double base = beam.growing()[parent].log_probability - normaliser(logits);
        for (Symbol v = 0; v < logits.rows; ++v) {
          if (!may_follow(v)) continue;
          candidates.push_back({base + static_cast<double>(logits.data[v]), parent, v});
        }
      }
      if (candidates.empty()) continue;
      for (const std::size_t parent : beam.advance(candidates)) {
        columns.carry(first + static_cast<Index>(parent), next++);
      }
    }
  }
  std::vector<Guesses> guesses;
  guesses.reserve(beams.size());
  for (Beam& one : beams) guesses.push_back(one.best());
  return guesses;
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

/// Beam search: keeps the best `options.beam` hypotheses of each row at every step, and stops a
/// row when so many have come to their end.
/// \shape z [Z x B], tags and source lengths of B rows
template <class Scalar, Decoder D>
std::vector<Guesses> beam_search(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                                 const TagSets& tags, const SequencePlan& sources,
                                 const DecodeOptions& options) {
  return detail::search_columns(ws, decoder, z, tags, sources, options, [&](auto& columns) {
    return detail::search_with_beams(columns, sources, options);
  });
}

/// The guesses of every row, best first: greedy search for a beam of 1.
/// \throws Error for a beam below 1, or more guesses wanted than it holds
template <class Scalar, Decoder D>
std::vector<Guesses> decode(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                            const TagSets& tags, const SequencePlan& sources,
                            const DecodeOptions& options = {}) {
  if (options.beam < 1 || options.nbest < 1 || options.nbest > options.beam) {
    raise(Error("decode: beam is " + std::to_string(options.beam) + ", nbest is " +
                std::to_string(options.nbest) + ": 1 <= nbest <= beam must hold"));
  }
  return options.beam == 1 ? greedy(ws, decoder, z, tags, sources, options)
                           : beam_search(ws, decoder, z, tags, sources, options);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
