// What a posterior family must offer: one small concept for each requirement, what it may offer
// besides, and the sentences that tell what to write where something is missing.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/rng.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

template <class P, class Scalar>
struct LatentOfFamily {
  using type = Var<Scalar, 2>;
};
template <class P, class Scalar>
requires requires { typename P::template Latent<Scalar>; }
struct LatentOfFamily<P, Scalar> {
  using type = typename P::template Latent<Scalar>;
};

template <class P, class Scalar>
struct CodeOfFamily {
  using type = Var<Scalar, 2>;
};
template <class P, class Scalar>
requires requires { typename P::template Code<Scalar>; }
struct CodeOfFamily<P, Scalar> {
  using type = typename P::template Code<Scalar>;
};

}  // namespace detail

/// The type of a family's latent: a vector a row, [Z x B], or what the family names, as in
/// `template <class Scalar> using Latent = Sequence<Scalar>;`.
template <class P, class Scalar>
using LatentOf = typename detail::LatentOfFamily<P, Scalar>::type;

/// The type of the code that a family's head takes, which it may name in the same way: `Code`.
template <class P, class Scalar>
using CodeOf = typename detail::CodeOfFamily<P, Scalar>::type;

/// Whether z is a sequence of vectors, of as many places for each row as the family gives it.
template <class P>
inline constexpr bool has_sequence_latent = std::is_same_v<LatentOf<P, float>, Sequence<float>>;

/// `posterior.head(cx, code)`: the parameters of q(z|x) from the encoder's code.
template <class P>
concept HasHead = requires(const P& posterior, Tape<float>& tape, const CodeOf<P, float>& code) {
  posterior.head(tape, code);
};

/// The q(z|x) of a family: what its head gives.
template <HasHead P, class C>
using PosteriorOf = decltype(std::declval<const P&>().head(
    std::declval<C&>(), std::declval<const CodeOf<P, typename C::scalar_type>&>()));

/// q is a plain struct of Vars and numbers: it may be copied into the arena.
template <class P>
concept HasPlainPosterior = HasHead<P> && std::is_trivially_copyable_v<PosteriorOf<P, Tape<float>>>;

/// `posterior.sample(cx, q, draws, rows)`: z ~ q, addressed by corpus row.
template <class P>
concept Samples = HasHead<P> &&
    requires(const P& posterior, Tape<float>& tape, const CodeOf<P, float>& code,
             const Draws& draws, std::span<const std::uint32_t> rows) {
  {
    posterior.sample(tape, posterior.head(tape, code), draws, rows)
    } -> std::same_as<LatentOf<P, float>>;
};

/// `posterior.kl(cx, q, z)`: the KL from the prior, G x B, in nats; z is the sample of `sample`,
/// which only a KL by Monte Carlo looks at. Of a sequence it is most places x B, zero behind the
/// last place of a row, after the rows of `kl_rows()`, if the family has that.
template <class P>
concept HasKl = HasHead<P> && requires(const P& posterior, Tape<float>& tape,
                                       const CodeOf<P, float>& code, const LatentOf<P, float>& z) {
  { posterior.kl(tape, posterior.head(tape, code), z) } -> std::same_as<Var<float, 2>>;
};

/// `posterior.log_density(cx, q, z)`: log q(z|x) of each example, in nats, differentiable by q and
/// z; z may be any.
template <class P>
concept HasLogDensity = HasHead<P> &&
    requires(const P& posterior, Tape<float>& tape, const CodeOf<P, float>& code,
             const LatentOf<P, float>& z) {
  { posterior.log_density(tape, posterior.head(tape, code), z) } -> std::same_as<Var<float, 1>>;
};

/// `posterior.mean(q)`: the z of evaluation.
template <class P>
concept HasMean = HasHead<P> &&
    requires(const P& posterior, Tape<float>& tape, const CodeOf<P, float>& code) {
  { posterior.mean(posterior.head(tape, code)) } -> std::same_as<LatentOf<P, float>>;
};

/// `posterior.latent()`: Z, the rows of z.
template <class P>
concept HasLatentSize = requires(const P& posterior) {
  { posterior.latent() } -> std::convertible_to<Index>;
};

/// A posterior family: head, sample, kl, log_density, mean. It may offer more, and then more
/// figures can be had of it: `GaussianFamily`, `HasPrior`, `HasKlGroups`, `HasLinearHead`.
template <class P>
concept PosteriorFamily = HasLatentSize<P> && HasPlainPosterior<P> && Samples<P> && HasKl<P> &&
    HasLogDensity<P> && HasMean<P>;

/// A family with one vector z for each row, of one code.
template <class P>
concept VectorPosterior =
    PosteriorFamily<P> && !has_sequence_latent<P> && std::same_as<CodeOf<P, float>, Var<float, 2>>;

namespace detail {

/// Where draws of a prior are put: [Z x rows], or a sequence with as many places as are wanted.
template <class P, class Scalar>
using PriorDraws =
    std::conditional_t<has_sequence_latent<P>, vaecollapse::LatentOf<P, Scalar>, View<Scalar>>;

}  // namespace detail

/// q has `mu` and `logvar` and is N(mu, diag exp(logvar)), and no more: a q of which these two
/// alone are set is as good. Heads may change them, and posteriors be searched by them.
template <class P>
concept GaussianFamily = HasHead<P> && std::default_initializable<PosteriorOf<P, Tape<float>>> &&
    requires(PosteriorOf<P, Tape<float>>& q, const Var<float, 2>& x) {
  q.mu = x;
  q.logvar = x;
};

/// The same of sequences: q has `means` and `logvars`, a column for each of z, and no more; the
/// prior of each column is N(0, I).
template <class P>
concept GaussianPlaces = has_sequence_latent<P> && HasHead<P> &&
    std::default_initializable<PosteriorOf<P, Tape<float>>> &&
    requires(PosteriorOf<P, Tape<float>>& q, const Sequence<float>& x) {
  q.means = x;
  q.logvars = x;
};

/// `posterior.log_prior(cx, z)`: log p(z) of each example, in nats, [B]; and
/// `posterior.sample_prior(workspace, draws, rows, out)`: z ~ p(z), a column for each row, which
/// addresses it; of a sequence as many places as `out` has. What needs a prior is left empty for a
/// family without.
template <class P>
concept HasPrior = requires(const P& posterior, Tape<float>& tape, Workspace<float>& workspace,
                            const LatentOf<P, float>& z, const Draws& draws,
                            std::span<const std::uint32_t> rows,
                            const detail::PriorDraws<P, float>& out) {
  { posterior.log_prior(tape, z) } -> std::same_as<Var<float, 1>>;
  posterior.sample_prior(workspace, draws, rows, out);
};

/// `posterior.kl_groups()`: G, the rows of the KL, which an objective may divide into groups.
template <class P>
concept HasKlGroups = requires(const P& posterior) {
  { posterior.kl_groups() } -> std::convertible_to<std::optional<Index>>;
};

/// `posterior.kl_rows()`: of a sequence of latents, the first rows of the KL, which are no places.
template <class P>
concept HasKlRows = has_sequence_latent<P> && requires(const P& posterior) {
  { posterior.kl_rows() } -> std::same_as<KlRows>;
};

/// `posterior.linear_head(cx, code)`: mu and logvar as the linear layers give them. What comes
/// between these and q(z|x) takes them from here, and ends with `GaussianHead::bounded`.
template <class P>
concept HasLinearHead = HasHead<P> &&
    requires(const P& posterior, Tape<float>& tape, const Var<float, 2>& code) {
  { posterior.linear_head(tape, code) } -> std::same_as<decltype(posterior.head(tape, code))>;
};

/// Fails to compile, with the sentence of the first thing that is missing, unless `P` is a
/// `PosteriorFamily`: for class templates that a user fills.
template <class P>
consteval bool require_posterior_family() {
  static_assert(
      HasHead<P>,
      "a posterior family needs `head(cx, code) const`, a template over the context, which "
      "gives q(z|x); see docs/how_to/custom_posterior.md");
  static_assert(HasPlainPosterior<P>,
                "the q of a posterior family is a plain struct of Vars and numbers: it must be "
                "trivially copyable; see docs/how_to/custom_posterior.md");
  static_assert(HasLatentSize<P>,
                "a posterior family needs `Index latent() const`, the rows of z; "
                "see docs/how_to/custom_posterior.md");
  static_assert(Samples<P>,
                "a posterior family needs `Var<Scalar, 2> sample(cx, q, draws, rows, number = 0) "
                "const`; see docs/how_to/custom_posterior.md");
  static_assert(
      HasKl<P>,
      "a posterior family needs `Var<Scalar, 2> kl(cx, q, z) const`, the KL from its prior, "
      "groups x batch; see docs/how_to/custom_posterior.md");
  static_assert(
      HasLogDensity<P>,
      "a posterior family needs `Var<Scalar, 1> log_density(cx, q, z) const`, log q(z|x) of "
      "each example; see docs/how_to/custom_posterior.md");
  static_assert(HasMean<P>,
                "a posterior family needs `Var<Scalar, 2> mean(q) const`, the z of evaluation; "
                "see docs/how_to/custom_posterior.md");
  return true;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
