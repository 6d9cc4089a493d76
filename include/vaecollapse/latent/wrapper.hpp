// The common base of posterior families that are another family with something otherwise: head
// transforms, other priors, and deviations of published systems.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/kl_rows.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/head_pass.hpp>
#include <vaecollapse/latent/refinements.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Another posterior family as it is: a wrapper derives from this and defines what it has
/// otherwise. All that the family offers passes through, and only that. A member that is defined
/// anew hides every form of it, so what is not meant to change is not changed halfway.
template <class Family>
class PosteriorWrapper {
  static_assert(require_posterior_family<Family>());

 public:
  template <class Scalar>
  using Latent = LatentOf<Family, Scalar>;
  template <class Scalar>
  using Code = CodeOf<Family, Scalar>;
  static constexpr bool has_head_transform = vaecollapse::has_head_transform<Family>;

  const Family& wrapped() const { return family_; }

  Index latent() const { return family_.latent(); }
  std::optional<Index> kl_groups() const requires HasKlGroups<Family> {
    return family_.kl_groups();
  }
  KlRows kl_rows() const requires HasKlRows<Family> { return family_.kl_rows(); }
  /// The dimensions of a global z: see `PlacesHead`.
  Index global() const requires requires(const Family& family) { family.global(); }
  { return family_.global(); }
  /// What a network of places counts its lengths in: see `PlacesHead`.
  const auto& lengths() const requires requires(const Family& family) { family.lengths(); }
  { return family_.lengths(); }
  bool is_gaussian() const { return vaecollapse::is_gaussian(family_); }
  bool has_prior() const { return vaecollapse::has_prior(family_); }
  bool is_on_sphere() const { return vaecollapse::is_on_sphere(family_); }
  bool transforms_head() const { return vaecollapse::transforms_head(family_); }

  template <Context C, class Scalar = typename C::scalar_type>
  auto head(C& cx, const Code<Scalar>& code, const HeadPass& pass = {}) const {
    return head_of(cx, family_, code, pass);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  requires HasLinearHead<Family>
  auto linear_head(C& cx, const Var<Scalar, 2>& code) const {
    return family_.linear_head(cx, code);
  }

  template <Context C, class Q, class Scalar = typename C::scalar_type>
  auto sample(C& cx, const Q& q, const Draws& draws, std::span<const std::uint32_t> rows,
              std::uint32_t number = 0) const {
    return family_.sample(cx, q, draws, rows, number);
  }
  template <class Q>
  auto mean(const Q& q) const {
    return family_.mean(q);
  }
  template <Context C, class Q, class Z>
  auto kl(C& cx, const Q& q, const Z& z) const {
    return family_.kl(cx, q, z);
  }

  template <Context C, class Q, class Z>
  auto log_density(C& cx, const Q& q, const Z& z) const {
    return family_.log_density(cx, q, z);
  }
  /// In double: see `log_densities`.
  template <class Scalar, class Q, class Z>
  void log_density(Workspace<Scalar>& workspace, const Q& q, const Z& z,
                   std::span<double> out) const {
    log_densities(workspace, family_, q, z, out);
  }

  template <Context C, class Z>
  requires HasPrior<Family>
  auto log_prior(C& cx, const Z& z) const { return family_.log_prior(cx, z); }
  /// In double: see `log_priors`.
  template <class Scalar, class Z>
  requires HasPrior<Family>
  void log_prior(Workspace<Scalar>& workspace, const Z& z, std::span<double> out) const {
    log_priors(workspace, family_, z, out);
  }
  template <class Scalar, class Out>
  requires HasPrior<Family>
  void sample_prior(Workspace<Scalar>& workspace, const Draws& draws,
                    std::span<const std::uint32_t> rows, const Out& out) const {
    family_.sample_prior(workspace, draws, rows, out);
  }

 protected:
  explicit PosteriorWrapper(Family family) : family_(std::move(family)) {}

 private:
  Family family_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
