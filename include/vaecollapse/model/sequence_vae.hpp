// The network of a sequence VAE: encoder, posterior, decoder. Checkpoints and decoding know no
// more of a model.
#pragma once

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/kernels/unit_dropout.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/head_pass.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/encoder.hpp>
#include <vaecollapse/model/label_smoothing.hpp>
#include <vaecollapse/model/vae_terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The encoder's results for a batch: its code, and q(z|x).
template <class Scalar, class Q, class Code = Var<Scalar, 2>>
struct Encoded {
  Code code;
  Q q;
};

/// `decoder.conditioning(cx, z, code)`: what the decoder takes in place of z, where that is not z
/// alone; `code()` gives the encoder's code, which costs an encoder's pass where there is none yet.
template <class D>
concept ConditionsOnCode = Decoder<D> &&
    requires(const D& decoder, Tape<float>& tape, const Var<float, 2>& z, Var<float, 2> (&code)()) {
  { decoder.conditioning(tape, z, code) } -> std::same_as<Var<float, 2>>;
};

/// The same where z is a sequence: of it the decoder makes what it takes.
template <class D>
concept ConditionsOnPlaces = Decoder<D> &&
    requires(const D& decoder, Tape<float>& tape, const Sequence<float>& z) {
  { decoder.conditioning(tape, z) } -> std::same_as<typename detail::LatentOf<D, float>::type>;
};

/// `decoder.context(cx, batch)`: the context that the decoder takes besides z, [C x B].
template <class D>
concept HasContext = Decoder<D> &&
    requires(const D& decoder, Tape<float>& tape, const Batch& batch) {
  { decoder.context(tape, batch) } -> std::same_as<Var<float, 2>>;
};

/// What the decoder reads of the symbols before, with units of their embeddings dropped.
struct DecoderInputs {
  Symbols symbols;
  kernels::UnitDropout units{};
};

/// One forward step: the encoder's results, the sample z, and the terms of the loss.
template <class Scalar, class Q, class Z, class Code = Var<Scalar, 2>>
struct ForwardStep {
  Encoded<Scalar, Q, Code> encoded;
  Z z;
  VaeTerms<Scalar> terms;
};

/// The network. Layers own no numbers, so it is const and scalar-free.
template <Encoder E, Decoder D, class P = AnyPosterior>
class SequenceVae {
  static_assert(require_posterior_family<P>());

 public:
  SequenceVae(E encoder, P posterior, D decoder)
      : encoder_(std::move(encoder)),
        posterior_(std::move(posterior)),
        decoder_(std::move(decoder)) {}

  const E& encoder() const& { return encoder_; }
  const P& posterior() const& { return posterior_; }
  const D& decoder() const& { return decoder_; }
  E encoder() const&& { return encoder_; }
  P posterior() const&& { return posterior_; }
  D decoder() const&& { return decoder_; }

  /// The code of a batch and q(z|x), in a mode or in a pass with draws.
  template <Context C, class Scalar = typename C::scalar_type>
  auto infer(C& cx, const Batch& batch, const HeadPass& pass = {}) const {
    const auto code = encoder_(cx, batch);
    const auto q = head_of(cx, posterior_, code, pass);
    return Encoded<Scalar, std::remove_const_t<decltype(q)>, std::remove_const_t<decltype(code)>>{
        code, q};
  }

  /// q(z|x) of a batch.
  template <Context C>
  auto encode(C& cx, const Batch& batch) const {
    return infer(cx, batch).q;
  }

  /// What the decoder is given for the `z` of a batch: z itself, unless the decoder
  /// `ConditionsOnCode`, the batch's tags, and a context where the decoder has one. All but z is
  /// the batch's own, wherever z comes from.
  template <Context C, class Z>
  auto conditioning(C& cx, const Z& z, const Batch& batch) const {
    return conditioning_on(cx, z, batch, [&] { return encoder_(cx, batch); });
  }
  /// The same where the batch is encoded already.
  template <Context C, class Z, class Q, class Code, class Scalar = typename C::scalar_type>
  auto conditioning(C& cx, const Z& z, const Batch& batch,
                    const Encoded<Scalar, Q, Code>& encoded) const {
    return conditioning_on(cx, z, batch, [&] { return encoded.code; });
  }

  /// NLL of the targets given z, the decoder reading `inputs`. \unit nats per word
  template <Context C, class Z, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> reconstruct(C& cx, const Z& z, const Batch& batch, const Symbols& inputs) const {
    return nll(cx, conditioning(cx, z, batch), batch, inputs, {});
  }

  /// The forward step of training and of evaluation: encodes, samples z by `draws`, decodes.
  /// `inputs_for(given)`, called with what `conditioning` gives, returns the `DecoderInputs`, on
  /// the plan of `batch.inputs()`. The targets are smoothed, if at all.
  /// \throws Error for units to drop where the decoder cannot do so
  template <Context C, class InputsFor>
  auto forward(C& cx, const Batch& batch, const Draws& draws, InputsFor&& inputs_for,
               const LabelSmoothing& smoothing = LabelSmoothing()) const {
    using Scalar = typename C::scalar_type;
    const auto encoded = infer(cx, batch, HeadPass(draws, batch.rows()));
    const auto z = posterior_.sample(cx, encoded.q, draws, batch.rows());
    const auto given = conditioning(cx, z, batch, encoded);
    const DecoderInputs inputs = inputs_for(given);
    const VaeTerms<Scalar> terms{
        .nll = nll(cx, given, batch, inputs.symbols, inputs.units, smoothing),
        .kl = posterior_.kl(cx, encoded.q, z),
        .symbols = symbols_per_word(batch),
        .places = places_of(cx, z),
        .leading = leading_rows()};
    return ForwardStep<Scalar, std::remove_const_t<decltype(encoded.q)>,
                       std::remove_const_t<decltype(z)>,
                       std::remove_const_t<decltype(encoded.code)>>{encoded, z, terms};
  }

  /// The terms of the loss with z sampled by `draws`, the decoder reading `inputs` on the plan of
  /// `batch.inputs()`, units of their embeddings dropped by `units`.
  /// \throws Error for units to drop where the decoder cannot do so
  template <Context C, class Scalar = typename C::scalar_type>
  VaeTerms<Scalar> terms(C& cx, const Batch& batch, const Draws& draws, const Symbols& inputs,
                         const kernels::UnitDropout& units = {}) const {
    return forward(cx, batch, draws,
                   [&](const auto&) {
                     return DecoderInputs{inputs, units};
                   })
        .terms;
  }

  /// NLL of the targets given what `conditioning` gives, the decoder reading `inputs`; of smoothed
  /// targets, if at all.
  /// \unit nats per word \throws Error for units to drop where the decoder cannot do so
  template <Context C, class Z, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> nll(C& cx, const Conditions<Scalar, Z>& given, const Batch& batch,
                     const Symbols& inputs, const kernels::UnitDropout& units,
                     const LabelSmoothing& smoothing = LabelSmoothing()) const {
    if constexpr (PredictsTargets<D>) {
      return decoder_.nll(cx, given, inputs, batch.targets(), units, smoothing);
    } else {
      return cross_entropy(cx, logits(cx, given, inputs, units), batch.targets(), smoothing.rate());
    }
  }

  // A tape's nodes point into the batch.
  template <Context C, class... Rest>
  requires(C::records) void infer(C&, const Batch&&, const Rest&...) const = delete;  // name it
  template <Context C, class... Rest>
  requires(C::records) void encode(C&, const Batch&&, const Rest&...) const = delete;  // name it
  template <Context C, class... Rest>
  requires(C::records) void forward(C&, const Batch&&, const Rest&...) const = delete;  // name it
  template <Context C, class... Rest>
  requires(C::records) void terms(C&, const Batch&&, const Rest&...) const = delete;  // name it

  static double symbols_per_word(const Batch& batch) {
    return static_cast<double>(batch.targets().plan->columns()) / static_cast<double>(batch.size());
  }

 private:
  template <Context C, class Z, class Scalar = typename C::scalar_type>
  Sequence<Scalar> logits(C& cx, const Conditions<Scalar, Z>& given, const Symbols& inputs,
                          const kernels::UnitDropout& units) const {
    if (units.rate == 0) return decoder_(cx, given, inputs);
    if constexpr (DropsUnits<D>) {
      return decoder_(cx, given, inputs, units);
    } else {
      raise(Error("sequence_vae: this decoder has no embedding dropout"));
    }
  }

  KlRows leading_rows() const {
    if constexpr (HasKlRows<P>) {
      return posterior_.kl_rows();
    } else {
      return {};
    }
  }

  template <Context C, class Z>
  std::span<const Index> places_of(C& cx, const Z& z) const {
    if constexpr (std::same_as<Z, Sequence<typename C::scalar_type>>) {
      const auto places = cx.arena().template span<Index>(z.plan->batch());
      const Index of_length = leading_rows().length;
      for (Index row = 0; row < z.plan->batch(); ++row) {
        at(places, row) = of_length + z.plan->length(row);
      }
      return places;
    } else {
      return {};
    }
  }

  template <Context C, class Z, class CodeOf, class Scalar = typename C::scalar_type>
  auto conditioning_on(C& cx, const Z& z, const Batch& batch, CodeOf&& code) const {
    using Taken = typename detail::LatentOf<D, Scalar>::type;
    constexpr bool is_sequence = std::same_as<Z, Sequence<Scalar>>;
    static_assert(!is_sequence || ConditionsOnPlaces<D> || std::same_as<Taken, Z>,
                  "the latent of this posterior family is a sequence, and the decoder takes a "
                  "vector: it needs `Var<Scalar, 2> conditioning(cx, z) const`, which makes one of "
                  "the sequence; see docs/how_to/custom_posterior.md");
    Conditions<Scalar, Taken> given{.z = {}, .tags = batch.tags()};
    if constexpr (is_sequence && ConditionsOnPlaces<D>) {
      given.z = decoder_.conditioning(cx, z);
    } else if constexpr (ConditionsOnCode<D>) {
      given.z = decoder_.conditioning(cx, z, code);
    } else {
      given.z = z;
    }
    if constexpr (HasContext<D>) given.context = decoder_.context(cx, batch);
    return given;
  }

  E encoder_;
  P posterior_;
  D decoder_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
