// Matrix products on packed panels, behind affine maps, weight gradients and the GRU. The left
// operand is packed once into panels of a few vectors of rows; the right one is read where it lies.
// An element of the result is the same sum in the same order whatever the other columns are, so
// slices of a product have the bits of the whole.
#pragma once

#include <algorithm>
#include <type_traits>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/tile.hpp>
#include <vaecollapse/simd/gate.hpp>
#include <vaecollapse/simd/square.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Calls run(first, count) on the team's threads for slices of n columns that begin on tiles.
template <class Run>
void split_columns(Team& team, Index n, Run&& run) {
  split_by(team, tile_columns, n, run);
}

/// How much of the inner dimension is multiplied before moving on, so that a panel's slice stays
/// in the first two levels of cache.
inline constexpr Index depth_block = 512;

namespace detail {

constexpr Index round_up(Index n, Index multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

}  // namespace detail

/// How many numbers the packed form of a rows x depth operand takes. With SSE2 their memory must
/// lie on a multiple of `simd::alignment`, as that of an `Arena` does.
template <class Scalar>
constexpr Index packed_size(Index rows, Index depth) {
  return detail::round_up(rows, simd::lanes<Scalar>) * depth;
}

/// A packed left operand. Its rows are divided among panels of whole vectors, as evenly as can be;
/// a panel is depth times a run of its rows, the last one's padded with zeros.
template <class Scalar>
class PackedPanels {
 public:
  PackedPanels() = default;
  PackedPanels(const Scalar* memory, Index row_count, Index terms)
      : data(memory), rows(row_count), depth(terms) {
    const Index vectors = (rows + simd::lanes<Scalar> - 1) / simd::lanes<Scalar>;
    panels_ = (vectors + panel_vectors - 1) / panel_vectors;
    if (panels_ == 0) return;
    narrow_ = vectors / panels_;
    wide_panels_ = vectors % panels_;
  }

  Index panels() const { return panels_; }
  Index first_row(Index panel) const {
    return (panel * narrow_ + std::min(panel, wide_panels_)) * simd::lanes<Scalar>;
  }
  Index vectors(Index panel) const { return narrow_ + (panel < wide_panels_ ? 1 : 0); }
  /// Rows of a panel that are not padding.
  Index height(Index panel) const { return std::min(stride(panel), rows - first_row(panel)); }
  /// Rows of a panel in memory.
  Index stride(Index panel) const { return vectors(panel) * simd::lanes<Scalar>; }
  const Scalar* panel(Index panel) const { return data + first_row(panel) * depth; }

  const Scalar* data = nullptr;  ///< [packed_size(rows, depth)], panel after panel
  Index rows = 0;
  Index depth = 0;

 private:
  Index panels_ = 0;
  Index narrow_ = 0;
  Index wide_panels_ = 0;
};

namespace detail {

/// Columns that are packed before the next panel's turn comes. Vectors that are cache lines are
/// packed fastest in one long run of reading; of narrower ones some columns at once write whole
/// lines of a panel.
template <class Scalar>
inline constexpr Index packed_together = sizeof(simd::Pack<Scalar>) == 64
                                             ? 1
                                             : 64 / simd::lanes<Scalar>;

}  // namespace detail

/// Packs an operand whose columns are contiguous: element (i, k) is `column(k)[i]`.
template <class Scalar, class Column>
PackedPanels<Scalar> pack_by_columns(Index rows, Index depth, Column&& column, Scalar* memory,
                                     Team& team) {
  constexpr Index lanes = simd::lanes<Scalar>;
  constexpr Index block = detail::packed_together<Scalar>;
  const PackedPanels<Scalar> packed{memory, rows, depth};
  const auto pack_columns = [&](Index begin, auto count) {
    for (Index p = 0; p < packed.panels(); ++p) {
      const Index row = packed.first_row(p), height = packed.height(p), stride = packed.stride(p);
      Scalar* to = memory + row * depth + begin * stride;
      for (Index k = 0; k < count; ++k) {
        const Scalar* from = column(begin + k) + row;
        Index i = 0;
        for (; i + lanes <= height; i += lanes) simd::store(to + i, simd::load(from + i));
        if (i < height) simd::store(to + i, simd::load_partial(from + i, height - i));
        to += stride;
      }
    }
  };
  team.split((depth + block - 1) / block, [&](Index first, Index last) {
    for (Index begin = first * block; begin < std::min(last * block, depth); begin += block) {
      if (begin + block <= depth) {
        pack_columns(begin, std::integral_constant<Index, block>{});
      } else {
        pack_columns(begin, depth - begin);
      }
    }
  });
  return packed;
}

/// Packs a matrix.
template <class Scalar>
PackedPanels<Scalar> pack(View<const Scalar> a, Scalar* memory, Team& team) {
  return pack_by_columns<Scalar>(
      a.rows, a.columns, [&](Index k) { return a.column(k); }, memory, team);
}

namespace detail {

/// Writes to[k * stride + lane] = from[lane * leading + k] for a square of numbers, and fetches the
/// one at `later`.
template <class Scalar>
VAECOLLAPSE_INLINE void pack_square_transposed(const Scalar* from, const Scalar* later,
                                               Index leading, Index stride, Scalar* to) {
  constexpr int lanes = static_cast<int>(simd::lanes<Scalar>);
  simd::Square<Scalar> square;
  unroll<lanes>([&](auto lane) VAECOLLAPSE_INLINE_LAMBDA {
    simd::prefetch(later + lane * leading);
    square[lane] = simd::load(from + lane * leading);
  });
  simd::transpose<Scalar>(square);
  unroll<lanes>([&](auto k) VAECOLLAPSE_INLINE_LAMBDA { simd::store(to + k * stride, square[k]); });
}

/// The same for the rows of `chunk` of the columns first .. last, which need not fill a square.
template <class Scalar>
void pack_chunk_transposed(View<const Scalar> columns, Index first, Index last, Chunk<Scalar> chunk,
                           Index stride, Scalar* to) {
  constexpr Index lanes = simd::lanes<Scalar>;
  simd::Square<Scalar> square;
  for (Index lane = 0; lane < lanes; ++lane) {
    square[lane] =
        first + lane < last ? chunk.load(columns.column(first + lane)) : simd::broadcast<Scalar>(0);
  }
  simd::transpose<Scalar>(square);
  for (Index k = 0; k < chunk.count; ++k) {
    simd::store(to + (chunk.first + k) * stride, square[k]);
  }
}

/// Writes one vector of rows of a panel, to[k * stride + lane] = columns(k, first + lane), with
/// zeros for columns from `last` on: squares are transposed in registers. The columns from `next`
/// on are read after these.
template <class Scalar>
void pack_vector_transposed(View<const Scalar> columns, Index first, Index last, Index next,
                            Index stride, Scalar* to) {
  constexpr Index lanes = simd::lanes<Scalar>;
  Index row = 0;
  if (first + lanes <= last) {
    const Scalar* later = columns.column(std::min(next, columns.columns - lanes));
    for (; row + lanes <= columns.rows; row += lanes) {
      pack_square_transposed(columns.column(first) + row, later + row, columns.leading, stride,
                             to + row * stride);
    }
  }
  for (; row < columns.rows; row += lanes) {
    pack_chunk_transposed(columns, first, last, chunk_at<Scalar>(row, columns.rows), stride, to);
  }
}

}  // namespace detail

/// Packs the transpose of a matrix.
template <class Scalar>
PackedPanels<Scalar> pack_transposed(View<const Scalar> a, Scalar* memory, Team& team) {
  const PackedPanels<Scalar> packed{memory, a.columns, a.rows};
  team.split(packed.panels(), [&](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      const Index row = packed.first_row(p), stride = packed.stride(p);
      Scalar* to = memory + row * packed.depth;
      for (Index i = 0; i < stride; i += simd::lanes<Scalar>) {
        detail::pack_vector_transposed(a, row + i, a.columns, row + i + simd::lanes<Scalar>, stride,
                                       to + i);
      }
    }
  });
  return packed;
}

/// W^T of weights [I x O] as a left operand: a form that contexts can keep, see
/// `Workspace::packed`.
template <class Scalar>
struct TransposedPanels {
  using Packed = PackedPanels<Scalar>;
  static Index size(View<const Scalar> w) { return packed_size<Scalar>(w.columns, w.rows); }
  static Packed in(const Scalar* memory, View<const Scalar> w) {
    return {memory, w.columns, w.rows};
  }
  static Packed pack(View<const Scalar> w, Scalar* memory, Team& team) {
    return pack_transposed(w, memory, team);
  }
};

/// The right operand of a product: element (k, j) is data[k * row_step + j * column_step].
template <class Scalar>
struct RightOperand {
  const Scalar* data;  ///< [K x N]
  Index row_step;
  Index column_step;
  Index columns;
};

/// A matrix as it lies.
template <class Scalar>
RightOperand<Scalar> as_is(View<const Scalar> b) {
  return {b.data, 1, b.leading, b.columns};
}
/// The transpose of a matrix, read where it lies.
template <class Scalar>
RightOperand<Scalar> transposed(View<const Scalar> b) {
  return {b.data, b.leading, 1, b.rows};
}

/// What a product does with what is already there.
enum class Output { replace, accumulate };

namespace detail {

template <class Scalar>
struct Product {
  PackedPanels<Scalar> a;  ///< [M x K]
  RightOperand<Scalar> b;  ///< [K x N]
  View<Scalar> c;          ///< [M x N]
  Output output;
  const Scalar* bias;  ///< [M], or null

  /// One panel times one tile of columns, over depth k .. k + count.
  template <int Vectors, int Columns>
  void tile(Index panel, Index column, Index k, Index count) const {
    constexpr Index lanes = simd::lanes<Scalar>;
    const Index row = a.first_row(panel);
    const Index height = a.height(panel);
    const auto rows_of = [&](int v) { return std::min(lanes, height - v * lanes); };
    Tile<Scalar, Vectors, Columns> sums;
    const bool continues = k > 0 || output == Output::accumulate;
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      const auto start = k == 0 && bias != nullptr
                             ? simd::load_partial(bias + row + v * lanes, rows_of(v))
                             : simd::broadcast<Scalar>(0);
      unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA { sums[j][v] = start; });
    });
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        simd::prefetch_to_write(c.column(column + j) + row + v * lanes);
      });
    });
    multiply_tile<Vectors, Columns>(count, a.panel(panel) + k * a.stride(panel),
                                    b.data + k * b.row_step + column * b.column_step, b.row_step,
                                    b.column_step, sums);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      Scalar* to = c.column(column + j) + row;
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        Scalar* at = to + v * lanes;
        if (rows_of(v) == lanes) {
          simd::store(at, continues ? simd::load(at) + sums[j][v] : sums[j][v]);
        } else {
          const Index n = rows_of(v);
          simd::store_partial(at, n,
                              continues ? simd::load_partial(at, n) + sums[j][v] : sums[j][v]);
        }
      });
    });
  }

  void run(Index first_panel, Index last_panel, Index first_column, Index last_column) const {
    for (Index k = 0; k < std::max<Index>(a.depth, 1); k += depth_block) {
      const Index count = std::min(depth_block, a.depth - k);
      for (Index p = first_panel; p < last_panel; ++p) {
        with_constant<panel_vectors>(a.vectors(p), [&](auto vectors) {
          for_each_tile(first_column, last_column, [&](Index j, auto columns) {
            this->template tile<decltype(vectors)::value, decltype(columns)::value>(p, j, k, count);
          });
        });
      }
    }
  }
};

}  // namespace detail

/// The columns first .. last of `gemm`'s result, on the caller's thread: a slice of a product that
/// is already split among threads.
template <class Scalar>
void gemm_columns(const PackedPanels<Scalar>& a, const RightOperand<Scalar>& b, View<Scalar> c,
                  Output output, Index first, Index last, const Scalar* bias = nullptr) {
  detail::Product<Scalar>{a, b, c, output, bias}.run(0, a.panels(), first, last);
}

/// The panels first .. last of `gemm`'s result, on the caller's thread.
template <class Scalar>
void gemm_panels(const PackedPanels<Scalar>& a, const RightOperand<Scalar>& b, View<Scalar> c,
                 Output output, Index first, Index last) {
  detail::Product<Scalar>{a, b, c, output, nullptr}.run(first, last, 0, b.columns);
}

/// c = a b (+ bias to every column) or c += a b. Threads take tiles of columns where there are
/// more of these than panels, and panels otherwise.
/// \shape a [M x K], b [K x N], c [M x N], bias [M] or null
/// \cost 2 M N K flops
template <class Scalar>
void gemm(const PackedPanels<Scalar>& a, const RightOperand<Scalar>& b, View<Scalar> c,
          Output output, Team& team, const Scalar* bias = nullptr) {
  VAECOLLAPSE_ASSERT(c.rows == a.rows && c.columns == b.columns);
  const detail::Product<Scalar> product{a, b, c, output, bias};
  const Index tiles = (b.columns + tile_columns - 1) / tile_columns;
  if (tiles >= a.panels()) {
    split_columns(team, b.columns, [&](Index first, Index count) {
      product.run(0, a.panels(), first, first + count);
    });
  } else {
    team.split(a.panels(),
               [&](Index first, Index last) { product.run(first, last, 0, b.columns); });
  }
}

namespace naive {

/// The reference of `gemm`: c = a b (+ bias), or c += a b.
template <class Scalar>
void gemm(View<const Scalar> a, const RightOperand<Scalar>& b, View<Scalar> c, Output output,
          const Scalar* bias = nullptr) {
  for (Index j = 0; j < c.columns; ++j) {
    for (Index i = 0; i < c.rows; ++i) {
      Scalar sum = bias != nullptr ? bias[i] : Scalar(0);
      for (Index k = 0; k < a.columns; ++k) {
        sum += a(i, k) * b.data[k * b.row_step + j * b.column_step];
      }
      c(i, j) = output == Output::accumulate ? c(i, j) + sum : sum;
    }
  }
}

}  // namespace naive

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
