// What a posterior family must offer: one small concept for each requirement.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/rng.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `posterior.head(cx, code)`: the parameters of q(z|x) from the encoder's code.
template <class P>
concept HasHead = requires(const P& posterior, Tape<float>& tape, const Var<float, 2>& code) {
  posterior.head(tape, code);
};

/// `posterior.sample(cx, q, draws, rows)`: z ~ q, addressed by corpus row.
template <class P>
concept Samples = HasHead<P> &&
    requires(const P& posterior, Tape<float>& tape, const Var<float, 2>& code, const Draws& draws,
             std::span<const std::uint32_t> rows) {
  {
    posterior.sample(tape, posterior.head(tape, code), draws, rows)
    } -> std::same_as<Var<float, 2>>;
};

/// `posterior.kl(cx, q, z)`: the KL from the prior, G x B, in nats; z is the sample of `sample`,
/// which only a KL by Monte Carlo looks at.
template <class P>
concept HasKl = HasHead<P> && requires(const P& posterior, Tape<float>& tape,
                                       const Var<float, 2>& code, const Var<float, 2>& z) {
  { posterior.kl(tape, posterior.head(tape, code), z) } -> std::same_as<Var<float, 2>>;
};

/// `posterior.mean(q)`: the z of evaluation.
template <class P>
concept HasMean = HasHead<P> &&
    requires(const P& posterior, Tape<float>& tape, const Var<float, 2>& code) {
  { posterior.mean(posterior.head(tape, code)) } -> std::same_as<Var<float, 2>>;
};

/// `posterior.linear_head(cx, code)`: mu and logvar as the linear layers give them. What comes
/// between these and q(z|x) takes them from here, and ends with `GaussianHead::bounded`.
template <class P>
concept HasLinearHead = HasHead<P> &&
    requires(const P& posterior, Tape<float>& tape, const Var<float, 2>& code) {
  { posterior.linear_head(tape, code) } -> std::same_as<decltype(posterior.head(tape, code))>;
};

/// A posterior family: head, sample, kl, mean.
template <class P>
concept PosteriorFamily = HasHead<P> && Samples<P> && HasKl<P> && HasMean<P>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
