// Adam, the optimiser with a step size of its own for each parameter.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/kernels/optimise.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The defaults are the paper's and PyTorch's.
struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// m and v, running means of the gradient g and of g^2, are corrected for their start at zero:
/// value -= learning_rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) in step t.
/// \cost one pass over four buffers
/// \source Kingma & Ba 2015, algorithm 1; the same numbers as PyTorch's Adam
template <class Scalar = float>
class Adam {
 public:
  /// \throws Error for an option out of range
  explicit Adam(AdamOptions options = {}) : options_(options) {
    const auto require = [](bool holds, const char* option, double value, const char* rule) {
      detail::require_option(holds, "adam", option, value, rule);
    };
    const auto& [rate, beta1, beta2, epsilon] = options_;
    require(rate >= 0 && is_finite(rate), "learning_rate", rate, "finite, 0 or more");
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "in [0, 1)");
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "in [0, 1)");
    require(epsilon >= 0 && is_finite(epsilon), "epsilon", epsilon, "finite, 0 or more");
  }

  const AdamOptions& options() const { return options_; }
  /// How many steps were taken.
  std::uint64_t steps() const { return steps_; }

  /// Allocates both moments, zero, for so many parameters.
  /// \throws Error if they are there for another number
  void prepare(Index size) {
    if (first_moment_.empty()) {
      first_moment_ = detail::Buffer<Scalar>(size);
      second_moment_ = detail::Buffer<Scalar>(size);
    }
    detail::require_size("adam", first_moment_.size(), size);
  }

  /// One step down the gradients, which are zero afterwards.
  /// \throws Error for parameters of another size than before
  void step(Parameters<Scalar>& parameters, const StepOptions& now = {}) {
    prepare(parameters.size());
    ++steps_;
    const kernels::AdamNumbers<Scalar> numbers = numbers_of_step(now);
    Scalar* const values = parameters.values().data();
    Scalar* const gradients = parameters.gradients().data();
    detail::split_parameters(now.team, parameters.size(), [&](Index first, Index count) {
      kernels::adam_step(count, numbers, values + first, gradients + first,
                         first_moment_.data() + first, second_moment_.data() + first);
    });
  }

  void visit(Visitor& visitor) {
    visitor("steps", steps_);
    visitor("first_moment", first_moment_);
    visitor("second_moment", second_moment_);
  }

 private:
  kernels::AdamNumbers<Scalar> numbers_of_step(const StepOptions& now) const {
    const double t = static_cast<double>(steps_);
    const double rate = now.learning_rate.value_or(options_.learning_rate);
    const auto scalar = [](double number) { return static_cast<Scalar>(number); };
    return {
        .gradient_scale = scalar(now.gradient_scale),
        .keep_first = scalar(options_.beta1),
        .take_first = scalar(1 - options_.beta1),
        .keep_second = scalar(options_.beta2),
        .take_second = scalar(1 - options_.beta2),
        .rate = scalar(rate / (1 - std::pow(options_.beta1, t))),
        .second_factor = scalar(1 / std::sqrt(1 - std::pow(options_.beta2, t))),
        .epsilon = scalar(options_.epsilon),
    };
  }

  AdamOptions options_;
  std::uint64_t steps_ = 0;
  detail::Buffer<Scalar> first_moment_;
  detail::Buffer<Scalar> second_moment_;
};

/// In float by default.
Adam()->Adam<float>;
/// In float by default.
Adam(AdamOptions)->Adam<float>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
