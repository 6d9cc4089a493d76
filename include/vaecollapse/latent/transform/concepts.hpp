// What a head transform must offer: one small concept for each requirement, and the sentences that
// tell what to write where one is missing.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `Gaussian<Scalar> operator()(C& cx, const Gaussian<Scalar>& q, const HeadPass& pass) const`: all
/// columns of a batch at once, in the order of its rows. logvar of `q` is within the range of
/// `GaussianHead`; what is returned is q(z|x) as it stands.
template <class T>
concept TransformsGaussian = requires(const T& transform, Tape<float>& tape,
                                      const Gaussian<float>& q, const HeadPass& pass) {
  { transform(tape, q, pass) } -> std::same_as<Gaussian<float>>;
};

/// `void declare(Layout& layout, const std::string& name, Index latent)`: parameters and statistics
/// of its own, under `name`.
template <class T>
concept DeclaresEntries = requires(T& transform, Layout& layout, const std::string& name,
                                   Index latent) {
  transform.declare(layout, name, latent);
};

/// A member named `declare` can be called as the hook it looks like.
template <class T>
concept DeclareFits = DeclaresEntries<T> || !requires {
  &T::declare;
};

/// What stands between the head of a Gaussian posterior and its sample and KL. A copyable value;
/// its numbers that learn, or that run with the batches, are entries of the layout, so that a
/// checkpoint has them.
template <class T>
concept HeadTransform = TransformsGaussian<T> && std::copy_constructible<T> && DeclareFits<T>;

/// Fails to compile, with the sentence of the first thing that is missing, unless `T` is a
/// `HeadTransform`: for class templates that a user fills.
template <class T>
consteval bool require_head_transform() {
  static_assert(TransformsGaussian<T>,
                "a head transform needs `template <Context C, class Scalar = typename "
                "C::scalar_type> Gaussian<Scalar> operator()(C& cx, const Gaussian<Scalar>& q, "
                "const HeadPass& pass) const`; see docs/how_to/custom_head_transform.md");
  static_assert(std::copy_constructible<T>,
                "a head transform is a value: it needs a copy constructor; see "
                "docs/how_to/custom_head_transform.md");
  static_assert(DeclareFits<T>,
                "the hook with which a head transform declares parameters is `void "
                "declare(Layout& layout, const std::string& name, Index latent)`; see "
                "docs/how_to/custom_head_transform.md");
  return true;
}

/// Lets a transform declare what it has.
template <HeadTransform T>
void declare_entries(T& transform, Layout& layout, const std::string& name, Index latent) {
  if constexpr (DeclaresEntries<T>) transform.declare(layout, name, latent);
}

/// The messages for two head transforms of one posterior, and for one without mu and logvar, from
/// the compiler or at run time. (A static_assert takes a literal only, so each sentence stands
/// twice; tests hold the two equal.)
inline constexpr std::string_view one_head_transform_rule =
    "a posterior has at most one head transform: two in a row are a transform of their own, which "
    "states what each sees of the other";
/// The other sentence of this kind.
inline constexpr std::string_view gaussian_head_rule =
    "a head transform changes mu and logvar, which this posterior family has not";

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
