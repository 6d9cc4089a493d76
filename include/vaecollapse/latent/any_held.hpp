// How `AnyPosterior` holds a family: an abstract class with a part for each context, and what
// fills it in for one family.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/head_pass.hpp>
#include <vaecollapse/latent/refinements.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The q(z|x) of an erased family.
template <class Scalar>
struct AnyQ {
  /// Of a Gaussian, which is these two; otherwise without numbers. \shape [Z x B]
  Var<Scalar, 2> mu;
  Var<Scalar, 2> logvar;
  /// The family's own q, in the arena of the context; null for a Gaussian.
  const void* own = nullptr;
};

namespace detail {

/// A posterior family in one context.
template <class C>
class PosteriorIn {
 public:
  using Scalar = typename C::scalar_type;

  virtual ~PosteriorIn() = default;
  virtual AnyQ<Scalar> head(C& cx, const Var<Scalar, 2>& code, const HeadPass& pass) const = 0;
  virtual AnyQ<Scalar> linear_head(C& cx, const Var<Scalar, 2>& code) const = 0;
  virtual Var<Scalar, 2> sample(C& cx, const AnyQ<Scalar>& q, const Draws& draws,
                                std::span<const std::uint32_t> rows,
                                std::uint32_t number) const = 0;
  virtual Var<Scalar, 2> kl(C& cx, const AnyQ<Scalar>& q, const Var<Scalar, 2>& z) const = 0;
  virtual Var<Scalar, 1> log_density(C& cx, const AnyQ<Scalar>& q,
                                     const Var<Scalar, 2>& z) const = 0;
  virtual Var<Scalar, 1> log_prior(C& cx, const Var<Scalar, 2>& z) const = 0;
};

/// The same, with what only a workspace is asked for.
template <class S>
class PosteriorInWorkspace : public PosteriorIn<Workspace<S>> {
 public:
  virtual Var<S, 2> mean(const AnyQ<S>& q) const = 0;
  virtual void log_densities(Workspace<S>& workspace, const AnyQ<S>& q, const Var<S, 2>& z,
                             std::span<double> out) const = 0;
  virtual void log_priors(Workspace<S>& workspace, const Var<S, 2>& z,
                          std::span<double> out) const = 0;
  virtual void sample_prior(Workspace<S>& workspace, const Draws& draws,
                            std::span<const std::uint32_t> rows, View<S> out) const = 0;
};

/// Names a context where there is none at hand.
template <class C>
struct ContextTag {};

/// A posterior family.
class HeldPosterior {
 public:
  virtual ~HeldPosterior() = default;
  virtual Index latent() const = 0;
  virtual bool is_gaussian() const = 0;
  virtual bool has_prior() const = 0;
  virtual bool is_on_sphere() const = 0;
  virtual bool transforms_head() const = 0;
  virtual std::optional<Index> kl_groups() const = 0;
  virtual const PosteriorIn<Tape<float>>& in(ContextTag<Tape<float>>) const = 0;
  virtual const PosteriorIn<Tape<double>>& in(ContextTag<Tape<double>>) const = 0;
  virtual const PosteriorInWorkspace<float>& in(ContextTag<Workspace<float>>) const = 0;
  virtual const PosteriorInWorkspace<double>& in(ContextTag<Workspace<double>>) const = 0;
};

template <class Q, class C, class Family>
AnyQ<typename C::scalar_type> erase(C& cx, const Family& family, const Q& q) {
  if constexpr (GaussianFamily<Family>) {
    if (is_gaussian(family)) return {q.mu, q.logvar, nullptr};
  }
  return {{}, {}, cx.keep(std::span<const Q>(&q, 1)).data()};
}
template <class Q, class Scalar, class Family>
Q restore(const Family& family, const AnyQ<Scalar>& q) {
  if constexpr (GaussianFamily<Family>) {
    if (is_gaussian(family)) {
      Q own{};
      own.mu = q.mu;
      own.logvar = q.logvar;
      return own;
    }
  }
  return *static_cast<const Q*>(q.own);
}

[[noreturn]] inline void raise_no_prior() {
  raise(Error("posterior: this family has no prior of its own (`log_prior`, `sample_prior`)"));
}

/// The calls of one family, which outlives this, in one context.
template <class Family, class C, class Interface = PosteriorIn<C>>
class PosteriorCalls : public Interface {
 public:
  using Scalar = typename C::scalar_type;
  using Q = PosteriorOf<Family, C>;

  explicit PosteriorCalls(const Family& family) : family_(family) {}

  AnyQ<Scalar> head(C& cx, const Var<Scalar, 2>& code, const HeadPass& pass) const final {
    return erase(cx, family_, head_of(cx, family_, code, pass));
  }
  AnyQ<Scalar> linear_head(C& cx, const Var<Scalar, 2>& code) const final {
    if constexpr (HasLinearHead<Family>) {
      return erase(cx, family_, family_.linear_head(cx, code));
    } else {
      raise(Error("posterior: this family has no linear heads for mu and logvar"));
    }
  }
  Var<Scalar, 2> sample(C& cx, const AnyQ<Scalar>& q, const Draws& draws,
                        std::span<const std::uint32_t> rows, std::uint32_t number) const final {
    return family_.sample(cx, own(q), draws, rows, number);
  }
  Var<Scalar, 2> kl(C& cx, const AnyQ<Scalar>& q, const Var<Scalar, 2>& z) const final {
    return family_.kl(cx, own(q), z);
  }
  Var<Scalar, 1> log_density(C& cx, const AnyQ<Scalar>& q, const Var<Scalar, 2>& z) const final {
    return family_.log_density(cx, own(q), z);
  }
  Var<Scalar, 1> log_prior(C& cx, const Var<Scalar, 2>& z) const final {
    if constexpr (HasPrior<Family>) {
      return family_.log_prior(cx, z);
    } else {
      raise_no_prior();
    }
  }

 protected:
  const Family& family() const { return family_; }
  Q own(const AnyQ<Scalar>& q) const { return restore<Q>(family_, q); }

 private:
  const Family& family_;
};

/// The calls of one family in a workspace.
template <class Family, class S>
class PosteriorCallsInWorkspace final
    : public PosteriorCalls<Family, Workspace<S>, PosteriorInWorkspace<S>> {
 public:
  using PosteriorCalls<Family, Workspace<S>, PosteriorInWorkspace<S>>::PosteriorCalls;

  Var<S, 2> mean(const AnyQ<S>& q) const final { return this->family().mean(this->own(q)); }
  void log_densities(Workspace<S>& workspace, const AnyQ<S>& q, const Var<S, 2>& z,
                     std::span<double> out) const final {
    vaecollapse::log_densities(workspace, this->family(), this->own(q), z, out);
  }
  void log_priors(Workspace<S>& workspace, const Var<S, 2>& z, std::span<double> out) const final {
    if constexpr (HasPrior<Family>) {
      vaecollapse::log_priors(workspace, this->family(), z, out);
    } else {
      raise_no_prior();
    }
  }
  void sample_prior(Workspace<S>& workspace, const Draws& draws,
                    std::span<const std::uint32_t> rows, View<S> out) const final {
    if constexpr (HasPrior<Family>) {
      this->family().sample_prior(workspace, draws, rows, out);
    } else {
      raise_no_prior();
    }
  }
};

/// One family.
template <class Family>
class HoldingPosterior final : public HeldPosterior {
 public:
  explicit HoldingPosterior(const Family& family) : family_(family) {}
  HoldingPosterior(const HoldingPosterior& other) : HoldingPosterior(other.family_) {}
  HoldingPosterior& operator=(const HoldingPosterior&) = delete;

  Index latent() const override { return family_.latent(); }
  bool is_gaussian() const override { return vaecollapse::is_gaussian(family_); }
  bool has_prior() const override { return vaecollapse::has_prior(family_); }
  bool is_on_sphere() const override { return vaecollapse::is_on_sphere(family_); }
  bool transforms_head() const override { return vaecollapse::transforms_head(family_); }
  std::optional<Index> kl_groups() const override { return vaecollapse::kl_groups(family_); }

  const PosteriorIn<Tape<float>>& in(ContextTag<Tape<float>>) const override { return tape_; }
  const PosteriorIn<Tape<double>>& in(ContextTag<Tape<double>>) const override {
    return tape_of_doubles_;
  }
  const PosteriorInWorkspace<float>& in(ContextTag<Workspace<float>>) const override {
    return workspace_;
  }
  const PosteriorInWorkspace<double>& in(ContextTag<Workspace<double>>) const override {
    return workspace_of_doubles_;
  }

 private:
  Family family_;
  PosteriorCalls<Family, Tape<float>> tape_{family_};
  PosteriorCalls<Family, Tape<double>> tape_of_doubles_{family_};
  PosteriorCallsInWorkspace<Family, float> workspace_{family_};
  PosteriorCallsInWorkspace<Family, double> workspace_of_doubles_{family_};
};

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
