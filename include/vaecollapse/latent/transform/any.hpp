// A head transform chosen at run time.
#pragma once

#include <concepts>
#include <string>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/erased.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>
#include <vaecollapse/latent/transform/concepts.hpp>
#include <vaecollapse/latent/transform/none.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Any head transform, as a copyable value, on tapes and workspaces of float and of double; by
/// default there is none. \cost one virtual call a head
class AnyHeadTransform {
 public:
  AnyHeadTransform() : AnyHeadTransform(NoHeadTransform()) {}
  template <class Transform>
  requires(!std::same_as<Transform, AnyHeadTransform> && HeadTransform<Transform>)
      AnyHeadTransform(const Transform& transform)
      : held_(transform) {}

  /// Whether this is a `NoHeadTransform`, which any posterior may have.
  bool is_none() const { return held_->is_none(); }
  void declare(Layout& layout, const std::string& name, Index latent) {
    held_->declare(layout, name, latent);
  }
  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> operator()(C& cx, const Gaussian<Scalar>& q, const HeadPass& pass) const {
    return held_->apply(cx, q, pass);
  }

 private:
  /// A transform in one context.
  template <class C>
  struct In {
    using Q = Gaussian<typename C::scalar_type>;
    virtual Q apply(C& cx, const Q& q, const HeadPass& pass) const = 0;

   protected:
    ~In() = default;
  };

  struct Interface : In<Tape<float>>,
                     In<Tape<double>>,
                     In<Workspace<float>>,
                     In<Workspace<double>> {
    virtual ~Interface() = default;
    virtual bool is_none() const = 0;
    virtual void declare(Layout& layout, const std::string& name, Index latent) = 0;
    using In<Tape<float>>::apply;
    using In<Tape<double>>::apply;
    using In<Workspace<float>>::apply;
    using In<Workspace<double>>::apply;
  };

  template <class Transform>
  struct Holding final : Interface {
    explicit Holding(const Transform& value) : transform(value) {}
    bool is_none() const override { return std::same_as<Transform, NoHeadTransform>; }
    void declare(Layout& layout, const std::string& name, Index latent) override {
      declare_entries(transform, layout, name, latent);
    }
    Gaussian<float> apply(Tape<float>& cx, const Gaussian<float>& q,
                          const HeadPass& pass) const override {
      return transform(cx, q, pass);
    }
    Gaussian<double> apply(Tape<double>& cx, const Gaussian<double>& q,
                           const HeadPass& pass) const override {
      return transform(cx, q, pass);
    }
    Gaussian<float> apply(Workspace<float>& cx, const Gaussian<float>& q,
                          const HeadPass& pass) const override {
      return transform(cx, q, pass);
    }
    Gaussian<double> apply(Workspace<double>& cx, const Gaussian<double>& q,
                           const HeadPass& pass) const override {
      return transform(cx, q, pass);
    }

    Transform transform;
  };

  detail::Erased<Interface, Holding> held_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
