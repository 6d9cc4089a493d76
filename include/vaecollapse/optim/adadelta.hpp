// Adadelta, the optimiser whose steps have the size of the steps before.
#pragma once

#include <cstddef>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/kernels/optimise.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The defaults are PyTorch's; the paper has no learning rate, that is 1, and rho 0.95.
struct AdadeltaOptions {
  double learning_rate = 1;
  double rho = 0.9;
  double epsilon = 1e-6;
};

/// s and u, running means of the squares of gradients g and of steps: step = sqrt(u + epsilon) /
/// sqrt(s + epsilon) g, value -= learning_rate * step. Steps begin at sqrt(epsilon), whatever the
/// scale of the loss.
/// \cost one pass over four buffers
/// \source Zeiler 2012, algorithm 1; the same numbers as PyTorch's Adadelta
template <class Scalar = float>
class Adadelta {
 public:
  /// \throws Error for an option out of range
  explicit Adadelta(AdadeltaOptions options = {}) : options_(options) {
    const auto& [rate, rho, epsilon] = options_;
    detail::require_learning_rate("adadelta", rate);
    detail::require_option(rho >= 0 && rho < 1, "adadelta", "rho", rho, "in [0, 1)");
    detail::require_option(epsilon > 0 && is_finite(epsilon), "adadelta", "epsilon", epsilon,
                           "finite, more than 0");
  }

  const AdadeltaOptions& options() const { return options_; }

  /// Allocates both running means, zero, for the parameters of a layout.
  /// \throws Error if they are there for another number
  void prepare(const Layout& layout) {
    if (squares_.empty()) {
      squares_ = detail::Buffer<Scalar>(layout.size());
      updates_ = detail::Buffer<Scalar>(layout.size());
    }
    detail::require_size("adadelta", squares_.size(), layout.size());
  }

  /// Both running means of a range are zero afterwards.
  /// \throws Error for a range of other parameters
  void reset(const ParameterRange& range) {
    detail::reset_state("adadelta", range, squares_);
    detail::reset_state("adadelta", range, updates_);
  }

  /// One step down the gradients, which are zero afterwards.
  /// \throws Error for parameters of another size than before, a range of others, or a learning
  /// rate that is negative or not finite
  void step(Parameters<Scalar>& parameters, const StepOptions& now = {}) {
    prepare(parameters.layout());
    const auto scalar = [](double number) { return static_cast<Scalar>(number); };
    const kernels::AdadeltaNumbers<Scalar> numbers{
        .gradient_scale = scalar(now.gradient_scale),
        .keep = scalar(options_.rho),
        .take = scalar(1 - options_.rho),
        .rate = scalar(detail::learning_rate_of("adadelta", now, options_.learning_rate)),
        .epsilon = scalar(options_.epsilon)};
    Scalar* const values = parameters.values().data();
    Scalar* const gradients = parameters.gradients().data();
    detail::step_moving("adadelta", parameters, now, [&](Index first, Index count) {
      kernels::adadelta_step(count, numbers, values + first, gradients + first,
                             squares_.data() + first, updates_.data() + first);
    });
  }

  void visit(Visitor& visitor) {
    visitor("squares", squares_);
    visitor("updates", updates_);
  }

 private:
  AdadeltaOptions options_;
  detail::Buffer<Scalar> squares_;
  detail::Buffer<Scalar> updates_;
};

/// In float by default.
Adadelta()->Adadelta<float>;
/// In float by default.
Adadelta(AdadeltaOptions)->Adadelta<float>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
