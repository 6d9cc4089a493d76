// Decoders: from z and tags to the symbols of the target.
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <span>
#include <string>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/stepper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `decoder(cx, z, tags, inputs)` gives the logits of every next symbol, a sequence on the plan of
/// the inputs.
template <class D>
concept DecodesSequences = requires(const D& decoder, Tape<float>& tape, const Var<float, 2>& z,
                                    const TagSets& tags, const Symbols& inputs) {
  { decoder(tape, z, tags, inputs) } -> std::same_as<Sequence<float>>;
};

/// `decoder.steps(workspace, z, tags)` gives what `greedy` and `beam` drive, one symbol at a time.
template <class D>
concept DecodesSteps = requires(const D& decoder, Workspace<float>& ws, const Var<float, 2>& z,
                                const TagSets& tags, std::span<const Symbol> ids,
                                std::span<const Index> rows, View<const float> before,
                                View<float> after, View<float> logits) {
  { decoder.steps(ws, z, tags).start() } -> std::same_as<View<const float>>;
  decoder.steps(ws, z, tags).step(ws, ids, rows, before, after, logits);
  { decoder.symbols() } -> std::same_as<Index>;
};

/// What a sequence VAE needs of a decoder.
template <class D>
concept Decoder = DecodesSequences<D> && DecodesSteps<D>;

/// A GRU that hears [emb(x_{t-1}); c; z], c = the sum of the tags' embeddings, from
/// h_0 = tanh(W [z; c] + b); logits from [h_t; c]. The encoder's state never reaches it. With
/// attention, what it hears and says is decided by c_t in place of c: the tags' embeddings weighed
/// anew by each h_{t-1}; h_0 still comes from their sum.
/// Parameters `name.embedding.*`, `name.tags.*`, `name.initial.*`, `name.gru.*`, `name.output.*`,
/// and `name.attention.*` where there is attention.
class GruDecoder {
  /// What a word is generated from: z, the tags' embeddings and sets, their sum, and the first
  /// state made of z and the sum.
  template <class Scalar>
  struct Given {
    Var<Scalar, 2> z;
    Var<Scalar, 2> table;
    TagSets tags;
    Var<Scalar, 2> sum;
    Var<Scalar, 2> h0;
  };

 public:
  struct Sizes {
    Index symbols;
    Index tags;
    Index embedding;
    Index hidden;
    Index latent;
    Index attention = 0;  ///< the width of attention over tags; 0: their plain sum
  };

  GruDecoder(Layout& layout, const std::string& name, Sizes sizes)
      : embedding_(layout, name + ".embedding", {sizes.symbols, sizes.embedding}),
        tags_(layout, name + ".tags", {sizes.tags, sizes.embedding}),
        initial_(layout, name + ".initial", {sizes.latent + sizes.embedding, sizes.hidden}),
        gru_(layout, name + ".gru",
             {sizes.embedding, sizes.hidden, sizes.embedding + sizes.latent}),
        output_(layout, name + ".output", {sizes.hidden + sizes.embedding, sizes.symbols}) {
    if (sizes.attention == 0) return;
    attention_.emplace(layout, name + ".attention",
                       TagAttention::Sizes{sizes.hidden, sizes.embedding, sizes.attention});
  }

  /// \shape z [Z x B], inputs N symbols -> logits [V x N]
  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> operator()(C& cx, const Var<Scalar, 2>& z, const TagSets& tags,
                              const Symbols& inputs) const {
    const SequencePlan& plan = *inputs.plan;
    const Given<Scalar> given = condition(cx, z, tags);
    const auto hears = hears_of(embedding_(cx, inputs), given);
    const auto say = [&](const GruStates<Scalar>& gru, const Contribution<Scalar>& context) {
      const std::array says{Contribution<Scalar>::per_step(gru.states.columns), context};
      return output_(cx, says, plan);
    };
    if (!attention_) return say(gru_.sequence(cx, hears, plan, given.h0), context_of(given));
    const auto states = gru_.sequence(cx, (*attention_)(cx, given.table), hears, plan, given.h0);
    return say(states, Contribution<Scalar>::per_tag(given.table, states.weights, tags));
  }

  /// One symbol at a time, for rows in any multiplicity: a beam has several columns a row. Lives
  /// in the scope in which it was made.
  template <class Scalar>
  class Steps {
   public:
    template <Context C>
    Steps(C& cx, const GruDecoder& decoder, const Var<Scalar, 2>& z, const TagSets& tags)
        : Steps(cx, decoder, decoder.condition(cx, z, tags)) {}

    /// The state before the first symbol. \shape [hidden x B]
    View<const Scalar> start() const { return start_; }

    /// Hears ids[i] in state before[i] for row rows[i].
    /// \shape before, after [hidden x n], logits [V x n]
    template <Context C>
    void step(C& cx, std::span<const Symbol> ids, std::span<const Index> rows,
              View<const Scalar> before, View<Scalar> after, View<Scalar> logits) const {
      const ArenaFrame frame(cx.arena());
      const auto mix =
          attention_ ? attention_->weights(cx, rows, before) : kernels::TagMix<Scalar>{};
      gru_.step(cx, ids, rows, mix, before, after);
      from_tags_.sum(ids, rows, mix, logits);
      kernels::gemm(from_state_, kernels::as_is(View<const Scalar>(after)), logits,
                    kernels::Output::accumulate, cx.team(), bias_);
    }

   private:
    template <Context C>
    Steps(C& cx, const GruDecoder& decoder, const Given<Scalar>& given)
        : start_(given.h0.view()),
          gru_(cx, decoder.gru_.vars(cx),
               decoder.hears_of(decoder.embedding_(cx, Symbols{}), given)),
          from_tags_(cx, decoder.output_weights(cx).middle_rows(start_.rows, given.sum.rows()),
                     std::array{decoder.context_of(given)}),
          from_state_(pack_output(cx, decoder.output_weights(cx).middle_rows(0, start_.rows))),
          bias_(cx.parameter(decoder.output_.bias()).data()) {
      if (!decoder.attention_) return;
      attention_.emplace(cx, (*decoder.attention_)(cx, given.table), given.tags);
    }

    template <Context C>
    static kernels::PackedPanels<Scalar> pack_output(C& cx, View<const Scalar> weights) {
      return kernels::pack_transposed(
          weights,
          cx.arena().template allocate<Scalar>(
              kernels::affine_forward_scratch<Scalar>(weights.rows, weights.columns)),
          cx.team());
    }

    View<const Scalar> start_;
    GruStepper<Scalar> gru_;
    ProjectedInputs<Scalar> from_tags_;
    kernels::PackedPanels<Scalar> from_state_;
    const Scalar* bias_;
    std::optional<AttentionStepper<Scalar>> attention_;
  };

  /// \shape z [Z x B], tags of B rows
  template <Context C, class Scalar = typename C::scalar_type>
  Steps<Scalar> steps(C& cx, const Var<Scalar, 2>& z, const TagSets& tags) const {
    return {cx, *this, z, tags};
  }

  Index symbols() const { return embedding_.symbols(); }

 private:
  template <Context C, class Scalar = typename C::scalar_type>
  Given<Scalar> condition(C& cx, const Var<Scalar, 2>& z, const TagSets& tags) const {
    const auto c = tags_.sum(cx, tags);
    return {z, cx.parameter(tags_.table()), tags, c, tanh(cx, initial_(cx, concatenate(cx, z, c)))};
  }

  template <class Scalar>
  Contribution<Scalar> context_of(const Given<Scalar>& given) const {
    return attention_ ? Contribution<Scalar>::attended(given.table, given.tags)
                      : Contribution<Scalar>::per_row(given.sum);
  }

  template <class Scalar>
  std::array<Contribution<Scalar>, 3> hears_of(const Embedded<Scalar>& symbols,
                                               const Given<Scalar>& given) const {
    return {Contribution<Scalar>::per_symbol(symbols), context_of(given),
            Contribution<Scalar>::per_row(given.z)};
  }

  template <Context C>
  View<const typename C::scalar_type> output_weights(C& cx) const {
    return cx.parameter(output_.weight()).view();
  }

  Embedding embedding_;
  Embedding tags_;
  Linear initial_;
  Gru gru_;
  Linear output_;
  std::optional<TagAttention> attention_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
