// Questions to a posterior family about what it offers besides, which erased families answer at run
// time and all others when they are compiled; and log densities in double.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/latent/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Whether q is a Gaussian, so that its `mu` and `logvar` may be read.
template <class P>
bool is_gaussian(const P& posterior) {
  if constexpr (!GaussianFamily<P>) {
    return false;
  } else if constexpr (requires { posterior.is_gaussian(); }) {
    return posterior.is_gaussian();
  } else {
    return true;
  }
}

/// Whether the family has a prior of its own: see `HasPrior`.
template <class P>
bool has_prior(const P& posterior) {
  if constexpr (!HasPrior<P>) {
    return false;
  } else if constexpr (requires { posterior.has_prior(); }) {
    return posterior.has_prior();
  } else {
    return true;
  }
}

/// G, the rows of the KL; empty where the family does not say.
template <class P>
std::optional<Index> kl_groups(const P& posterior) {
  if constexpr (HasKlGroups<P>) {
    return posterior.kl_groups();
  } else {
    return std::nullopt;
  }
}

/// Whether each z has length one, so that there is no density beside the unit sphere.
template <class P>
bool is_on_sphere(const P& posterior) {
  if constexpr (requires { posterior.is_on_sphere(); }) {
    return posterior.is_on_sphere();
  } else {
    return false;
  }
}

/// Whether a type of family is known to have a head transform: its `has_head_transform`, or not.
/// What is erased answers at run time only.
template <class P>
inline constexpr bool has_head_transform = false;
/// What a family declares.
template <class P>
requires requires { P::has_head_transform; }
inline constexpr bool has_head_transform<P> = P::has_head_transform;

/// Whether the family has a head transform.
template <class P>
bool transforms_head(const P& posterior) {
  if constexpr (requires { posterior.transforms_head(); }) {
    return posterior.transforms_head();
  } else {
    return has_head_transform<P>;
  }
}

namespace detail {

template <class Scalar>
void copy_to_double(const Var<Scalar, 1>& from, std::span<double> to) {
  require_shapes(Index(to.size()) == from.size(), "log_densities",
                 {{"densities", from.shape()}, {"out", Shape<1>{{Index(to.size())}}}},
                 "there must be a place for each example");
  for (std::size_t j = 0; j < to.size(); ++j) to[j] = static_cast<double>(from.data()[j]);
}

}  // namespace detail

/// log q(z_b | x_b) of each column in double: with the precision of the family's own
/// `log_density(workspace, q, z, out)`, or where it has none with that of `log_density`.
/// \shape out [B] \unit nats
template <class Scalar, class P, class Q, class Z>
void log_densities(Workspace<Scalar>& workspace, const P& posterior, const Q& q, const Z& z,
                   std::span<double> out) {
  if constexpr (requires { posterior.log_density(workspace, q, z, out); }) {
    posterior.log_density(workspace, q, z, out);
  } else {
    const Scope scope(workspace);
    detail::copy_to_double(posterior.log_density(workspace, q, z), out);
  }
}

/// log p(z_b) of each column in double, in the same way. \shape out [B] \unit nats
template <class Scalar, HasPrior P, class Z>
void log_priors(Workspace<Scalar>& workspace, const P& posterior, const Z& z,
                std::span<double> out) {
  if constexpr (requires { posterior.log_prior(workspace, z, out); }) {
    posterior.log_prior(workspace, z, out);
  } else {
    const Scope scope(workspace);
    detail::copy_to_double(posterior.log_prior(workspace, z), out);
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
