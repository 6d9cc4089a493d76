// Functions of each element, and of each element and a second operand: an array of as many
// numbers, one number for all of them, a column for every column of a matrix, or a row with a
// number for each column. Threads split the elements; what adds up for a number is added up by one
// thread.
#pragma once

#include <algorithm>
#include <cstddef>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/tile.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// So many elements are worth a thread.
inline constexpr Index elementwise_grain = copy_grain;

/// Columns of so many rows that are worth a thread.
constexpr Index column_grain(Index rows) {
  return std::max<Index>(1, elementwise_grain / std::max<Index>(1, rows));
}

/// Calls run(row, count) on the team's threads for slices of a matrix's rows; for all rows at once
/// where there is little to do.
template <class Scalar, class Run>
void split_rows(Team& team, Index rows, Index columns, Run&& run) {
  if (rows * columns <= elementwise_grain) {
    run(Index{0}, rows);
  } else {
    split_features<Scalar>(team, rows, run);
  }
}

/// Calls f(chunk) for all chunks of n numbers, in order. (An f that holds copies of pointers is
/// fastest: for all the compiler knows, a stored vector could lie upon a pointer that is held by
/// reference.) Of a whole chunk the compiler knows that
/// it is whole.
template <class Scalar, class F>
VAECOLLAPSE_INLINE void for_each_chunk(Index n, F&& f) {
  constexpr Index lanes = simd::lanes<Scalar>;
  Index i = 0;
  for (; i + lanes <= n; i += lanes) f(Chunk<Scalar>{i, lanes});
  if (i < n) f(Chunk<Scalar>{i, n - i});
}

namespace detail {

/// The lanes of a chunk, and zeros beyond it.
template <class Scalar>
VAECOLLAPSE_INLINE simd::Pack<Scalar> within(const Chunk<Scalar>& chunk,
                                             simd::Pack<Scalar> values) {
  if (chunk.whole()) return values;
  alignas(simd::alignment) Scalar numbers[static_cast<std::size_t>(simd::lanes<Scalar>)];
  simd::store_partial(numbers, chunk.count, values);
  return simd::load_partial(numbers, chunk.count);
}

}  // namespace detail

/// So many numbers are a block of a long sum.
template <class Scalar>
inline constexpr Index sum_block = 128 * simd::lanes<Scalar>;

/// The sums of f(chunk) over the chunks of numbers first .. end, lane by lane.
template <class Scalar, class F>
VAECOLLAPSE_INLINE simd::Pack<Scalar> lane_sums(Index first, Index end, F&& f) {
  constexpr Index lanes = simd::lanes<Scalar>;
  auto a = simd::broadcast<Scalar>(0), b = a, c = a, d = a;
  Index i = first;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    a = a + f(Chunk<Scalar>{i, lanes});
    b = b + f(Chunk<Scalar>{i + lanes, lanes});
    c = c + f(Chunk<Scalar>{i + 2 * lanes, lanes});
    d = d + f(Chunk<Scalar>{i + 3 * lanes, lanes});
  }
  for (; i + lanes <= end; i += lanes) a = a + f(Chunk<Scalar>{i, lanes});
  if (i < end) {
    const Chunk<Scalar> last{i, end - i};
    b = b + detail::within(last, f(last));
  }
  return (a + b) + (c + d);
}

/// The sum of f(chunk) over all chunks of n numbers, block by block in double.
template <class Scalar, class F>
double total_of(Index n, F&& f) {
  double total = 0;
  for (Index first = 0; first < n; first += sum_block<Scalar>) {
    const Index end = std::min(first + sum_block<Scalar>, n);
    total += static_cast<double>(simd::reduce_add(lane_sums<Scalar>(first, end, f)));
  }
  return total;
}

namespace detail {

/// The sum of the lanes of each of `Count` vectors, side by side: neighbours of a vector's halves
/// are added up, so each vector in the same order.
template <class Scalar, int Count>
VAECOLLAPSE_INLINE simd::Pack<Scalar> sums_across(simd::Pack<Scalar> (&vectors)[Count]) {
  if constexpr (Count == 1) {
    return vectors[0];
  } else {
    simd::Pack<Scalar> halves[Count / 2];
    unroll<Count / 2>([&](auto k) VAECOLLAPSE_INLINE_LAMBDA {
      const auto one = vectors[k], other = vectors[k + Count / 2];
      halves[k] = simd::zip_low<Scalar>(one, other) + simd::zip_high<Scalar>(one, other);
    });
    return sums_across<Scalar>(halves);
  }
}

/// The sums of so many columns, at most one vector of them: of_column(c) gives those of a column
/// lane by lane.
template <class Scalar, class F>
VAECOLLAPSE_INLINE simd::Pack<Scalar> sums_of_columns(Index count, F&& of_column) {
  constexpr Index lanes = simd::lanes<Scalar>;
  simd::Pack<Scalar> sums[static_cast<std::size_t>(lanes)];
  for (Index c = 0; c < lanes; ++c) {
    sums[c] = c < count ? of_column(c) : simd::broadcast<Scalar>(0);
  }
  return sums_across<Scalar>(sums);
}

/// Of `Vectors` vectors of rows from `chunk` on: done(chunk, sum of f(chunk, j) over all columns
/// j). Even and odd columns are added up apart, whatever the number of vectors.
template <int Vectors, class Scalar, class F, class Done>
VAECOLLAPSE_INLINE void sum_columns_of(Chunk<Scalar> chunk, Index columns, F&& f, Done&& done) {
  constexpr Index lanes = simd::lanes<Scalar>;
  simd::Pack<Scalar> even[Vectors], odd[Vectors];
  const auto part = [chunk](Index v) {
    return Chunk<Scalar>{chunk.first + v * lanes, chunk.count};
  };
  unroll<Vectors>([&](auto v)
                      VAECOLLAPSE_INLINE_LAMBDA { even[v] = odd[v] = simd::broadcast<Scalar>(0); });
  Index j = 0;
  for (; j + 2 <= columns; j += 2) {
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      even[v] = even[v] + f(part(v), j);
      odd[v] = odd[v] + f(part(v), j + 1);
    });
  }
  if (j < columns) {
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { even[v] = even[v] + f(part(v), j); });
  }
  unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { done(part(v), even[v] + odd[v]); });
}

}  // namespace detail

/// done(chunk, sum of f(chunk, j) over all columns j) for all chunks of some rows.
template <class Scalar, class F, class Done>
VAECOLLAPSE_INLINE void for_each_sum_of_columns(Index rows, Index columns, F&& f, Done&& done) {
  constexpr Index lanes = simd::lanes<Scalar>;
  Index i = 0;
  for (; i + 4 * lanes <= rows; i += 4 * lanes) {
    detail::sum_columns_of<4>(Chunk<Scalar>{i, lanes}, columns, f, done);
  }
  for (; i + lanes <= rows; i += lanes) {
    detail::sum_columns_of<1>(Chunk<Scalar>{i, lanes}, columns, f, done);
  }
  if (i < rows) detail::sum_columns_of<1>(Chunk<Scalar>{i, rows - i}, columns, f, done);
}

/// y = F::of(x), element by element.
template <class F, class Scalar>
void map_forward(Index n, const Scalar* x, Scalar* y, Team& team) {
  split_by(team, elementwise_grain, n, [=](Index first, Index count) {
    const Scalar* from = x + first;
    Scalar* to = y + first;
    for_each_chunk<Scalar>(count, [=](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
      chunk.store(to, F::template of<Scalar>(chunk.load(from)));
    });
  });
}

/// dx += dy F::slope(x, y), element by element.
template <class F, class Scalar>
void map_backward(Index n, const Scalar* x, const Scalar* y, const Scalar* dy, Scalar* dx,
                  Team& team) {
  split_by(team, elementwise_grain, n, [=](Index first, Index count) {
    const Scalar *of_x = x + first, *of_y = y + first, *by = dy + first;
    Scalar* to = dx + first;
    for_each_chunk<Scalar>(count, [=](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
      chunk.add_product(to, chunk.load(by),
                        F::template slope<Scalar>(chunk.load(of_x), chunk.load(of_y)));
    });
  });
}

/// How many numbers an operand has: one for `each` element, `one` for all of them, a `column` that
/// stands for every column, or a `row` with a number for each column.
enum class Spread { each, one, column, row };

/// Where a strip of elements begins.
struct StripStart {
  Index element, row, column;
};

namespace detail {

/// An operand along a strip of elements.
template <Spread How, class Scalar>
struct Strip {
  const Scalar* from;
  Strip(const Scalar* data, const StripStart& at)
      : from(data + (How == Spread::column ? at.row : at.element)) {}
  VAECOLLAPSE_INLINE simd::Pack<Scalar> at(const Chunk<Scalar>& chunk) const {
    return chunk.load(from);
  }
};

/// A number that is the same all along.
template <class Scalar>
struct ConstantStrip {
  simd::Pack<Scalar> number;
  explicit ConstantStrip(Scalar value) : number(simd::broadcast<Scalar>(value)) {}
  VAECOLLAPSE_INLINE simd::Pack<Scalar> at(const Chunk<Scalar>&) const { return number; }
};

template <class Scalar>
struct Strip<Spread::one, Scalar> : ConstantStrip<Scalar> {
  Strip(const Scalar* data, const StripStart&) : ConstantStrip<Scalar>(*data) {}
};

template <class Scalar>
struct Strip<Spread::row, Scalar> : ConstantStrip<Scalar> {
  Strip(const Scalar* data, const StripStart& at) : ConstantStrip<Scalar>(data[at.column]) {}
};

constexpr bool has_axis(Spread spread) { return spread == Spread::column || spread == Spread::row; }

}  // namespace detail

/// The two operands of y = a o b, y [rows x columns].
template <Spread A, Spread B, class Scalar>
struct Pair {
  static constexpr bool by_columns = detail::has_axis(A) || detail::has_axis(B);

  const Scalar* a;
  const Scalar* b;
  Index rows;
  Index columns;

  /// Calls f(chunk, a, b) along `count` elements.
  template <class F>
  VAECOLLAPSE_INLINE void strip(const StripStart& start, Index count, F f) const {
    const detail::Strip<A, Scalar> left(a, start);
    const detail::Strip<B, Scalar> right(b, start);
    for_each_chunk<Scalar>(count, [=](Chunk<Scalar> chunk) VAECOLLAPSE_INLINE_LAMBDA {
      f(chunk, left.at(chunk), right.at(chunk));
    });
  }

  /// Calls f(start, count) for strips of all elements, on the team's threads.
  template <class F>
  void split(Team& team, F f) const {
    if constexpr (by_columns) {
      split_by(team, column_grain(rows), columns, [f, this](Index first, Index count) {
        // A copy: what a closure holds would be read anew for each column, and such a read may wait
        // for a store to the same place of another page.
        const F run = f;
        const Index size = rows;
        for (Index j = first; j < first + count; ++j) run(StripStart{j * size, 0, j}, size);
      });
    } else {
      split_by(team, elementwise_grain, rows * columns, [f](Index first, Index count) {
        f(StripStart{first, 0, 0}, count);
      });
    }
  }
};

/// y = Op::of(a, b). \shape y [rows x columns]
template <class Op, Spread A, Spread B, class Scalar>
void pair_forward(const Pair<A, B, Scalar>& pair, Scalar* y, Team& team) {
  using Pack = simd::Pack<Scalar>;
  pair.split(team, [=](const StripStart& start, Index count) {
    Scalar* to = y + start.element;
    pair.strip(start, count,
               [to](const Chunk<Scalar>& chunk, Pack a, Pack b)
                   VAECOLLAPSE_INLINE_LAMBDA { chunk.store(to, Op::template of<Scalar>(a, b)); });
  });
}

namespace detail {

/// dy Slope::slope(a, b, y) of elements from a start on.
template <class Slope, Spread A, Spread B, class Scalar>
struct PairGradient {
  Pair<A, B, Scalar> pair;
  const Scalar* y;
  const Scalar* dy;

  VAECOLLAPSE_INLINE simd::Pack<Scalar> at(const Chunk<Scalar>& chunk,
                                           const StripStart& start) const {
    const Strip<A, Scalar> left(pair.a, start);
    const Strip<B, Scalar> right(pair.b, start);
    return chunk.load(dy + start.element) *
           Slope::template slope<Scalar>(left.at(chunk), right.at(chunk),
                                         chunk.load(y + start.element));
  }
  /// d[j] += the sum over column j, for columns first .. first + count. Long columns are added up
  /// block by block in double.
  void add_totals(Index first, Index count, Scalar* d) const {
    const Index rows = pair.rows;
    if (rows > sum_block<Scalar>) {
      for (Index j = first; j < first + count; ++j) d[j] += total({j * rows, 0, j}, rows);
      return;
    }
    const PairGradient gradient = *this;
    for (const auto chunk : chunks<Scalar>(count)) {
      const auto of_column = [gradient, rows, at = first + chunk.first](Index c)
                                 VAECOLLAPSE_INLINE_LAMBDA {
                                   const StripStart start{(at + c) * rows, 0, at + c};
                                   return gradient.lanes_of(start, rows);
                                 };
      chunk.add(d + first, sums_of_columns<Scalar>(chunk.count, of_column));
    }
  }
  VAECOLLAPSE_INLINE simd::Pack<Scalar> lanes_of(const StripStart& start, Index count) const {
    return lane_sums<Scalar>(0, count,
                             [gradient = *this, start](const Chunk<Scalar>& chunk)
                                 VAECOLLAPSE_INLINE_LAMBDA { return gradient.at(chunk, start); });
  }
  /// The sum over `count` elements: of a whole column or of all, block by block in double.
  Scalar total(const StripStart& start, Index count) const {
    return static_cast<Scalar>(total_of<Scalar>(
        count, [gradient = *this, start](const Chunk<Scalar>& chunk)
                   VAECOLLAPSE_INLINE_LAMBDA { return gradient.at(chunk, start); }));
  }
};

}  // namespace detail

/// d += dy Slope::slope(a, b, y), d being the gradient of the operand of spread `To`: added up over
/// the elements that share a number of it. \shape y, dy [rows x columns]; d each: the same,
/// column: [rows], row: [columns], one: a number
template <class Slope, Spread To, Spread A, Spread B, class Scalar>
void pair_backward(const Pair<A, B, Scalar>& pair, const Scalar* y, const Scalar* dy, Scalar* d,
                   Team& team) {
  using Pack = simd::Pack<Scalar>;
  const detail::PairGradient<Slope, A, B, Scalar> gradient{pair, y, dy};
  if constexpr (To == Spread::each) {
    pair.split(team, [=](const StripStart& start, Index count) {
      const Scalar *of_y = y + start.element, *by = dy + start.element;
      Scalar* to = d + start.element;
      pair.strip(start, count,
                 [=](const Chunk<Scalar>& chunk, Pack a, Pack b) VAECOLLAPSE_INLINE_LAMBDA {
                   chunk.add_product(to, chunk.load(by),
                                     Slope::template slope<Scalar>(a, b, chunk.load(of_y)));
                 });
    });
  } else if constexpr (To == Spread::column) {
    split_rows<Scalar>(team, pair.rows, pair.columns, [&](Index row, Index count) {
      for_each_sum_of_columns<Scalar>(
          count, pair.columns,
          [gradient, row](const Chunk<Scalar>& chunk, Index j) VAECOLLAPSE_INLINE_LAMBDA {
            return gradient.at(chunk, {j * gradient.pair.rows + row, row, j});
          },
          [to = d + row](const Chunk<Scalar>& chunk, Pack total)
              VAECOLLAPSE_INLINE_LAMBDA { chunk.add(to, total); });
    });
  } else if constexpr (To == Spread::row) {
    split_by(team, column_grain(pair.rows), pair.columns,
             [=](Index first, Index count) { gradient.add_totals(first, count, d); });
  } else {
    *d += gradient.total({}, pair.rows * pair.columns);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
