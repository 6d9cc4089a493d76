// A decoder of nothing but what a VAE needs: z, and where there are any, a context and tags.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/unit_dropout.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/model/conditions.hpp>
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
  Index latent;
  Index context = 0;  ///< the rows of a context; 0: there is none
  Index tags = 0;     ///< how many there are; 0: none, and those that rows may have are not read
};

/// With c = [z; context; the sum of the tags' embeddings], of which only z must be there: a
/// recurrent layer reads [emb(x_{t-1}); c] from the first state tanh(W c + b), which fills the
/// whole of a state that is more than its output, and the logits are linear in that output.
/// Parameters `name.embedding.*`, `name.recurrent.*`, `name.initial.*`, `name.output.*`, and
/// `name.tags.*` where there are tags.
/// \shape z [latent x B], context [context x B], inputs N symbols -> logits [symbols x N]
/// \cost that of the cell, and 2 hidden symbols flops a column
template <Cell Recurrent = Gru>
class PlainDecoder {
 public:
  /// \throws Error for sizes that make no weights, and for a name that is taken
  PlainDecoder(Layout& layout, const std::string& name, const PlainDecoderSizes& sizes)
      : sizes_(sizes),
        embedding_(layout, name + ".embedding", {sizes.symbols, sizes.embedding}),
        recurrent_(layout, name + ".recurrent", {sizes.embedding, sizes.hidden, width_of_c()}),
        initial_(layout, name + ".initial", {width_of_c(), recurrent_.state_size()}),
        output_(layout, name + ".output", {recurrent_.width(), sizes.symbols}) {
    if (sizes.tags > 0) {
      tags_.emplace(layout, name + ".tags", Embedding::Sizes{sizes.tags, sizes.embedding});
    }
  }

  /// Units of the symbols' embeddings are dropped by `units`.
  /// \shape z [Z x B], context [C x B], inputs N symbols -> logits [V x N]
  /// \throws ShapeError for a z or a context of other rows
  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> operator()(C& cx, const Conditions<Scalar>& given, const Symbols& inputs,
                              const kernels::UnitDropout& units = {}) const {
    const auto c = condition(cx, given);
    const Sequence<Scalar> outputs =
        recurrent_.sequence(cx, read(cx, inputs, units, c), *inputs.plan, first_state(cx, c));
    return output_(cx, outputs);
  }

  /// One symbol at a time.
  template <Context C, class Scalar = typename C::scalar_type>
  RecurrentSteps<Scalar, Recurrent> steps(C& cx, const Conditions<Scalar>& given) const {
    const auto c = condition(cx, given);
    return {cx, recurrent_, read(cx, Symbols{}, {}, c), first_state(cx, c), output_};
  }

  Index symbols() const { return sizes_.symbols; }

 private:
  Index width_of_c() const {
    return sizes_.latent + sizes_.context + (sizes_.tags > 0 ? sizes_.embedding : 0);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> condition(C& cx, const Conditions<Scalar>& given) const {
    require_shapes(given.z.rows() == sizes_.latent && given.context.rows() == sizes_.context,
                   "decoder",
                   {{"z", given.z.shape()},
                    {"context", given.context.shape()},
                    {"latent, context", Shape<2>{{sizes_.latent, sizes_.context}}}},
                   "z must have a row for each latent dimension, the context as many as the "
                   "decoder was made for");
    Var<Scalar, 2> c = given.z;
    const auto put_below = [&](std::string_view what, const Var<Scalar, 2>& part) {
      require_shapes(part.columns() == c.columns(), "decoder",
                     {{"z", given.z.shape()}, {what, part.shape()}},
                     "both must have a column for each row");
      c = concatenate(cx, c, part);
    };
    if (sizes_.context > 0) put_below("context", given.context);
    if (tags_) put_below("sums of tags", tags_->sum(cx, given.tags));
    return c;
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> first_state(C& cx, const Var<Scalar, 2>& c) const {
    return tanh(cx, initial_(cx, c));
  }

  /// What the recurrent layer reads: the embeddings, and c below them.
  template <Context C, class Scalar = typename C::scalar_type>
  std::array<Contribution<Scalar>, 2> read(C& cx, const Symbols& inputs,
                                           const kernels::UnitDropout& units,
                                           const Var<Scalar, 2>& c) const {
    const auto whole = [&] { return Contribution<Scalar>::per_symbol(embedding_(cx, inputs)); };
    const auto dropped = [&] {
      const auto columns = drop_units(cx, embedding_.columns(cx, inputs), units).columns;
      return Contribution<Scalar>::per_step(columns);
    };
    return {units.rate == 0 ? whole() : dropped(), Contribution<Scalar>::per_row(c)};
  }

  PlainDecoderSizes sizes_;
  Embedding embedding_;
  Recurrent recurrent_;
  Linear initial_;
  Linear output_;
  std::optional<Embedding> tags_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
