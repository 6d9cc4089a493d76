// Decoders: from z and tags to the symbols of the target.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/unit_dropout.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/model/conditions.hpp>
#include <vaecollapse/model/contribution_list.hpp>
#include <vaecollapse/model/initial_state.hpp>
#include <vaecollapse/model/label_smoothing.hpp>
#include <vaecollapse/nn/attention.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/stepper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `decoder(cx, given, inputs)` gives the logits of every next symbol, a sequence on the plan of
/// the inputs. `given` is `Conditions`, of which it reads what it has a use for.
template <class D>
concept DecodesSequences = requires(const D& decoder, Tape<float>& tape,
                                    const detail::ConditionsOf<D, float>& given,
                                    const Symbols& inputs) {
  { decoder(tape, given, inputs) } -> std::same_as<Sequence<float>>;
};

/// `decoder.steps(workspace, given)` gives what `greedy` and `beam` drive, one symbol at a time.
template <class D>
concept DecodesSteps = requires(const D& decoder, Workspace<float>& ws,
                                const detail::ConditionsOf<D, float>& given,
                                std::span<const Symbol> ids, std::span<const Index> rows,
                                View<const float> before, View<float> after, View<float> logits) {
  { decoder.steps(ws, given).start() } -> std::same_as<View<const float>>;
  decoder.steps(ws, given).step(ws, ids, rows, before, after, logits);
  { decoder.symbols() } -> std::same_as<Index>;
};

/// The functions that a sequence VAE calls of a decoder.
template <class D>
concept Decoder = DecodesSequences<D> && DecodesSteps<D>;

/// `decoder(cx, given, inputs, units)` drops units of the inputs' embeddings. Embedding dropout
/// needs it.
template <class D>
concept DropsUnits = Decoder<D> &&
    requires(const D& decoder, Tape<float>& tape, const detail::ConditionsOf<D, float>& given,
             const Symbols& inputs, const kernels::UnitDropout& units) {
  { decoder(tape, given, inputs, units) } -> std::same_as<Sequence<float>>;
};

/// `decoder.nll(cx, given, inputs, targets, units, smoothing)`: the NLL of each row's targets, [B]
/// in nats, where the decoder has a shorter way to it than by its logits, or another in training
/// than in evaluation. In training `units` names the rows of the batch and the draws of the step,
/// even where its rate is 0; in evaluation it names no rows.
template <class D>
concept PredictsTargets = Decoder<D> &&
    requires(const D& decoder, Tape<float>& tape, const detail::ConditionsOf<D, float>& given,
             const Symbols& symbols, const kernels::UnitDropout& units,
             const LabelSmoothing& smoothing) {
  { decoder.nll(tape, given, symbols, symbols, units, smoothing) } -> std::same_as<Var<float, 1>>;
};

/// `decoder.is_parallel()`: no logits depend on the symbols before, so those of all positions
/// can be computed at once, from `decoder(workspace, given, inputs)` with a plan and no ids.
template <class D>
concept MayBeParallel = Decoder<D> && requires(const D& decoder) {
  { decoder.is_parallel() } -> std::same_as<bool>;
};

/// Where z enters a decoder: any set of these but the empty one.
struct LatentEntry {
  bool h0 = true;       ///< the first state
  bool inputs = true;   ///< the input of every step
  bool output = false;  ///< the logits of every step
};

/// What a decoder reads of the symbols before the one that it predicts.
enum class History {
  embedded,  ///< the embedding of the symbol before, x_{t-1}
  zeroed,    ///< zeros in its place, in training and evaluation. \source Semeniuta et al. 2017
  absent     ///< there is no such input: every symbol is predicted from its h_t alone, so decoding
             ///< is parallel. \source the article, section 5
};

namespace detail {

/// A layer that a model may do without.
template <class Layer>
std::optional<Layer> layer_if(bool wanted, Layout& layout, const std::string& name,
                              const typename Layer::Sizes& sizes) {
  if (!wanted) return std::nullopt;
  return std::optional<Layer>(std::in_place, layout, name, sizes);
}

}  // namespace detail

/// The sizes of a recurrent decoder.
struct RecurrentDecoderSizes {
  Index symbols;
  Index tags;
  Index embedding;
  Index hidden;
  Index latent;
  Index attention = 0;  ///< the width of attention over tags; 0: their plain sum
  LatentEntry z_into{};
  History history = History::embedded;
  Index tag_embedding = 0;  ///< the width of the tags' embeddings; 0: that of the symbols'
};

/// A cell whose input is [emb(x_{t-1}); c; z], c = the sum of the tags' embeddings, from
/// h_0 = tanh(W [z; c] + b); logits from [h_t; c], h_t its output. With attention, c_t stands in
/// place of c in input and logits: the tags' embeddings weighed anew by each h_{t-1}; h_0 still
/// comes from their sum. `Sizes::z_into` places z, last in [h_t; c; z], and `Sizes::history` takes
/// emb(x_{t-1}) away.
///
/// An `InitialState` such as `ProjectedState` computes h_0: from the decoder's conditioning and c
/// it gives a `DecoderStart`. Of a cell whose state is more than its output, such as an LSTM's
/// [h; c], it fills the whole state, or the output alone: then the rest is zeros. Parameters
/// `name.embedding.*` (unless history is absent), `name.tags.*`, those of the initial state, those
/// of the cell under its name such as `name.gru.*`, `name.output.*`, and `name.attention.*` where
/// there is attention.
/// \shape z [latent x B], tags of B rows, inputs N symbols -> logits [symbols x N]
/// \cost that of the cell, and 2 hidden symbols flops a column
template <AttendingCell Recurrent, class InitialState = ProjectedState>
class RecurrentDecoder {
  /// What a word is generated from: z, the tags' embeddings and sets, their sum, and the first
  /// state.
  template <class Scalar>
  struct Given {
    Var<Scalar, 2> z;
    Var<Scalar, 2> table;
    TagSets tags;
    Var<Scalar, 2> sum;
    Var<Scalar, 2> h0;
  };

 public:
  using Sizes = RecurrentDecoderSizes;

  /// `initial` is what `InitialState` takes besides. \throws Error if z enters nowhere, or for a
  /// negative size
  template <class... Initial>
  RecurrentDecoder(Layout& layout, const std::string& name, const Sizes& sizes,
                   const Initial&... initial)
      : RecurrentDecoder(layout, name, sizes, CellFactory<Recurrent>(), initial...) {}

  /// The same with a cell that is made by `make_cell`.
  template <class... Initial>
  RecurrentDecoder(Layout& layout, const std::string& name, const Sizes& sizes,
                   const CellFactory<Recurrent>& make_cell, const Initial&... initial)
      : sizes_(checked(sizes)),
        embedding_(detail::layer_if<Embedding>(reads_history(), layout, name + ".embedding",
                                               {sizes.symbols, sizes.embedding})),
        tags_(layout, name + ".tags", {sizes.tags, tag_width()}),
        initial_(layout, name,
                 {sizes.latent, tag_width(), state_size_of(make_cell), sizes.z_into.h0},
                 initial...),
        recurrent_(make_cell(layout, name + "." + std::string(make_cell.name()), cell_sizes())),
        output_(layout, name + ".output",
                {recurrent_.width() + tag_width() + latent_if(sizes.z_into.output), sizes.symbols}),
        attention_(
            detail::layer_if<TagAttention>(sizes.attention > 0, layout, name + ".attention",
                                           {recurrent_.width(), tag_width(), sizes.attention})) {}

  /// \shape z [Z x B], inputs N symbols -> logits [V x N]
  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> operator()(C& cx, const Conditions<Scalar>& conditions, const Symbols& inputs,
                              const kernels::UnitDropout& units = {}) const {
    const SequencePlan& plan = *inputs.plan;
    const Given<Scalar> given = condition(cx, conditions);
    const auto parts = input_parts(cx, inputs, units, given);
    const auto logits = [&](const Sequence<Scalar>& outputs, const Contribution<Scalar>& context) {
      detail::ContributionList<Scalar> of_output(Contribution<Scalar>::per_step(outputs.columns));
      of_output.add(output_parts(given, context));
      return output_(cx, of_output, plan);
    };
    if (!attention_) {
      return logits(recurrent_.sequence(cx, parts, plan, given.h0).states, context_part(given));
    }
    const auto attending =
        recurrent_.sequence(cx, (*attention_)(cx, given.table), parts, plan, given.h0);
    return logits(attending.states,
                  Contribution<Scalar>::per_tag(given.table, attending.weights, given.tags));
  }

  /// How the tags are weighed before each symbol; `inputs` are the symbols before.
  /// \shape as `AttendingStates::weights` \pre attends()
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> attention(C& cx, const Conditions<Scalar>& conditions,
                           const Symbols& inputs) const {
    const Given<Scalar> given = condition(cx, conditions);
    const auto parts = input_parts(cx, inputs, {}, given);
    const auto attending = (*attention_)(cx, given.table);
    return recurrent_.sequence(cx, attending, parts, *inputs.plan, given.h0).weights;
  }
  /// Whether there is attention over the tags.
  bool attends() const { return attention_.has_value(); }

  /// One symbol at a time, for rows in any multiplicity: a beam has several columns a row. Lives
  /// in the scope in which it was made.
  template <class Scalar>
  class Steps {
   public:
    template <Context C>
    Steps(C& cx, const RecurrentDecoder& decoder, const Conditions<Scalar>& conditions)
        : Steps(cx, decoder, decoder.condition(cx, conditions)) {}

    /// The state before the first symbol. \shape [state x B]
    View<const Scalar> start() const { return start_; }

    /// Reads ids[i] in state before[i] for row rows[i].
    /// \shape before, after [state x n], logits [V x n]
    template <Context C>
    void step(C& cx, std::span<const Symbol> ids, std::span<const Index> rows,
              View<const Scalar> before, View<Scalar> after, View<Scalar> logits) const {
      const ArenaFrame frame(cx.arena());
      const auto mix = attention_ ? attention_->weights(cx, rows, before.middle_rows(0, width_))
                                  : kernels::TagMix<Scalar>{};
      recurrent_.step(cx, zeroes_history_ ? zero_symbols(cx, ids.size()) : ids, rows, mix, before,
                      after);
      from_given_.sum(ids, rows, mix, logits);
      const View<const Scalar> outputs = View<const Scalar>(after).middle_rows(0, width_);
      kernels::gemm(from_output_, kernels::as_is(outputs), logits, kernels::Output::accumulate,
                    cx.team(), bias_);
    }

   private:
    template <Context C>
    Steps(C& cx, const RecurrentDecoder& decoder, const Given<Scalar>& given)
        : start_(given.h0.view()),
          zeroes_history_(decoder.sizes_.history == History::zeroed),
          width_(decoder.recurrent_.width()),
          recurrent_(
              stepper_of(cx, decoder.recurrent_, decoder.input_parts(cx, Symbols{}, {}, given))),
          from_given_(
              cx, decoder.output_weights(cx).middle_rows(width_, decoder.output_.input() - width_),
              decoder.output_parts(given, decoder.context_part(given))),
          from_output_(cx.template packed<kernels::TransposedPanels<Scalar>>(
              decoder.output_weights(cx).middle_rows(0, width_))),
          bias_(cx.parameter(decoder.output_.bias()).data()) {
      if (!decoder.attention_) return;
      attention_.emplace(cx, (*decoder.attention_)(cx, given.table), given.tags);
    }

    View<const Scalar> start_;
    bool zeroes_history_;
    Index width_;
    StepperOf<Recurrent, Scalar> recurrent_;
    ProjectedInputs<Scalar> from_given_;
    kernels::PackedPanels<Scalar> from_output_;
    const Scalar* bias_;
    std::optional<AttentionStepper<Scalar>> attention_;
  };

  /// \shape z [Z x B], tags of B rows
  template <Context C, class Scalar = typename C::scalar_type>
  Steps<Scalar> steps(C& cx, const Conditions<Scalar>& conditions) const {
    return {cx, *this, conditions};
  }

  Index symbols() const { return sizes_.symbols; }
  /// See `MayBeParallel`.
  bool is_parallel() const { return sizes_.history == History::absent; }

 private:
  static Sizes checked(const Sizes& sizes) {
    const LatentEntry& z = sizes.z_into;
    for (const Index size : {sizes.latent, sizes.attention, sizes.tag_embedding}) {
      if (size >= 0) continue;
      detail::raise_error({"decoder: latent, attention and tag_embedding are ", sizes.latent, ", ",
                           sizes.attention, " and ", sizes.tag_embedding,
                           ": none may be negative"});
    }
    if (!z.inputs && !z.output && !z.h0) {
      raise(Error("decoder: z enters nowhere: it must enter the inputs or the output, or h_0"));
    }
    return sizes;
  }

  bool reads_history() const { return sizes_.history != History::absent; }
  Index tag_width() const {
    return sizes_.tag_embedding > 0 ? sizes_.tag_embedding : sizes_.embedding;
  }
  Index latent_if(bool enters) const { return enters ? sizes_.latent : 0; }
  CellSizes cell_sizes() const {
    return {reads_history() ? sizes_.embedding : 0, sizes_.hidden,
            tag_width() + latent_if(sizes_.z_into.inputs)};
  }

  /// Rows of the state, which must be known before the cell is made: the first state's parameters
  /// come first.
  Index state_size_of(const CellFactory<Recurrent>& make_cell) const {
    Layout elsewhere;
    return make_cell(elsewhere, "cell", cell_sizes()).state_size();
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Given<Scalar> condition(C& cx, const Conditions<Scalar>& conditions) const {
    const auto c = tags_.sum(cx, conditions.tags);
    const auto table = cx.parameter(tags_.table());
    const DecoderStart<Scalar> start = initial_(cx, conditions.z, c);
    return {start.z, table, conditions.tags, c, whole_state(cx, start.h0)};
  }

  /// A state that begins with this output, and zeros below it; or what is whole already.
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> whole_state(C& cx, const Var<Scalar, 2>& first) const {
    const Index others = recurrent_.state_size() - first.rows();
    if (others == 0) return first;
    const auto zeros = cx.template make<2>(Shape<2>{{others, first.columns()}}, false);
    std::fill_n(zeros.data(), zeros.size(), Scalar(0));
    return concatenate(cx, first, zeros);
  }

  template <class Scalar>
  Contribution<Scalar> context_part(const Given<Scalar>& given) const {
    return attention_ ? Contribution<Scalar>::attended(given.table, given.tags)
                      : Contribution<Scalar>::per_row(given.sum);
  }

  /// What contributes to the logits beside the state.
  template <class Scalar>
  detail::ContributionList<Scalar> output_parts(const Given<Scalar>& given,
                                                const Contribution<Scalar>& context) const {
    detail::ContributionList<Scalar> parts(context);
    if (sizes_.z_into.output) parts.add(Contribution<Scalar>::per_row(given.z));
    return parts;
  }

  template <Context C, class Scalar = typename C::scalar_type>
  detail::ContributionList<Scalar> input_parts(C& cx, const Symbols& inputs,
                                               const kernels::UnitDropout& units,
                                               const Given<Scalar>& given) const {
    detail::ContributionList<Scalar> parts(reads_history() ? history_part(cx, inputs, units)
                                                           : context_part(given));
    if (reads_history()) parts.add(context_part(given));
    if (sizes_.z_into.inputs) parts.add(Contribution<Scalar>::per_row(given.z));
    return parts;
  }

  /// A table of symbols is projected once; with units dropped, each column is another.
  template <Context C, class Scalar = typename C::scalar_type>
  Contribution<Scalar> history_part(C& cx, const Symbols& inputs,
                                    const kernels::UnitDropout& units) const {
    if (sizes_.history == History::zeroed) {
      const Symbols zeros{inputs.plan, zero_symbols(cx, inputs.ids.size())};
      return Contribution<Scalar>::per_symbol((*embedding_)(cx, zeros));
    }
    if (units.rate == 0) return Contribution<Scalar>::per_symbol((*embedding_)(cx, inputs));
    const auto dropped = drop_units(cx, embedding_->columns(cx, inputs), units);
    return Contribution<Scalar>::per_step(dropped.columns);
  }

  /// As many symbols that embed as zeros.
  template <Context C>
  static std::span<const Symbol> zero_symbols(C& cx, std::size_t count) {
    const auto ids = cx.arena().template span<Symbol>(static_cast<Index>(count));
    std::fill(ids.begin(), ids.end(), no_symbol);
    return ids;
  }

  template <Context C>
  View<const typename C::scalar_type> output_weights(C& cx) const {
    return cx.parameter(output_.weight()).view();
  }

  Sizes sizes_;
  std::optional<Embedding> embedding_;
  Embedding tags_;
  InitialState initial_;
  Recurrent recurrent_;
  Linear output_;
  std::optional<TagAttention> attention_;
};

/// The decoder of a GRU whose first state is projected from z and the tags.
using GruDecoder = RecurrentDecoder<Gru>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
