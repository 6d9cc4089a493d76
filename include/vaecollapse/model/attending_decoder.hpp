// A decoder of a sequence of latents, which attends to the places of z.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/places.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/unit_dropout.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/model/ablated_parts.hpp>
#include <vaecollapse/model/attending_steps.hpp>
#include <vaecollapse/model/conditions.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/linear.hpp>
#include <vaecollapse/nn/sequence_attention.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The sizes of an attending decoder.
struct AttendingDecoderSizes {
  Index symbols;
  Index tags;  ///< how many there are; 0: none, and those that rows may have are not read
  Index embedding;
  Index hidden;
  Index latent;               ///< D, the rows of z
  Index global = 0;           ///< N, the numbers of the global z
  Index attention = 128;      ///< the width of the scores
  Index tag_embedding = 0;    ///< the width of the tags' embeddings; 0: that of the symbols'
  Index place_embedding = 0;  ///< the width of the embedding of a place in its key; 0: none
  LatentEntry mean_into{};  ///< where the mean over the places enters: h_0, the inputs, or neither
  Index places = 64;        ///< those with an embedding of their own; all behind share the last
};

/// A decoder whose z is a sequence. The first g = ceil(N / D) columns of a row of z are the global
/// z, N numbers on top of each other; those behind are its places z_s, to which it attends:
///
///     h_0 = tanh(W [m; global z; c] + b), m the mean of z_s, c the sum of the tags' embeddings
///     h_t from the input [emb(x_{t-1}); c; m; global z]
///     a_ts = softmax over s of v . tanh(W_q [h_t; c] + b_q + W_k [z_s; emb(s)] + b_k)
///     logits = V tanh(W_r [h_t; sum_s a_ts z_s; c] + b_r) + b'
///
/// `mean_into` takes m out of h_0 or of the inputs; emb(s) is there with `place_embedding` alone.
/// Nothing but z and the tags leads from the source to the logits, and attention stands behind the
/// recurrence, so that all positions are attended from at once. h_0 fills the whole of a state that
/// is more than its output.
///
/// Parameters `name.embedding.*`, `name.tags.*`, those of the cell under its name such as
/// `name.gru.*`, `name.initial.*`, `name.places.*`, `name.attention.query.*`,
/// `name.attention.key.*`, `name.attention.score.weight`, `name.readout.*`, `name.output.*`.
/// \cost for each symbol beside its recurrent layer: `attention` tanh and 2 (attention + D) flops
/// for each place of its row, 2 hidden (attention + hidden + symbols) flops; twice that backward
/// \source Bahdanau et al. 2015, with sampled latents in place of the encoder's states
template <Cell Recurrent = Gru>
class AttendingDecoder {
 public:
  using Sizes = AttendingDecoderSizes;
  template <class Scalar>
  using latent = Sequence<Scalar>;

  /// \throws Error for sizes that make no weights, and for a name that is taken
  AttendingDecoder(Layout& layout, const std::string& name, const Sizes& sizes,
                   const CellFactory<Recurrent>& make_cell = {})
      : sizes_(checked(sizes)),
        embedding_(layout, name + ".embedding", {sizes.symbols, sizes.embedding}),
        tags_(detail::layer_if<Embedding>(sizes.tags > 0, layout, name + ".tags",
                                          {sizes.tags, tag_width()})),
        recurrent_(
            make_cell(layout, name + "." + std::string(make_cell.name()),
                      {sizes.embedding, sizes.hidden, width_of_given(sizes.mean_into.inputs)})),
        initial_(layout, name + ".initial",
                 {width_of_given(sizes.mean_into.h0), recurrent_.state_size()}),
        places_(detail::layer_if<Embedding>(sizes.place_embedding > 0, layout, name + ".places",
                                            {sizes.places, sizes.place_embedding})),
        attention_(layout, name + ".attention",
                   {recurrent_.width() + tag_width(), sizes.latent + sizes.place_embedding,
                    sizes.attention, 0},
                   SequenceAttention::Score::additive),
        readout_(layout, name + ".readout",
                 {recurrent_.width() + sizes.latent + tag_width(), sizes.hidden}),
        output_(layout, name + ".output", {sizes.hidden, sizes.symbols}) {}

  /// Units of the symbols' embeddings are dropped by `units`.
  /// \shape z [D x (g + places of all rows)], inputs N symbols -> logits [V x N]
  /// \throws ShapeError for a z of other rows, and for a row without its global columns
  template <Context C, class Scalar = typename C::scalar_type>
  Sequence<Scalar> operator()(C& cx, const Conditions<Scalar, Sequence<Scalar>>& conditions,
                              const Symbols& inputs, const kernels::UnitDropout& units = {}) const {
    const Given<Scalar> given = condition(cx, conditions);
    const Var<Scalar, 2> states = run(cx, given, inputs, units);
    const Var<Scalar, 2> attended = attend(cx, given, states, *inputs.plan).columns;
    detail::ContributionList<Scalar> parts(Contribution<Scalar>::per_step(states));
    parts.add(Contribution<Scalar>::per_step(attended));
    if (tags_) parts.add(Contribution<Scalar>::per_row(given.tags));
    const Var<Scalar, 2> read = tanh(cx, readout_(cx, parts, *inputs.plan).columns);
    return {output_(cx, read), inputs.plan};
  }

  /// How the places are weighed before each symbol is predicted; `inputs` are the symbols before.
  /// \shape as `AttendedSequence::weights`: for each column of the inputs' plan a number for each
  /// place of its row
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> attention(C& cx, const Conditions<Scalar, Sequence<Scalar>>& conditions,
                           const Symbols& inputs) const {
    const Given<Scalar> given = condition(cx, conditions);
    return attend(cx, given, run(cx, given, inputs, {}), *inputs.plan).weights;
  }

  /// One symbol at a time, for rows in any multiplicity.
  template <Context C, class Scalar = typename C::scalar_type>
  AttendingSteps<Scalar, Recurrent> steps(
      C& cx, const Conditions<Scalar, Sequence<Scalar>>& conditions) const {
    const Given<Scalar> given = condition(cx, conditions);
    return {cx,           recurrent_, input_parts(cx, given, Symbols{}, {}), given.h0,
            given.memory, given.tags, {attention_, readout_, output_}};
  }

  /// The same decoder, of the same parameters, with ways of z into it at 0: for ablations.
  AttendingDecoder without(const AblatedParts& parts) const {
    AttendingDecoder other = *this;
    other.without_ = parts;
    return other;
  }

  Index symbols() const { return sizes_.symbols; }
  /// g, the columns that hold the global z.
  Index global_columns() const { return kernels::filled_columns(sizes_.global, sizes_.latent); }

 private:
  /// What words are generated from.
  template <class Scalar>
  struct Given {
    Var<Scalar, 2> tags;     ///< the sums of the tags' embeddings, a default Var without tags
    Var<Scalar, 2> of_rows;  ///< what the inputs have of each row
    Var<Scalar, 2> h0;
    AttentionMemory<Scalar> memory;
  };

  static Sizes checked(const Sizes& sizes) {
    if (sizes.latent < 1 || sizes.global < 0 || sizes.attention < 1) {
      detail::raise_error({"attending decoder: latent, global and attention are ", sizes.latent,
                           ", ", sizes.global, " and ", sizes.attention,
                           ": they must be at least 1, 0 and 1"});
    }
    if (sizes.place_embedding < 0 || (sizes.place_embedding > 0 && sizes.places < 1)) {
      detail::raise_error({"attending decoder: place_embedding and places are ",
                           sizes.place_embedding, " and ", sizes.places,
                           ": they must be at least 0 and 1"});
    }
    const LatentEntry& mean = sizes.mean_into;
    if (sizes.tags == 0 && sizes.global == 0 && !mean.h0) {
      raise(Error("attending decoder: h_0 depends on nothing: let the mean over the places enter"));
    }
    if (mean.output) {
      raise(Error("attending decoder: the mean over the places enters h_0 and the inputs alone"));
    }
    return sizes;
  }

  Index tag_width() const {
    if (sizes_.tags == 0) return 0;
    return sizes_.tag_embedding > 0 ? sizes_.tag_embedding : sizes_.embedding;
  }
  Index width_of_given(bool has_mean) const {
    return tag_width() + (has_mean ? sizes_.latent : 0) + sizes_.global;
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Given<Scalar> condition(C& cx, const Conditions<Scalar, Sequence<Scalar>>& conditions) const {
    const Sequence<Scalar>& z = conditions.z;
    require_shapes(z.columns.rows() == sizes_.latent && z.columns.columns() == z.plan->columns(),
                   "decoder",
                   {{"z", z.columns.shape()},
                    {"latent, places", Shape<2>{{sizes_.latent, z.plan->columns()}}}},
                   "z must have a row for each latent dimension and a column for each place");
    Given<Scalar> given;
    if (tags_) given.tags = tags_->sum(cx, conditions.tags);
    Var<Scalar, 2> mean, global;
    const auto& [h0, inputs, output] = sizes_.mean_into;
    const Sequence<Scalar> own = places_from(cx, z, global_columns());
    if (h0 || inputs) mean = mean_of_places(cx, own);
    if (without_.mean && mean.size() > 0) mean = zeros_like(cx, mean);
    if (sizes_.global > 0) global = leading_vector(cx, z, sizes_.global);
    given.of_rows = stacked(cx, {given.tags, inputs ? mean : none<Scalar>(), global});
    given.h0 =
        tanh(cx, initial_(cx, stacked(cx, {h0 ? mean : none<Scalar>(), global, given.tags})));
    given.memory = memory(cx, own);
    if (without_.attended) given.memory.values = zeros_like(cx, given.memory.values);
    return given;
  }

  template <Context C, class Scalar = typename C::scalar_type>
  static Var<Scalar, 2> zeros_like(C& cx, const Var<Scalar, 2>& x) {
    const auto zeros = cx.template make<2>(x.shape(), false);
    std::fill_n(zeros.value_view().data, zeros.size(), Scalar(0));
    return zeros;
  }

  template <class Scalar>
  static Var<Scalar, 2> none() {
    return {};
  }

  /// Those of the parts that have rows, on top of each other.
  template <Context C, class Scalar = typename C::scalar_type>
  static Var<Scalar, 2> stacked(C& cx, std::array<Var<Scalar, 2>, 3> parts) {
    const auto end = std::remove_if(parts.begin(), parts.end(),
                                    [](const Var<Scalar, 2>& part) { return part.rows() == 0; });
    const auto count = static_cast<std::size_t>(end - parts.begin());
    if (count < 2) return count == 0 ? none<Scalar>() : parts[0];
    return concatenate(cx, std::span<const Var<Scalar, 2>>(parts.data(), count));
  }

  template <Context C, class Scalar = typename C::scalar_type>
  AttentionMemory<Scalar> memory(C& cx, const Sequence<Scalar>& places) const {
    if (!places_) return attention_.memory(cx, places);
    const Symbols numbers(places.plan, place_numbers(*places.plan, cx.arena()));
    const Contribution<Scalar> keys[]{Contribution<Scalar>::per_step(places.columns),
                                      Contribution<Scalar>::per_symbol((*places_)(cx, numbers))};
    return attention_.memory(cx, keys, places);
  }

  /// The number of each column's place, in the arena.
  std::span<const Symbol> place_numbers(const SequencePlan& plan, Arena& arena) const {
    const std::span<Symbol> numbers = arena.span<Symbol>(plan.columns());
    for (Index step = 0; step < plan.steps(); ++step) {
      std::fill_n(numbers.begin() + plan.offset(step), plan.active(step),
                  Symbol(std::min(step, sizes_.places - 1)));
    }
    return numbers;
  }

  template <Context C, class Scalar = typename C::scalar_type>
  detail::ContributionList<Scalar> input_parts(C& cx, const Given<Scalar>& given,
                                               const Symbols& inputs,
                                               const kernels::UnitDropout& units) const {
    const auto whole = [&] { return Contribution<Scalar>::per_symbol(embedding_(cx, inputs)); };
    const auto dropped = [&] {
      const auto columns = drop_units(cx, embedding_.columns(cx, inputs), units).columns;
      return Contribution<Scalar>::per_step(columns);
    };
    detail::ContributionList<Scalar> parts(units.rate == 0 ? whole() : dropped());
    if (given.of_rows.rows() > 0) parts.add(Contribution<Scalar>::per_row(given.of_rows));
    return parts;
  }

  /// The outputs of the recurrent layer. \shape [hidden x N]
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> run(C& cx, const Given<Scalar>& given, const Symbols& inputs,
                     const kernels::UnitDropout& units) const {
    const auto parts = input_parts(cx, given, inputs, units);
    return recurrent_.sequence(cx, parts, *inputs.plan, given.h0).states.columns;
  }

  /// \shape states [hidden x N], by the inputs' plan
  template <Context C, class Scalar = typename C::scalar_type>
  AttendedSequence<Scalar> attend(C& cx, const Given<Scalar>& given, const Var<Scalar, 2>& states,
                                  const SequencePlan& plan) const {
    detail::ContributionList<Scalar> query(Contribution<Scalar>::per_step(states));
    if (tags_) query.add(Contribution<Scalar>::per_row(given.tags));
    return attention_(cx, given.memory, query, plan);
  }

  Sizes sizes_;
  Embedding embedding_;
  std::optional<Embedding> tags_;
  Recurrent recurrent_;
  Linear initial_;
  std::optional<Embedding> places_;
  SequenceAttention attention_;
  Linear readout_;
  Linear output_;
  AblatedParts without_{};
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
