// The way back through the output layer of a large vocabulary, from the exponentials that the pass
// forward kept: they become the gradients of the logits in place, which both products read as they
// lie.
#pragma once

#include <algorithm>
#include <span>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/chunk.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/linear_cross_entropy.hpp>
#include <vaecollapse/kernels/tile.hpp>
#include <vaecollapse/kernels/transpose.hpp>
#include <vaecollapse/simd/math.hpp>

VAECOLLAPSE_BEGIN_QUIET

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {

/// Where the gradients of an output layer are added; null where one is not wanted.
template <class Scalar>
struct OutputGradients {
  View<Scalar> weights;    ///< [H x V]
  Scalar* bias = nullptr;  ///< [V]
  View<Scalar> states;     ///< [H x N]
};

namespace detail {

/// Panels of columns that are multiplied before moving on, so that a slice of packed states stays
/// in the second level of cache.
inline constexpr Index panels_together = 16;

/// The way back to the logits, the bias and the weights, for some symbols.
template <class Scalar>
struct OutputBackward {
  PackedPanels<Scalar> states;  ///< [H x N], or none where the weights' gradient is not wanted
  std::span<const Symbol> targets;
  const BlockedSoftmax<Scalar>& softmax;
  const Scalar* seeds;  ///< [padded], 0 for masked targets
  Scalar smoothing;
  OutputGradients<Scalar> gradients;

  /// Symbols first .. last of one block.
  void run(Index block, Index first, Index last) const {
    alignas(64) Scalar sums[vocabulary_block * lanes] = {};
    const PackedPanels<Scalar> terms = softmax.terms();
    for (Index panel = 0; panel < terms.panels(); ++panel) {
      with_constant<panel_vectors>(terms.vectors(panel), [&](auto vectors) {
        this->template differentiate<decltype(vectors)::value>(block, panel, first, last, sums);
      });
      subtract_targets(panel, first, last);
    }
    if (gradients.bias != nullptr) {
      for (Index s = first; s < last; ++s) {
        gradients.bias[s] += simd::reduce_add(simd::load_aligned(sums + (s - first) * lanes));
      }
    }
    if (gradients.weights.data != nullptr) add_products(first, last);
  }

 private:
  using Pack = simd::Pack<Scalar>;
  static constexpr Index lanes = simd::lanes<Scalar>;

  Scalar* terms_of(Index panel, Index symbol) const {
    const PackedPanels<Scalar> terms = softmax.terms();
    return softmax.mutable_terms() + terms.first_row(panel) * terms.depth +
           symbol * terms.stride(panel);
  }

  /// Exponentials become gradients, but for the targets' part: term scale - seed smoothing / V.
  template <int Vectors>
  void differentiate(Index block, Index panel, Index first, Index last, Scalar* sums) const {
    const Index row = softmax.terms().first_row(panel);
    const auto share = simd::broadcast<Scalar>(smoothing / static_cast<Scalar>(softmax.symbols()));
    Pack scale[Vectors], less[Vectors];
    unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
      scale[v] = simd::load(softmax.greatest(block) + row + v * lanes);
      less[v] = -(share * simd::load(seeds + row + v * lanes));
    });
    Scalar* term = terms_of(panel, first);
    for (Index s = first; s < last; ++s, term += Vectors * lanes, sums += lanes) {
      Pack sum = simd::load_aligned(sums);
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        const Pack gradient = simd::fma(simd::load(term + v * lanes), scale[v], less[v]);
        simd::store(term + v * lanes, gradient);
        sum = sum + gradient;
      });
      simd::store_aligned(sums, sum);
    }
  }

  void subtract_targets(Index panel, Index first, Index last) const {
    const PackedPanels<Scalar> terms = softmax.terms();
    const Index row = terms.first_row(panel);
    for (Index i = 0; i < terms.height(panel); ++i) {
      const Symbol target = at(targets, row + i);
      if (target < first || target >= last) continue;
      const Scalar part = (1 - smoothing) * seeds[row + i];
      terms_of(panel, target)[i] -= part;
      if (gradients.bias != nullptr) gradients.bias[target] -= part;
    }
  }

  /// dW += h d^T for some symbols.
  void add_products(Index first, Index last) const {
    const Index panels = softmax.terms().panels();
    for (Index begin = 0; begin < panels; begin += panels_together) {
      const Index end = std::min(begin + panels_together, panels);
      for (Index p = 0; p < states.panels(); ++p) {
        with_constant<panel_vectors>(states.vectors(p), [&](auto vectors) {
          for_each_tile(first, last, [&](Index symbol, auto columns) {
            this->template tile<decltype(vectors)::value, decltype(columns)::value>(p, symbol,
                                                                                    begin, end);
          });
        });
      }
    }
  }

  template <int Vectors, int Columns>
  void tile(Index panel, Index symbol, Index begin, Index end) const {
    const Index row = states.first_row(panel), height = states.height(panel);
    const PackedPanels<Scalar> terms = softmax.terms();
    Tile<Scalar, Vectors, Columns> sums;
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        sums[j][v] = simd::broadcast<Scalar>(0);
        simd::prefetch_to_write(gradients.weights.column(symbol + j) + row + v * lanes);
      });
    });
    for (Index q = begin; q < end; ++q) {
      const Index column = terms.first_row(q), stride = terms.stride(q);
      multiply_tile<Vectors, Columns>(terms.height(q),
                                      states.panel(panel) + column * (Vectors * lanes),
                                      terms.panel(q) + symbol * stride, 1, stride, sums);
    }
    unroll<Columns>([&](auto j) VAECOLLAPSE_INLINE_LAMBDA {
      Scalar* const to = gradients.weights.column(symbol + j) + row;
      unroll<Vectors>([&](auto v) VAECOLLAPSE_INLINE_LAMBDA {
        chunk_at<Scalar>(v * lanes, height).add(to, sums[j][v]);
      });
    });
  }
};

/// The seeds of columns, 0 for masked ones and for padding, in the place of the targets' logits;
/// and for each block what its exponentials are multiplied with, in the place of its greatest.
template <class Scalar>
void scale_blocks(const BlockedSoftmax<Scalar>& softmax, std::span<const Symbol> targets,
                  const Scalar* seed, Team& team) {
  Scalar* const seeds = softmax.target_logits;
  for (Index n = 0; n < softmax.padded(); ++n) {
    seeds[n] = n < softmax.columns() && at(targets, n) != no_symbol ? seed[n] : Scalar(0);
  }
  team.split(softmax.blocks(), [&](Index first, Index last) {
    for (Index b = first; b < last; ++b) {
      Scalar* const greatest = softmax.greatest(b);
      for (const auto chunk : chunks<Scalar>(softmax.padded())) {
        const auto below = (chunk.load(greatest) - chunk.load(softmax.log_greatest)) -
                           chunk.load(softmax.log_rest);
        chunk.store(greatest, chunk.load(seeds) * simd::exp<Scalar>(below));
      }
    }
  });
}

}  // namespace detail

/// Numbers of scratch that `linear_cross_entropy_backward` needs, aligned as an arena's.
template <class Scalar>
constexpr Index linear_cross_entropy_backward_scratch(Index hidden, Index columns) {
  return packed_size<Scalar>(hidden, columns) + columns * hidden;
}

/// Adds the gradients of `linear_cross_entropy_forward`, with a seed for each column. Uses up what
/// `softmax` keeps.
/// \pre softmax.keeps_terms() \cost 4 H V N flops
template <class Scalar>
void linear_cross_entropy_backward(const OutputLayer<Scalar>& layer, View<const Scalar> states,
                                   std::span<const Symbol> targets, Scalar smoothing,
                                   const BlockedSoftmax<Scalar>& softmax, const Scalar* seed,
                                   const OutputGradients<Scalar>& gradients, Scalar* scratch,
                                   Team& team) {
  detail::scale_blocks(softmax, targets, seed, team);
  const PackedPanels<Scalar> packed =
      gradients.weights.data != nullptr ? pack(states, scratch, team) : PackedPanels<Scalar>();
  const detail::OutputBackward<Scalar> backward{packed,    targets,  softmax, softmax.target_logits,
                                                smoothing, gradients};
  split_columns(team, softmax.symbols(), [&](Index first, Index count) {
    for (Index begin = first; begin < first + count;) {
      const Index block = begin / vocabulary_block;
      const Index end = std::min(softmax.last_symbol(block), first + count);
      backward.run(block, begin, end);
      begin = end;
    }
  });
  if (gradients.states.data == nullptr) return;
  const View<Scalar> turned(scratch + packed_size<Scalar>(states.rows, states.columns),
                            states.columns, states.rows);
  gemm(softmax.terms(), transposed(layer.weights), turned, Output::replace, team);
  transpose<Scalar>(turned, gradients.states, Output::accumulate, team);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels

VAECOLLAPSE_END_QUIET
