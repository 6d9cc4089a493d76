// A posterior family with a transform between its head and its sample.
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include <vaecollapse/autodiff/context.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/latent/transform/any.hpp>
#include <vaecollapse/latent/transform/concepts.hpp>
#include <vaecollapse/latent/transform/none.hpp>
#include <vaecollapse/latent/wrapper.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A Gaussian family whose q(z|x) a transform changes, before it is sampled and its KL taken. It
/// has no `linear_head`: wrappers that change the linear heads come inside. Parameters of the
/// transform: `name.*`.
/// \shape those of the family \cost that of the family, and that of the transform
template <class Family, class Transform = AnyHeadTransform>
class TransformedHead : public PosteriorWrapper<Family> {
  static_assert(require_head_transform<Transform>());
  static_assert(GaussianFamily<Family>,
                "a head transform changes mu and logvar, which this posterior family has not");
  static_assert(!vaecollapse::has_head_transform<Family>,
                "a posterior has at most one head transform: two in a row are a transform of their "
                "own, which states what each sees of the other");

 public:
  static constexpr bool has_head_transform = true;

  /// \throws Error where `Family` is erased and has a head transform already, or, unless there is
  /// no transform, is no Gaussian
  TransformedHead(Layout& layout, const std::string& name, Family family, Transform transform)
      : PosteriorWrapper<Family>(std::move(family)), transform_(std::move(transform)) {
    if (vaecollapse::transforms_head(this->wrapped())) {
      raise(Error(std::string(one_head_transform_rule)));
    }
    if (!this->is_gaussian() && !is_none()) raise(Error(std::string(gaussian_head_rule)));
    declare_entries(transform_, layout, name, this->latent());
  }

  const Transform& transform() const { return transform_; }
  bool transforms_head() const { return true; }

  /// \shape code [input x B], all rows of a batch in their order
  template <Context C, class Scalar = typename C::scalar_type>
  auto head(C& cx, const Var<Scalar, 2>& code, const HeadPass& pass = {}) const {
    auto q = head_of(cx, this->wrapped(), code, pass);
    if (is_none()) return q;
    const Gaussian<Scalar> changed = transform_(cx, Gaussian<Scalar>{q.mu, q.logvar}, pass);
    q.mu = changed.mu;
    q.logvar = changed.logvar;
    return q;
  }
  template <class... Arguments>
  void linear_head(const Arguments&...) const = delete;

 private:
  bool is_none() const {
    if constexpr (requires { transform_.is_none(); }) {
      return transform_.is_none();
    } else {
      return std::same_as<Transform, NoHeadTransform>;
    }
  }

  Transform transform_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
