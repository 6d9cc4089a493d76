// Turning z, and what there is besides, into words: greedy search and beam search on a workspace.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/model/beam.hpp>
#include <vaecollapse/model/conditions.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/word_columns.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// The greatest length of the word of each source.
inline std::vector<Index> length_limits(const DecodeOptions& options, const SequencePlan& sources) {
  std::vector<Index> longest(static_cast<std::size_t>(sources.batch()));
  for (Index row = 0; row < sources.batch(); ++row) {
    at(longest, row) = std::max<Index>(1, options.longest_from(sources.length(row)));
  }
  return longest;
}

/// The same where there are no sources.
template <class Scalar, class Z>
std::vector<Index> length_limits(Index longest, const Conditions<Scalar, Z>& given) {
  if (longest < 1) raise_error({"decode: longest is ", longest, ": it must be at least 1"});
  return std::vector<Index>(static_cast<std::size_t>(rows_of_latent(given.z)), longest);
}

/// A guess for each row.
template <class Columns>
std::vector<Guesses> search_greedily(Columns& columns, std::span<const Index> longest) {
  std::vector<Guesses> guesses;
  guesses.reserve(longest.size());
  const auto choose = [](Index, Index, const auto& logits) { return likeliest_symbol(logits); };
  for (Hypothesis& word : grow_words(columns, longest, choose)) {
    guesses.emplace_back(1, std::move(word));
  }
  return guesses;
}

/// Adds a candidate to those from `begin` on, a heap whose first is the least likely, if it is one
/// of the `width` likeliest among them.
inline void add_likeliest(std::vector<Beam::Candidate>& candidates, std::size_t begin,
                          std::size_t width, const Beam::Candidate& one) {
  const auto first = candidates.begin() + static_cast<std::ptrdiff_t>(begin);
  if (candidates.size() - begin < width) {
    candidates.push_back(one);
    std::push_heap(candidates.begin() + static_cast<std::ptrdiff_t>(begin), candidates.end(),
                   Beam::is_likelier);
  } else if (Beam::is_likelier(one, *first)) {
    std::pop_heap(first, candidates.end(), Beam::is_likelier);
    candidates.back() = one;
    std::push_heap(first, candidates.end(), Beam::is_likelier);
  }
}

/// The continuations of the hypotheses of a beam, of which the first is in column `first`: of each
/// its end, and of the others as many as the beam keeps, the likeliest. No other can be kept.
/// \cost O(V) a hypothesis
template <class Columns>
void collect_candidates(Columns& columns, const Beam& beam, Index first,
                        std::vector<Beam::Candidate>& candidates) {
  candidates.clear();
  for (std::size_t parent = 0; parent < beam.growing().size(); ++parent) {
    const auto logits = columns.logits(first + static_cast<Index>(parent));
    const double before = beam.growing()[parent].log_probability, all = normaliser(logits);
    const auto with = [&](Symbol v) {
      return Beam::Candidate{before + log_probability_of(logits.data[v], all), parent, v};
    };
    candidates.push_back(with(Vocabulary::end));
    const std::size_t begin = candidates.size();
    for (Symbol v = 0; v < logits.rows; ++v) {
      if (!may_follow(v) || v == Vocabulary::end) continue;
      const Beam::Candidate one = with(v);
      if (is_finite(one.log_probability)) add_likeliest(candidates, begin, beam.width(), one);
    }
  }
}

/// The best guesses for each row.
template <class Columns>
std::vector<Guesses> search_with_beams(Columns& columns, std::span<const Index> longest,
                                       const DecodeOptions& options) {
  std::vector<Beam> beams;
  for (const Index of_row : longest) beams.emplace_back(options, of_row);
  std::vector<Symbol> ids;
  std::vector<Index> rows;
  std::vector<Beam::Candidate> candidates;
  while (true) {
    ids.clear();
    rows.clear();
    for (Index row = 0; row < Index(beams.size()); ++row) {
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

template <class Scalar, Decoder D, class Z>
std::vector<Guesses> greedy(Workspace<Scalar>& ws, const D& decoder,
                            const Conditions<Scalar, Z>& given, std::span<const Index> longest) {
  return search_columns(ws, decoder, given, longest, 1,
                        [&](auto& columns) { return search_greedily(columns, longest); });
}

template <class Scalar, Decoder D, class Z>
std::vector<Guesses> beam_search(Workspace<Scalar>& ws, const D& decoder,
                                 const Conditions<Scalar, Z>& given, std::span<const Index> longest,
                                 const DecodeOptions& options) {
  check_options(options, rows_of_latent(given.z));
  // A beam, and the hypothesis of greedy search.
  return search_columns(ws, decoder, given, longest, options.beam + 1, [&](auto& columns) {
    return search_with_beams(columns, longest, options);
  });
}

template <class Scalar, Decoder D, class Z>
std::vector<Guesses> decode(Workspace<Scalar>& ws, const D& decoder,
                            const Conditions<Scalar, Z>& given, std::span<const Index> longest,
                            const DecodeOptions& options) {
  check_options(options, rows_of_latent(given.z));
  return options.beam == 1 ? greedy(ws, decoder, given, longest)
                           : beam_search(ws, decoder, given, longest, options);
}

}  // namespace detail

/// The likeliest symbol at every step, for all rows at once; rows that have ended cost nothing.
/// `given` is z, or `Conditions` where there is more; no word is longer than `options.longest`.
/// \shape z [Z x B] \throws Error for a `longest` below 1
template <class Scalar, Decoder D, class Given>
std::vector<Guesses> greedy(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                            const DecodeOptions& options = {}) {
  const auto& conditions = detail::conditions_of(given);
  return detail::greedy(ws, decoder, conditions,
                        detail::length_limits(options.longest, conditions));
}
/// The same where each row has a source, whose length limits that of its word.
/// \throws ShapeError unless there is a source for each row
template <class Scalar, Decoder D, class Given>
std::vector<Guesses> greedy(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                            const SequencePlan& sources, const DecodeOptions& options = {}) {
  return detail::greedy(ws, decoder, detail::conditions_of(given),
                        detail::length_limits(options, sources));
}
/// The same from z and tags.
template <class Scalar, Decoder D>
std::vector<Guesses> greedy(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                            const TagSets& tags, const SequencePlan& sources,
                            const DecodeOptions& options = {}) {
  return greedy(ws, decoder, Conditions<Scalar>{z, tags}, sources, options);
}

/// Beam search: grows the best `options.beam` hypotheses of each row at every step, and that of
/// greedy search. A row ends when none that grows can still come among its `options.nbest` best, so
/// its first guess is never ranked behind that of greedy search, rounding apart. `given` and
/// lengths are as for `greedy`. \throws Error as `decode`
template <class Scalar, Decoder D, class Given>
std::vector<Guesses> beam_search(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                                 const DecodeOptions& options) {
  const auto& conditions = detail::conditions_of(given);
  return detail::beam_search(ws, decoder, conditions,
                             detail::length_limits(options.longest, conditions), options);
}
/// The same where each row has a source.
template <class Scalar, Decoder D, class Given>
std::vector<Guesses> beam_search(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                                 const SequencePlan& sources, const DecodeOptions& options) {
  return detail::beam_search(ws, decoder, detail::conditions_of(given),
                             detail::length_limits(options, sources), options);
}
/// The same from z and tags.
template <class Scalar, Decoder D>
std::vector<Guesses> beam_search(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                                 const TagSets& tags, const SequencePlan& sources,
                                 const DecodeOptions& options) {
  return beam_search(ws, decoder, Conditions<Scalar>{z, tags}, sources, options);
}

/// The guesses of every row, best first: greedy search for a beam of 1. `given` and lengths are as
/// for `greedy`.
/// \throws Error for a beam below 1 or too wide to count its columns, more guesses wanted than it
/// holds, a length normalisation that is negative or not finite, or a `longest` below 1
template <class Scalar, Decoder D, class Given>
std::vector<Guesses> decode(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                            const DecodeOptions& options = {}) {
  const auto& conditions = detail::conditions_of(given);
  return detail::decode(ws, decoder, conditions, detail::length_limits(options.longest, conditions),
                        options);
}
/// The same where each row has a source.
template <class Scalar, Decoder D, class Given>
std::vector<Guesses> decode(Workspace<Scalar>& ws, const D& decoder, const Given& given,
                            const SequencePlan& sources, const DecodeOptions& options = {}) {
  return detail::decode(ws, decoder, detail::conditions_of(given),
                        detail::length_limits(options, sources), options);
}
/// The same from z and tags.
template <class Scalar, Decoder D>
std::vector<Guesses> decode(Workspace<Scalar>& ws, const D& decoder, const Var<Scalar, 2>& z,
                            const TagSets& tags, const SequencePlan& sources,
                            const DecodeOptions& options = {}) {
  return decode(ws, decoder, Conditions<Scalar>{z, tags}, sources, options);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
