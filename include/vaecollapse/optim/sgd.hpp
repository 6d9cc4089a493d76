// Stochastic gradient descent, plain or with momentum.
#pragma once

#include <cstddef>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/kernels/optimise.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Settings of stochastic gradient descent.
struct SgdOptions {
  double learning_rate = 1e-2;
  /// 0: none, and no state.
  double momentum = 0;
  /// Whether a step looks ahead along its velocity; it needs momentum.
  bool nesterov = false;
};

/// velocity = momentum * velocity + gradient, value -= learning_rate * velocity. With `nesterov` a
/// step is learning_rate * (gradient + momentum * velocity).
/// \cost one pass over two buffers, three with momentum
/// \source Sutskever et al. 2013, in PyTorch's form: the learning rate is outside the velocity, so
/// a change of it acts at once
template <class Scalar = float>
class Sgd {
 public:
  /// \throws Error for an option out of range
  explicit Sgd(SgdOptions options = {}) : options_(options) {
    const auto& [rate, momentum, nesterov] = options_;
    detail::require_learning_rate("sgd", rate);
    detail::require_option(momentum >= 0 && momentum < 1, "sgd", "momentum", momentum, "in [0, 1)");
    detail::require_option(momentum > 0 || !nesterov, "sgd", "momentum", momentum,
                           "more than 0 for nesterov");
  }

  const SgdOptions& options() const { return options_; }

  /// Allocates the velocity, zero, for the parameters of a layout, where there is momentum.
  /// \throws Error if it is there for another number
  void prepare(const Layout& layout) {
    if (options_.momentum == 0) return;
    if (velocity_.empty()) velocity_ = detail::Buffer<Scalar>(layout.size());
    detail::require_size("sgd", velocity_.size(), layout.size());
  }

  /// The velocity of a range is zero afterwards. \throws Error for a range of other parameters
  void reset(const ParameterRange& range) { detail::reset_state("sgd", range, velocity_); }

  /// One step down the gradients, which are zero afterwards.
  /// \throws Error for parameters of another size than before, a range of others, or a learning
  /// rate that is negative or not finite
  void step(Parameters<Scalar>& parameters, const StepOptions& now = {}) {
    prepare(parameters.layout());
    const double rate = detail::learning_rate_of("sgd", now, options_.learning_rate);
    const kernels::MomentumNumbers<Scalar> numbers{static_cast<Scalar>(now.gradient_scale),
                                                   static_cast<Scalar>(options_.momentum),
                                                   static_cast<Scalar>(rate)};
    const Scalar plain_rate = static_cast<Scalar>(rate * now.gradient_scale);
    Scalar* const values = parameters.values().data();
    Scalar* const gradients = parameters.gradients().data();
    detail::step_moving("sgd", parameters, now, [&](Index first, Index count) {
      if (velocity_.empty()) {
        kernels::sgd_step(count, plain_rate, values + first, gradients + first);
      } else if (options_.nesterov) {
        kernels::nesterov_step(count, numbers, values + first, gradients + first,
                               velocity_.data() + first);
      } else {
        kernels::momentum_step(count, numbers, values + first, gradients + first,
                               velocity_.data() + first);
      }
    });
  }

  void visit(Visitor& visitor) { visitor("velocity", velocity_); }

 private:
  SgdOptions options_;
  detail::Buffer<Scalar> velocity_;
};

/// In float by default.
Sgd()->Sgd<float>;
/// In float by default.
Sgd(SgdOptions)->Sgd<float>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
