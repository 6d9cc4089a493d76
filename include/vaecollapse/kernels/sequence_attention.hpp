// Attention of queries to the positions of a ragged sequence: each query attends to the positions
// of one row, and nothing is computed for padding. Keys and values have a column for each position,
// and there is a number for each pair of a query and a position that it attends to.
//
// All that attention does with pairs are three products, each for the queries of one row at once:
//   pair(q, p) = table_p . query_q        scores from keys, and the weights' gradients from values
//   out_q = sum over p of pair(q, p) table_p        attended values, and the queries' gradients
//   table_p += sum over q of pair(q, p) query_q     the gradients of keys and of values
// Rows share no outputs, so threads split the rows. A number's bits depend neither on the threads
// nor on which other queries there are.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/attention.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Which positions each query attends to. The pairs of query q are numbers begin(q) .. begin(q +
/// 1), in the order of the positions.
struct AttendedPositions {
  ColumnTags columns;  ///< of each of M queries; the tags of a row are the columns of its positions
  std::span<const Index> first_query;  ///< [B + 1], into `queries`
  std::span<const Index> queries;      ///< [M]: the queries of row 0, those of row 1, ...

  Index pairs() const { return columns.size(); }
  Index begin(Index query) const { return columns.begin(query); }
  std::span<const Symbol> of_row(Index row) const { return columns.tags.of(row); }
  std::span<const Index> queries_of(Index row) const {
    const Index begin = at(first_query, row);
    return queries.subspan(std::size_t(begin), std::size_t(at(first_query, row + 1) - begin));
  }
};

/// Memory for the numbers of `AttendedPositions`.
struct AttendedPositionsMemory {
  std::span<Index> first_position;  ///< [B + 1]
  std::span<Symbol> positions;      ///< [N]
  std::span<Index> first_pair;      ///< [M + 1]
  std::span<Index> first_query;     ///< [B + 1]
  std::span<Index> queries;         ///< [M]
};

/// The columns of each row of a plan, in the order of the steps. \shape first [B + 1], columns [N]
inline TagSets columns_of_rows(const SequencePlan& plan, std::span<Index> first,
                               std::span<Symbol> columns) {
  Index count = 0;
  for (Index row = 0; row < plan.batch(); ++row) {
    at(first, row) = count;
    for (Index step = 0; step < plan.length(row); ++step) {
      at(columns, count++) = Symbol(plan.column(row, step));
    }
  }
  first.back() = count;
  return {first, columns};
}

/// The positions of queries that belong to these rows of a plan, in any order and number.
/// \shape rows [M], each in 0 .. B - 1 \cost O(B + M + N)
inline AttendedPositions attended_positions(const SequencePlan& plan, std::span<const Index> rows,
                                            const AttendedPositionsMemory& memory) {
  const TagSets positions = columns_of_rows(plan, memory.first_position, memory.positions);
  // Counted one place further on, so that filling in leaves the beginnings behind.
  std::fill(memory.first_query.begin(), memory.first_query.end(), Index(0));
  for (const Index row : rows) {
    if (row + 2 <= plan.batch()) ++at(memory.first_query, row + 2);
  }
  for (Index row = 2; row <= plan.batch(); ++row) {
    at(memory.first_query, row) += at(memory.first_query, row - 1);
  }
  for (std::size_t query = 0; query < rows.size(); ++query) {
    at(memory.queries, at(memory.first_query, rows[query] + 1)++) = Index(query);
  }
  return {column_tags(positions, rows, memory.first_pair), memory.first_query, memory.queries};
}

namespace detail {

/// Calls run(count, load, store) for blocks of `Most` whole vectors of n numbers, then of fewer,
/// and for what is left: `load(from, i)` is vector i of a block.
template <class Scalar, int Most, class Run>
VAECOLLAPSE_INLINE void for_vectors(Index n, Run&& run, Index begin = 0) {
  constexpr Index lanes = simd::lanes<Scalar>;
  for (; begin + Most * lanes <= n; begin += Most * lanes) {
    run(
        std::integral_constant<int, Most>(),
        [begin](const Scalar* from, std::size_t i) {
          return simd::load(from + begin + Index(i) * lanes);
        },
        [begin](Scalar* to, std::size_t i, simd::Pack<Scalar> x) {
          simd::store(to + begin + Index(i) * lanes, x);
        });
  }
  if constexpr (Most > 1) {
    for_vectors<Scalar, Most / 2>(n, run, begin);
  } else if (begin < n) {
    run(
        std::integral_constant<int, 1>(),
        [begin, n](const Scalar* from, std::size_t) {
          return simd::load_partial(from + begin, n - begin);
        },
        [begin, n](Scalar* to, std::size_t, simd::Pack<Scalar> x) {
          simd::store_partial(to + begin, n - begin, x);
        });
  }
}

/// Calls f with 0, 1, ... Count - 1 as constants.
template <int Count, class F>
VAECOLLAPSE_INLINE void for_constants(F&& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) {
    (f(std::integral_constant<std::size_t, std::size_t(I)>()), ...);
  }
  (std::make_integer_sequence<int, Count>());
}

/// Calls run(constant, first) so that tiles of `Most`, and at the end of fewer, cover 0 .. n.
template <int Most, class Run>
VAECOLLAPSE_INLINE void for_tiles(Index n, Run&& run) {
  Index first = 0;
  for (; first + Most <= n; first += Most) run(std::integral_constant<int, Most>(), first);
  if constexpr (Most > 1) {
    if (first < n)
      for_tiles<Most / 2>(n - first, [&](auto tile, Index i) { run(tile, first + i); });
  }
}

/// write(p, q, left_p . right_q) for a tile of columns.
template <int P, int Q, class Scalar, class Left, class Right, class Write>
VAECOLLAPSE_INLINE void tile_of_products(Index n, Left&& left, Right&& right, Write&& write) {
  std::array<const Scalar*, P> a;
  std::array<const Scalar*, Q> b;
  std::array<simd::Pack<Scalar>, P * Q> sums;
  for_constants<P>([&](auto p) { a[p] = left(Index(p())); });
  for_constants<Q>([&](auto q) { b[q] = right(Index(q())); });
  for_constants<P * Q>([&](auto i) { sums[i] = simd::broadcast<Scalar>(0); });
  for_vectors<Scalar, 1>(n, [&](auto, auto load, auto) {
    std::array<simd::Pack<Scalar>, Q> x;
    for_constants<Q>([&](auto q) { x[q] = load(b[q], 0); });
    for_constants<P>([&](auto p) {
      const auto y = load(a[p], 0);
      for_constants<Q>([&](auto q) { sums[p * Q + q] = simd::fma(y, x[q], sums[p * Q + q]); });
    });
  });
  for_constants<P * Q>(
      [&](auto i) { write(Index(i() / Q), Index(i() % Q), simd::reduce_add(sums[i])); });
}

/// out_q (+)= sum over p < count of factor(p, q) column(p), for a tile of Q columns.
template <int Q, class Scalar, class Column, class Factor, class Out>
VAECOLLAPSE_INLINE void tile_of_mixes(Index n, Index count, Output output, Column&& column,
                                      Factor&& factor, Out&& out) {
  std::array<Scalar*, Q> to;
  for_constants<Q>([&](auto q) { to[q] = out(Index(q())); });
  // As many sums as hide the latency of adding to one.
  for_vectors<Scalar, 8 / Q>(n, [&](auto vectors, auto load, auto store) {
    std::array<simd::Pack<Scalar>, Q * vectors> sums;
    for_constants<Q>([&](auto q) {
      for_constants<vectors>([&](auto i) {
        sums[q * vectors + i] =
            output == Output::replace ? simd::broadcast<Scalar>(0) : load(to[q], i);
      });
    });
    for (Index p = 0; p < count; ++p) {
      const Scalar* from = column(p);
      std::array<simd::Pack<Scalar>, vectors> x;
      for_constants<vectors>([&](auto i) { x[i] = load(from, i); });
      for_constants<Q>([&](auto q) {
        const auto by = simd::broadcast<Scalar>(factor(p, Index(q())));
        for_constants<vectors>(
            [&](auto i) { sums[q * vectors + i] = simd::fma(by, x[i], sums[q * vectors + i]); });
      });
    }
    for_constants<Q>([&](auto q) {
      for_constants<vectors>([&](auto i) { store(to[q], i, sums[q * vectors + i]); });
    });
  });
}

}  // namespace detail

/// pair(q, p) (+)= factor * table_p . query_q for the queries of a row.
/// \shape table [A x N], queries [A x M], pairs [attended.pairs()] \cost 2 A flops a pair
template <class Scalar>
void pair_products(const AttendedPositions& attended, Index row, Scalar factor,
                   View<const Scalar> table, View<const Scalar> queries, Scalar* pairs,
                   Output output) {
  const auto positions = attended.of_row(row);
  const auto mine = attended.queries_of(row);
  detail::for_tiles<2>(Index(mine.size()), [&](auto q_tile, Index q0) {
    detail::for_tiles<8 / q_tile>(Index(positions.size()), [&](auto p_tile, Index p0) {
      detail::tile_of_products<p_tile, q_tile, Scalar>(
          table.rows, [&](Index p) { return table.column(at(positions, p0 + p)); },
          [&](Index q) { return queries.column(at(mine, q0 + q)); },
          [&](Index p, Index q, Scalar product) {
            Scalar& pair = pairs[attended.begin(at(mine, q0 + q)) + p0 + p];
            pair = output == Output::replace ? factor * product : pair + factor * product;
          });
    });
  });
}

/// out_q (+)= sum over p of pair(q, p) table_p for the queries of a row; of no positions the sum is
/// zero. \shape table [V x N], pairs [attended.pairs()], out [V x M] \cost 2 V flops a pair
template <class Scalar>
void mix_positions(const AttendedPositions& attended, Index row, View<const Scalar> table,
                   const Scalar* pairs, View<Scalar> out, Output output) {
  const auto positions = attended.of_row(row);
  const auto mine = attended.queries_of(row);
  detail::for_tiles<4>(Index(mine.size()), [&](auto tile, Index q0) {
    std::array<const Scalar*, tile> weights;
    detail::for_constants<tile>(
        [&](auto q) { weights[q] = pairs + attended.begin(at(mine, q0 + Index(q()))); });
    detail::tile_of_mixes<tile, Scalar>(
        table.rows, Index(positions.size()), output,
        [&](Index p) { return table.column(at(positions, p)); },
        [&](Index p, Index q) { return weights[std::size_t(q)][p]; },
        [&](Index q) { return out.column(at(mine, q0 + q)); });
  });
}

/// table_p += sum over q of pair(q, p) query_q for the positions of a row.
/// \shape queries [A x M], pairs [attended.pairs()], table [A x N] \cost 2 A flops a pair
template <class Scalar>
void mix_queries(const AttendedPositions& attended, Index row, View<const Scalar> queries,
                 const Scalar* pairs, View<Scalar> table) {
  const auto positions = attended.of_row(row);
  const auto mine = attended.queries_of(row);
  detail::for_tiles<4>(Index(positions.size()), [&](auto tile, Index p0) {
    detail::tile_of_mixes<tile, Scalar>(
        queries.rows, Index(mine.size()), Output::accumulate,
        [&](Index q) { return queries.column(at(mine, q)); },
        [&](Index q, Index p) { return pairs[attended.begin(at(mine, q)) + p0 + p]; },
        [&](Index p) { return table.column(at(positions, p0 + p)); });
  });
}

/// From scores to weights, in place: a softmax over the positions of each query of a row.
template <class Scalar>
void pair_softmax(const AttendedPositions& attended, Index row, Scalar* pairs) {
  for (const Index query : attended.queries_of(row)) {
    detail::softmax(Index(attended.of_row(row).size()), pairs + attended.begin(query));
  }
}

/// From the gradients of the weights to those of the scores, times `factor`, of a row.
/// \shape all [attended.pairs()]; dweights and dscores may be the same memory
template <class Scalar>
void pair_softmax_backward(const AttendedPositions& attended, Index row, Scalar factor,
                           const Scalar* weights, const Scalar* dweights, Scalar* dscores) {
  for (const Index query : attended.queries_of(row)) {
    const Index begin = attended.begin(query), end = attended.begin(query + 1);
    Scalar mean = 0;
    for (Index pair = begin; pair < end; ++pair) mean += weights[pair] * dweights[pair];
    for (Index pair = begin; pair < end; ++pair) {
      dscores[pair] = factor * weights[pair] * (dweights[pair] - mean);
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
