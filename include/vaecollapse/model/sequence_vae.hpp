// The network of a sequence VAE: encoder, posterior, decoder. All that checkpoints and decoding
// know of a model.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <utility>

#include <vaecollapse/autodiff/ops/softmax_cross_entropy.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/model/decoder.hpp>
#include <vaecollapse/model/encoder.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The terms of the loss of a batch, on a tape or workspace.
/// \shape nll [B], kl [G x B] \unit nats per word
template <class Scalar>
struct VaeTerms {
  Var<Scalar, 1> nll;
  Var<Scalar, 2> kl;
};

/// The network. Layers own no numbers, so it is const and scalar-free.
template <Encoder E, PosteriorFamily P, Decoder D>
class SequenceVae {
 public:
  SequenceVae(E encoder, P posterior, D decoder)
      : encoder_(std::move(encoder)),
        posterior_(std::move(posterior)),
        decoder_(std::move(decoder)) {}

  const E& encoder() const { return encoder_; }
  const P& posterior() const { return posterior_; }
  const D& decoder() const { return decoder_; }

  /// q(z|x) of a batch.
  template <Context C>
  auto encode(C& cx, const Batch& batch) const {
    return posterior_.head(cx, encoder_(cx, batch));
  }

  /// NLL of the targets given z, the decoder reading `inputs`. \unit nats per word
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> reconstruct(C& cx, const Var<Scalar, 2>& z, const Batch& batch,
                             const Symbols& inputs) const {
    return cross_entropy(cx, decoder_(cx, z, batch.tags(), inputs), batch.targets());
  }

  /// The terms of the loss with z sampled by `draws`, the decoder reading `inputs` on the plan of
  /// `batch.inputs()`.
  template <Context C, class Scalar = typename C::scalar_type>
  VaeTerms<Scalar> terms(C& cx, const Batch& batch, const Draws& draws,
                         const Symbols& inputs) const {
    const auto q = encode(cx, batch);
    const auto z = posterior_.sample(cx, q, draws, batch.rows());
    return {.nll = reconstruct(cx, z, batch, inputs), .kl = posterior_.kl(cx, q, z)};
  }

 private:
  E encoder_;
  P posterior_;
  D decoder_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
