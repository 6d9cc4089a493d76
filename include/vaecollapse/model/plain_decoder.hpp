// A decoder of nothing but what a VAE needs: z, and where there are any, a context and tags.
// Without z it is a language model.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/dropout.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/unit_dropout.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/model/conditions.hpp>
#include <vaecollapse/model/contribution_list.hpp>
#include <vaecollapse/model/label_smoothing.hpp>
#include <vaecollapse/model/recurrent_steps.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The sizes of a plain decoder.
struct PlainDecoderSizes {
  Index symbols;
  Index embedding;
  Index hidden;
  Index latent;       ///< 0: there is no z
  Index context = 0;  ///< the rows of a context; 0: there is none
  Index tags = 0;     ///< how many there are; 0: none, and those that rows may have are not read
  /// Whether the weights of the output layer are the embeddings of the symbols.
  bool tied = false;
  /// In training each unit of an output of the recurrent layer is dropped with this probability,
  /// by a draw of its own for each row and position, and the others are scaled up.
  double output_dropout = 0;
  /// Whether all symbols of a row lose the same units of their embeddings, and all outputs the
  /// same.
  bool drops_per_row = false;
  bool has_biases = true;  ///< of the first state and of the output layer
};

/// With c = [z; context; the sum of the tags' embeddings], each where it is wanted: a recurrent
/// layer reads [emb(x_{t-1}); c] from the first state tanh(W c + b), which fills the whole of a
/// state that is more than its output, and the logits are linear in that output. Where nothing of c
/// is wanted, the first state is zeros: a language model. Parameters `name.embedding.*`,
/// `name.recurrent.*`, `name.initial.*` where there is c, `name.output.*`, of which tied weights
/// are none, and `name.tags.*` where there are tags. \shape z [latent x B], context [context x B],
/// inputs N symbols -> logits [symbols x N] \cost that of the cell, and 2 hidden symbols flops a
/// column
template <Cell Recurrent = Gru>
class PlainDecoder {
 public:
  /// \param make_cell makes the cell, such as one of a type chosen at run time
  /// \throws Error for sizes that make no weights, tied weights where outputs are not as wide as
  /// embeddings, a dropout that is no probability, and for a name that is taken
  PlainDecoder(Layout& layout, const std::string& name, const PlainDecoderSizes& sizes,
               const CellFactory<Recurrent>& make_cell = {})
      : sizes_(checked(sizes)),
        embedding_(layout, name + ".embedding", {sizes.symbols, sizes.embedding},
                   sizes.tied ? init::by_fan_in(sizes.embedding) : init::embedding()),
        recurrent_(make_cell(layout, name + ".recurrent",
                             CellSizes{sizes.embedding, sizes.hidden, width_of_c()})),
        initial_(first_state_of(layout, name + ".initial")),
        output_(output_of(layout, name + ".output")) {
    if (sizes.tags > 0) {
      tags_.emplace(layout, name + ".tags", Embedding::Sizes{sizes.tags, sizes.embedding});
    }
  }

  /// The logits. Units are dropped as in `nll`.
  /// \shape z [Z x B], context [C x B], inputs N symbols -> logits [V x N]
  /// \throws ShapeError for a z or a context of other rows
  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> operator()(C& cx, const Conditions<Scalar>& given, const Symbols& inputs,
                              const kernels::UnitDropout& units = {}) const {
    return output_(cx, outputs(cx, given, inputs, units));
  }

  /// The NLL of the targets. Units of the symbols' embeddings are dropped by `units`; if these name
  /// the rows of a batch and the draws of a training step, those of the outputs are dropped too, by
  /// other draws of the step. \shape -> [B] \unit nats per word
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> nll(C& cx, const Conditions<Scalar>& given, const Symbols& inputs,
                     const Symbols& targets, const kernels::UnitDropout& units,
                     const LabelSmoothing& smoothing) const {
    const auto of_targets = [&](const auto&... bias) {
      return linear_cross_entropy(cx, cx.parameter(output_.weight()), bias...,
                                  outputs(cx, given, inputs, units), targets, smoothing.rate());
    };
    return sizes_.has_biases ? of_targets(output_.bias(cx)) : of_targets();
  }

  /// One symbol at a time.
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentSteps<Scalar, Recurrent> steps(C& cx, const Conditions<Scalar>& given) const {
    const auto c = condition(cx, given);
    const auto start = initial_ ? first_state(cx, c) : zeros(cx, given.z.columns());
    return {cx, recurrent_, read(cx, Symbols{}, {}, c), start, output_};
  }

  Index symbols() const { return sizes_.symbols; }

 private:
  static const PlainDecoderSizes& checked(const PlainDecoderSizes& sizes) {
    detail::require_dropout_rate(sizes.output_dropout);
    if (sizes.tied && sizes.hidden != sizes.embedding) {
      detail::raise_error({"decoder: hidden is ", sizes.hidden, " and embedding ", sizes.embedding,
                           ": tied weights need them equal"});
    }
    return sizes;
  }

  Index width_of_c() const {
    return sizes_.latent + sizes_.context + (sizes_.tags > 0 ? sizes_.embedding : 0);
  }

  std::optional<Linear> first_state_of(Layout& layout, const std::string& name) const {
    if (width_of_c() == 0) return std::nullopt;
    return Linear(layout, name, {width_of_c(), recurrent_.state_size(), sizes_.has_biases});
  }

  Linear output_of(Layout& layout, const std::string& name) const {
    if (sizes_.tied) {
      return Linear::sharing(layout, name, embedding_.table(), sizes_.has_biases);
    }
    return Linear(layout, name, {recurrent_.width(), sizes_.symbols, sizes_.has_biases});
  }

  /// The outputs of the recurrent layer.
  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> outputs(C& cx, const Conditions<Scalar>& given, const Symbols& inputs,
                           const kernels::UnitDropout& units) const {
    const auto c = condition(cx, given);
    const auto start = initial_ ? first_state(cx, c) : Var<Scalar, 2>();
    const Sequence<Scalar> all =
        recurrent_.sequence(cx, read(cx, inputs, units, c), *inputs.plan, start);
    return drop_units(cx, all, of_outputs(units));
  }

  kernels::UnitDropout of_outputs(kernels::UnitDropout units) const {
    const bool trains = !units.rows.empty() && units.draws.pass() == Pass::train;
    units.rate = trains ? sizes_.output_dropout : 0;
    units.stream = Stream::output_dropout;
    units.is_per_row = sizes_.drops_per_row;
    return units;
  }

  /// c; a default Var where nothing is wanted.
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> condition(C& cx, const Conditions<Scalar>& given) const {
    require_shapes(given.z.rows() == sizes_.latent && given.context.rows() == sizes_.context,
                   "decoder",
                   {{"z", given.z.shape()},
                    {"context", given.context.shape()},
                    {"latent, context", Shape<2>{{sizes_.latent, sizes_.context}}}},
                   "z must have a row for each latent dimension, the context as many as the "
                   "decoder was made for");
    Var<Scalar, 2> c = sizes_.latent > 0 ? given.z : Var<Scalar, 2>();
    const auto put_below = [&](std::string_view what, const Var<Scalar, 2>& part) {
      require_shapes(part.columns() == given.z.columns(), "decoder",
                     {{"z", given.z.shape()}, {what, part.shape()}},
                     "both must have a column for each row");
      c = c.rows() > 0 ? concatenate(cx, c, part) : part;
    };
    if (sizes_.context > 0) put_below("context", given.context);
    if (tags_) put_below("sums of tags", tags_->sum(cx, given.tags));
    return c;
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> first_state(C& cx, const Var<Scalar, 2>& c) const {
    return tanh(cx, (*initial_)(cx, c));
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> zeros(C& cx, Index rows) const {
    const auto state = cx.template make<2>(Shape<2>{{recurrent_.state_size(), rows}}, false);
    std::fill_n(state.data(), state.size(), Scalar(0));
    return state;
  }

  /// What the recurrent layer reads: the embeddings, and c below them.
  template <Context C, class Scalar = typename C::scalar_type>
  detail::ContributionList<Scalar> read(C& cx, const Symbols& inputs, kernels::UnitDropout units,
                                        const Var<Scalar, 2>& c) const {
    units.is_per_row = sizes_.drops_per_row;
    const auto whole = [&] { return Contribution<Scalar>::per_symbol(embedding_(cx, inputs)); };
    const auto dropped = [&] {
      const auto columns = drop_units(cx, embedding_.columns(cx, inputs), units).columns;
      return Contribution<Scalar>::per_step(columns);
    };
    detail::ContributionList<Scalar> parts(units.rate == 0 ? whole() : dropped());
    if (initial_) parts.add(Contribution<Scalar>::per_row(c));
    return parts;
  }

  PlainDecoderSizes sizes_;
  Embedding embedding_;
  Recurrent recurrent_;
  std::optional<Linear> initial_;
  Linear output_;
  std::optional<Embedding> tags_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
