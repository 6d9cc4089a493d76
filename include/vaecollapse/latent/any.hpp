// A posterior family chosen at run time.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/latent/any_held.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/head_pass.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any posterior family of vectors z with any q, as a copyable value, on tapes and workspaces of
/// float and of double. What a family may offer besides is asked for at run time: `is_gaussian`,
/// `has_prior`, `kl_groups`. \cost one virtual call for each call; q is copied into the arena,
/// unless it is a Gaussian
class AnyPosterior {
 public:
  template <class Family>
  requires(!std::same_as<Family, AnyPosterior> && VectorPosterior<Family>)
      AnyPosterior(const Family& family)
      : held_(family) {}

  Index latent() const { return held_->latent(); }
  /// Whether q is a Gaussian; only then has q the Vars mu and logvar.
  bool is_gaussian() const { return held_->is_gaussian(); }
  /// Whether `log_prior` and `sample_prior` may be called.
  bool has_prior() const { return held_->has_prior(); }
  /// Whether each z has length one.
  bool is_on_sphere() const { return held_->is_on_sphere(); }
  bool transforms_head() const { return held_->transforms_head(); }
  /// G, the rows of the KL; empty where the family does not say.
  std::optional<Index> kl_groups() const { return held_->kl_groups(); }

  template <Context C, class Scalar = typename C::scalar_type>
  AnyQ<Scalar> head(C& cx, const Var<Scalar, 2>& code, const HeadPass& pass = {}) const {
    return in<C>().head(cx, code, pass);
  }
  /// \throws Error for a family that has no such head: see `HasLinearHead`
  template <Context C, class Scalar = typename C::scalar_type>
  AnyQ<Scalar> linear_head(C& cx, const Var<Scalar, 2>& code) const {
    return in<C>().linear_head(cx, code);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> sample(C& cx, const AnyQ<Scalar>& q, const Draws& draws,
                        std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    return in<C>().sample(cx, q, draws, rows, number);
  }
  template <class Scalar>
  Var<Scalar, 2> mean(const AnyQ<Scalar>& q) const {
    return in<Workspace<Scalar>>().mean(q);
  }
  /// \shape [G x B] \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const AnyQ<Scalar>& q, const Var<Scalar, 2>& z) const {
    return in<C>().kl(cx, q, z);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_density(C& cx, const AnyQ<Scalar>& q, const Var<Scalar, 2>& z) const {
    return in<C>().log_density(cx, q, z);
  }
  /// In double: see `log_densities`. \shape out [B]
  template <class Scalar>
  void log_density(Workspace<Scalar>& workspace, const AnyQ<Scalar>& q, const Var<Scalar, 2>& z,
                   std::span<double> out) const {
    in<Workspace<Scalar>>().log_densities(workspace, q, z, out);
  }

  /// \throws Error for a family without a prior of its own; these three
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 1> log_prior(C& cx, const Var<Scalar, 2>& z) const {
    return in<C>().log_prior(cx, z);
  }
  template <class Scalar>
  void log_prior(Workspace<Scalar>& workspace, const Var<Scalar, 2>& z,
                 std::span<double> out) const {
    in<Workspace<Scalar>>().log_priors(workspace, z, out);
  }
  template <class Scalar>
  void sample_prior(Workspace<Scalar>& workspace, const Draws& draws,
                    std::span<const std::uint32_t> rows, View<Scalar> out) const {
    in<Workspace<Scalar>>().sample_prior(workspace, draws, rows, out);
  }

 private:
  template <class C>
  const auto& in() const {
    static_assert(
        requires(const detail::HeldPosterior& held) { held.in(detail::ContextTag<C>()); },
        "AnyPosterior works on Tape and Workspace of float and of double; with a context "
        "of your own use the posterior family itself");
    return held_->in(detail::ContextTag<C>());
  }

  detail::Erased<detail::HeldPosterior, detail::HoldingPosterior> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
