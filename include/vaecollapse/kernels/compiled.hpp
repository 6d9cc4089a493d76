// The kernels that take longest to compile, declared as compiled elsewhere: for programs that link
// `vaecollapse::compiled`, in which they are compiled once, for float and for double. Read only
// where VAECOLLAPSE_COMPILED is 1; without it every source compiles what it uses.
#pragma once

#include <span>

#include <vaecollapse/kernels/affine.hpp>
#include <vaecollapse/kernels/attention.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/kernels/gemv.hpp>
#include <vaecollapse/kernels/gru_backward.hpp>
#include <vaecollapse/kernels/linear_cross_entropy_backward.hpp>
#include <vaecollapse/kernels/lstm_backward.hpp>
#include <vaecollapse/kernels/mixture.hpp>
#include <vaecollapse/kernels/optimise.hpp>
#include <vaecollapse/kernels/softmax_cross_entropy.hpp>

// NOLINTBEGIN(bugprone-macro-parentheses): types and keywords, which take none
/// Instantiates the kernels for `Scalar`; with `extern` as the first argument, declares that
/// another source does.
#define VAECOLLAPSE_KERNEL_INSTANCES(EXTERN, Scalar)                                               \
  EXTERN template PackedPanels<Scalar> pack(View<const Scalar>, Scalar*, Team&);                   \
  EXTERN template PackedPanels<Scalar> pack_transposed(View<const Scalar>, Scalar*, Team&);        \
  EXTERN template void gemm_columns(const PackedPanels<Scalar>&, const RightOperand<Scalar>&,      \
                                    View<Scalar>, Output, Index, Index, const Scalar*);            \
  EXTERN template void gemm(const PackedPanels<Scalar>&, const RightOperand<Scalar>&,              \
                            View<Scalar>, Output, Team&, const Scalar*);                           \
  EXTERN template void dot_columns(View<const Scalar>, const Scalar*, Scalar*, Index);             \
  EXTERN template void add_product(View<const Scalar>, const Scalar*, Scalar*);                    \
  EXTERN template void affine_bias_backward(View<const Scalar>, Scalar*, Team&);                   \
  EXTERN template PackedGates<Scalar> pack_gates(View<const Scalar>, Scalar*, Team&);              \
  EXTERN template PackedPanels<Scalar> pack_gates_for_backward(View<const Scalar>, Scalar*,        \
                                                               Team&);                             \
  EXTERN template void gru_step_forward(const RecurrentGates<Scalar>&, const GruBiases<Scalar>&,   \
                                        const GruInputs<Scalar>&, Index, View<const Scalar>,       \
                                        View<Scalar>, View<Scalar>, PanelRange);                   \
  EXTERN template void gemm_panels(const PackedPanels<Scalar>&, const RightOperand<Scalar>&,       \
                                   View<Scalar>, Output, Index, Index);                            \
  EXTERN template void gru_input_sums(const SequencePlan&, Index, const GruBiases<Scalar>&,        \
                                      std::span<const GruProduct<Scalar>>, View<Scalar>, Team&);   \
  EXTERN template void detail::gru_gates_backward(Index, const Scalar*, const Scalar*, Scalar*,    \
                                                  const Scalar*, Scalar*, Scalar*);                \
  EXTERN template void gru_recurrent_weights_backward(                                             \
      std::span<const Scalar* const>, View<const Scalar>, View<Scalar>, Scalar*, Team&);           \
  EXTERN template void gru_biases_backward(View<const Scalar>, Scalar*, Scalar*);                  \
  EXTERN template PackedGates<Scalar, lstm_gates> pack_gates(View<const Scalar>, Scalar*, Team&);  \
  EXTERN template void lstm_step_forward(                                                          \
      const LstmGates<Scalar>&, const RecurrentBiases<Scalar>&, const LstmInputs<Scalar>&, Index,  \
      const LstmState<const Scalar>&, const LstmState<Scalar>&, View<Scalar>, PanelRange);         \
  EXTERN template void lstm_input_sums(const SequencePlan&, Index, const RecurrentBiases<Scalar>&, \
                                       std::span<const LstmProduct<Scalar>>, View<Scalar>, Team&); \
  EXTERN template void detail::lstm_gates_backward(Index, const Scalar*, const Scalar*,            \
                                                   const Scalar*, const Scalar*, Scalar*, Scalar*, \
                                                   const Scalar*, Scalar*);                        \
  EXTERN template void lstm_recurrent_weights_backward(                                            \
      std::span<const Scalar* const>, View<const Scalar>, View<Scalar>, Scalar*, Team&);           \
  EXTERN template void lstm_biases_backward(View<const Scalar>, Scalar*, Scalar*);                 \
  EXTERN template void attention_forward(const AttentionKeys<Scalar>&, const ColumnTags&, Index,   \
                                         View<const Scalar>, Scalar*, View<Scalar>);               \
  EXTERN template void attention_backward(const AttentionKeys<Scalar>&, const ColumnTags&, Index,  \
                                          const Scalar*, View<const Scalar>, const Scalar*,        \
                                          Scalar*, View<Scalar>);                                  \
  EXTERN template void attention_parameters_backward(const AttentionKeys<Scalar>&,                 \
                                                     const ColumnTags&, View<const Scalar>,        \
                                                     const Scalar*, Scalar*, View<Scalar>);        \
  EXTERN template void attention_query_backward(std::span<const Scalar* const>,                    \
                                                View<const Scalar>, View<Scalar>, Scalar*, Team&); \
  EXTERN template void tag_mix_forward(View<const Scalar>, const TagMix<Scalar>&, Index,           \
                                       View<Scalar>);                                              \
  EXTERN template void tag_mix_weights_backward(View<const Scalar>, const ColumnTags&, Index,      \
                                                View<const Scalar>, Scalar*);                      \
  EXTERN template void tag_mix_table_backward(const TagMix<Scalar>&, View<const Scalar>,           \
                                              View<Scalar>);                                       \
  EXTERN template void mixture_surprisal_forward(View<const Scalar>, const Mixture<const Scalar>&, \
                                                 const MixtureWork<Scalar>&, Scalar*);             \
  EXTERN template void mixture_surprisal_backward(                                                 \
      View<const Scalar>, const Mixture<const Scalar>&, const MixtureWork<Scalar>&, const Scalar*, \
      View<Scalar>, const Mixture<Scalar>&);                                                       \
  EXTERN template void softmax_cross_entropy_forward(View<const Scalar>, std::span<const Symbol>,  \
                                                     Scalar*, Scalar*);                            \
  EXTERN template void softmax_cross_entropy_backward(View<const Scalar>, std::span<const Symbol>, \
                                                      const Scalar*, const Scalar*, View<Scalar>); \
  EXTERN template void linear_cross_entropy_forward(                                               \
      const OutputLayer<Scalar>&, View<const Scalar>, std::span<const Symbol>, Scalar,             \
      const BlockedSoftmax<Scalar>&, Scalar*, Scalar*, Team&);                                     \
  EXTERN template void linear_cross_entropy_backward(                                              \
      const OutputLayer<Scalar>&, View<const Scalar>, std::span<const Symbol>, Scalar,             \
      const BlockedSoftmax<Scalar>&, const Scalar*, const OutputGradients<Scalar>&, Scalar*,       \
      Team&);
// NOLINTEND(bugprone-macro-parentheses)

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels {
VAECOLLAPSE_KERNEL_INSTANCES(extern, float)
VAECOLLAPSE_KERNEL_INSTANCES(extern, double)
}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels
