// A Gaussian posterior whose prior is chosen at run time.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A Gaussian posterior under N(0, I) or under a learned mixture.
class AnyPosterior {
 public:
  AnyPosterior(const GaussianHead& family) : family_(family) {}
  AnyPosterior(const MixturePriorHead& family) : family_(family) {}

  Index latent() const {
    return std::visit([](const auto& family) { return family.latent(); }, family_);
  }
  /// The family that was chosen.
  const std::variant<GaussianHead, MixturePriorHead>& family() const { return family_; }
  /// G, the rows of the KL: what an objective may divide into groups.
  Index kl_groups() const {
    return std::holds_alternative<MixturePriorHead>(family_) ? 1 : latent();
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> head(C& cx, const Var<Scalar, 2>& code) const {
    return std::visit([&](const auto& family) { return family.head(cx, code); }, family_);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> linear_head(C& cx, const Var<Scalar, 2>& code) const {
    return std::visit([&](const auto& family) { return family.linear_head(cx, code); }, family_);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> sample(C& cx, const Gaussian<Scalar>& q, const Draws& draws,
                        std::span<const std::uint32_t> rows, std::uint32_t number = 0) const {
    return std::visit([&](const auto& family) { return family.sample(cx, q, draws, rows, number); },
                      family_);
  }

  template <class Scalar>
  Var<Scalar, 2> mean(const Gaussian<Scalar>& q) const {
    return q.mu;
  }

  /// \shape [Z x B], or [1 x B] under a mixture \unit nats
  template <Context C, class Scalar = typename C::scalar_type>
  Var<Scalar, 2> kl(C& cx, const Gaussian<Scalar>& q, const Var<Scalar, 2>& z) const {
    return std::visit([&](const auto& family) { return family.kl(cx, q, z); }, family_);
  }

 private:
  std::variant<GaussianHead, MixturePriorHead> family_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
