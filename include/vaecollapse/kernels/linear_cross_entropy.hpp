// The output layer of a large vocabulary: logits W^T h + b, softmax and the cross-entropy of the
// targets in one, block of symbols by block, with a log sum exp of each block. The states are
// packed, a panel's vectors hold neighbouring columns, and the weights are read where they lie.
#pragma once

#include <algorithm>
#include <limits>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/tile.hpp>
#include <vaecollapse/simd/math.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Symbols of a block: as many as leave a panel's logits in the second level of cache.
inline constexpr Index vocabulary_block = 120;

/// The parameters of an output layer.
template <class Scalar>
struct OutputLayer {
  View<const Scalar> weights;    ///< [H x V]
  const Scalar* bias = nullptr;  ///< [V], or null
};

/// What the pass forward leaves for the pass backward, over memory of the caller: of each block of
/// symbols the greatest logit of each column and the sum of exponentials, and where they are kept
/// the exponentials themselves, of logits less their block's greatest. Columns are padded to whole
/// vectors.
template <class Scalar>
class BlockedSoftmax {
 public:
  /// Numbers of memory. \cost V N of them where exponentials are kept
  static Index size(Index columns, Index symbols, bool keeps_terms) {
    const Index padded = padded_columns(columns);
    return padded * (3 * blocks_of(symbols) + 3) + (keeps_terms ? padded * symbols : 0);
  }
  /// \shape memory [size(columns, symbols, keeps_terms)], aligned as an arena's
  BlockedSoftmax(Index columns, Index symbols, bool keeps_terms, Scalar* memory)
      : columns_(columns), symbols_(symbols) {
    const Index padded = padded_columns(columns), per_block = padded * blocks_of(symbols);
    greatest_ = memory;
    sums_ = greatest_ + per_block;
    differences_ = sums_ + per_block;
    target_logits = differences_ + per_block;
    log_greatest = target_logits + padded;
    log_rest = log_greatest + padded;
    if (keeps_terms) terms_ = log_rest + padded;
  }

  Index columns() const { return columns_; }
  Index padded() const { return padded_columns(columns_); }
  Index symbols() const { return symbols_; }
  Index blocks() const { return blocks_of(symbols_); }
  Index first_symbol(Index block) const { return block * vocabulary_block; }
  Index last_symbol(Index block) const {
    return std::min(first_symbol(block) + vocabulary_block, symbols_);
  }

  /// By block: the greatest logit of each column, the sum of exponentials, and the sum of logits
  /// less the greatest, which only smoothed labels need. \shape [padded]
  Scalar* greatest(Index block) const { return greatest_ + block * padded(); }
  Scalar* sums(Index block) const { return sums_ + block * padded(); }
  Scalar* differences(Index block) const { return differences_ + block * padded(); }

  bool keeps_terms() const { return terms_ != nullptr; }
  /// The exponentials, symbol after symbol in panels of columns: a packed left operand [N x V].
  PackedPanels<Scalar> terms() const { return {terms_, columns_, symbols_}; }
  Scalar* mutable_terms() const { return terms_; }

  Scalar* target_logits;  ///< [padded]
  Scalar* log_greatest;   ///< [padded]: log sum exp is this, the greatest logit of all,
  Scalar* log_rest;       ///< [padded]: and this

 private:
  static Index padded_columns(Index columns) {
    return detail::round_up(columns, simd::lanes<Scalar>);
  }
  static Index blocks_of(Index symbols) {
    return (symbols + vocabulary_block - 1) / vocabulary_block;
  }

  Index columns_, symbols_;
  Scalar *greatest_, *sums_, *differences_;
  Scalar* terms_ = nullptr;
};

namespace detail {

/// The pass forward of one block of symbols for one panel of columns.
template <class Scalar>
struct OutputBlock {
  const OutputLayer<Scalar>& layer;
  const PackedPanels<Scalar>& states;  ///< [N x H]
  std::span<const Symbol> targets;     ///< [N]
  const BlockedSoftmax<Scalar>& softmax;
  bool smooths;

  void run(Index block, Index panel) const {
    with_constant<panel_vectors>(states.vectors(panel), [&](auto vectors) {
      this->template run_vectors<decltype(vectors)::value>(block, panel);
    });
  }

 private:
  using Pack = simd::Pack<Scalar>;
  static constexpr Index lanes = simd::lanes<Scalar>;

  template <int Vectors>
  void run_vectors(Index block, Index panel) const {
    constexpr Index stride = Vectors * lanes;
    alignas(64) Scalar not_kept[vocabulary_block * stride];
    const Index first = softmax.first_symbol(block), last = softmax.last_symbol(block);
    Scalar* const logits =
        softmax.keeps_terms()
            ? softmax.mutable_terms() + states.first_row(panel) * softmax.symbols() + first * stride
            : not_kept;
    Pack greatest[Vectors];
    // Not -infinity, from which an infinite logit would differ by what is not a number.
    const auto lowest = simd::broadcast<Scalar>(std::numeric_limits<Scalar>::lowest());
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA { greatest[v] = lowest; });
    for_each_tile(first, last, [&](Index symbol, auto columns) {
      this->template tile<Vectors, decltype(columns)::value>(
          panel, symbol, logits + (symbol - first) * stride, greatest);
    });
    keep_targets(panel, first, last, logits);
    if (smooths) add_differences<Vectors>(block, panel, last - first, logits, greatest);
    exponentiate<Vectors>(block, panel, last - first, logits, greatest);
  }

  template <int Vectors, int Columns>
  void tile(Index panel, Index symbol, Scalar* logits, Pack (&greatest)[Vectors]) const {
    Tile<Scalar, Vectors, Columns> sums;
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      const auto start =
          simd::broadcast<Scalar>(layer.bias != nullptr ? layer.bias[symbol + j] : Scalar(0));
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        sums[j][v] = start;
        simd::prefetch_to_write(logits + (j * Vectors + v) * lanes);
      });
    });
    multiply_tile<Vectors, Columns>(states.depth, states.panel(panel), layer.weights.column(symbol),
                                    1, layer.weights.leading, sums);
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        simd::store(logits + (j * Vectors + v) * lanes, sums[j][v]);
        greatest[v] = simd::max<Scalar>(sums[j][v], greatest[v]);
      });
    });
  }

  void keep_targets(Index panel, Index first, Index last, const Scalar* logits) const {
    const Index row = states.first_row(panel), stride = states.stride(panel);
    for (Index i = 0; i < states.height(panel); ++i) {
      const Symbol target = at(targets, row + i);
      if (target < first || target >= last) continue;
      softmax.target_logits[row + i] = logits[(target - first) * stride + i];
    }
  }

  template <int Vectors>
  void add_differences(Index block, Index panel, Index count, const Scalar* logits,
                       const Pack (&greatest)[Vectors]) const {
    Scalar* const to = softmax.differences(block) + states.first_row(panel);
    for (Index v = 0; v < Vectors; ++v) {
      auto sum = simd::broadcast<Scalar>(0);
      for (Index s = 0; s < count; ++s) {
        sum = sum + (simd::load(logits + (s * Vectors + v) * lanes) - greatest[v]);
      }
      simd::store(to + v * lanes, sum);
    }
  }

  /// Logits become exponentials of what they are less than the greatest.
  template <int Vectors>
  void exponentiate(Index block, Index panel, Index count, Scalar* logits,
                    const Pack (&greatest)[Vectors]) const {
    Pack sums[Vectors];
    unroll<Vectors>([&](auto v)
                        VAECOLLAPSE_INLINE_LAMBDA { sums[v] = simd::broadcast<Scalar>(0); });
    for (Index s = 0; s < count; ++s) {
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        Scalar* const at = logits + (s * Vectors + v) * lanes;
        const Pack term = simd::exp<Scalar>(simd::load(at) - greatest[v]);
        simd::store(at, term);
        sums[v] = sums[v] + term;
      });
    }
    const Index row = states.first_row(panel);
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      simd::store(softmax.greatest(block) + row + v * lanes, greatest[v]);
      simd::store(softmax.sums(block) + row + v * lanes, sums[v]);
    });
  }
};

/// The log sum exp of some columns from those of all blocks, and their NLL, of which masked targets
/// are still to be taken out.
template <class Scalar>
void join_blocks(const BlockedSoftmax<Scalar>& softmax, Scalar smoothing, Chunk<Scalar> columns,
                 Scalar* nll) {
  const Index n = columns.first;
  auto greatest = simd::broadcast<Scalar>(std::numeric_limits<Scalar>::lowest());
  for (Index b = 0; b < softmax.blocks(); ++b) {
    greatest = simd::max<Scalar>(simd::load(softmax.greatest(b) + n), greatest);
  }
  auto sum = simd::broadcast<Scalar>(0);
  for (Index b = 0; b < softmax.blocks(); ++b) {
    const auto weight = simd::exp<Scalar>(simd::load(softmax.greatest(b) + n) - greatest);
    sum = simd::fma(simd::load(softmax.sums(b) + n), weight, sum);
  }
  const auto rest = simd::log<Scalar>(sum), target = simd::load(softmax.target_logits + n);
  simd::store(softmax.log_greatest + n, greatest);
  simd::store(softmax.log_rest + n, rest);
  auto total = (greatest - target) + rest;
  if (smoothing > 0) {
    // Of differences, so that the size of the logits costs no digits.
    auto below = simd::broadcast<Scalar>(0);
    for (Index b = 0; b < softmax.blocks(); ++b) {
      const auto count = static_cast<Scalar>(softmax.last_symbol(b) - softmax.first_symbol(b));
      below = below + (simd::fma(simd::broadcast<Scalar>(count),
                                 target - simd::load(softmax.greatest(b) + n),
                                 -simd::load(softmax.differences(b) + n)));
    }
    const auto share = smoothing / static_cast<Scalar>(softmax.symbols());
    total = simd::fma(simd::broadcast<Scalar>(share), below, total);
  }
  columns.store(nll, total);
}

}  // namespace detail

/// The NLL of a target in each column under the softmax of W^T h + b; of smoothed targets,
/// (1 - smoothing) one hot target + smoothing / V. A target `no_symbol` is masked: its NLL is 0.
/// \shape states [H x N], targets [N], nll [N], scratch [packed_size(N, H)], aligned as an arena's
/// \cost 2 H V N flops and an exp an element of logits
template <class Scalar>
void linear_cross_entropy_forward(const OutputLayer<Scalar>& layer, View<const Scalar> states,
                                  std::span<const Symbol> targets, Scalar smoothing,
                                  const BlockedSoftmax<Scalar>& softmax, Scalar* nll,
                                  Scalar* scratch, Team& team) {
  std::fill_n(softmax.target_logits, softmax.padded(), Scalar(0));
  const PackedPanels<Scalar> packed = pack_transposed(states, scratch, team);
  const detail::OutputBlock<Scalar> blocks{layer, packed, targets, softmax, smoothing > 0};
  const Index panels = packed.panels();
  team.split(softmax.blocks() * panels, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) blocks.run(i / panels, i % panels);
  });
  split_features<Scalar>(team, states.columns, [&](Index first, Index count) {
    for (Index n = first; n < first + count; n += simd::lanes<Scalar>) {
      detail::join_blocks(softmax, smoothing, chunk_at<Scalar>(n, states.columns), nll);
    }
    for (Index n = first; n < first + count; ++n) {
      if (at(targets, n) == no_symbol) nll[n] = 0;
    }
  });
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
