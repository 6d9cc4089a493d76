// Adam, the optimiser with a step size of its own for each parameter.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/segment.hpp>
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

namespace detail {

/// Both moments and the count of steps of each entry: what Adam and AdamW share.
template <class Scalar>
class AdamState {
 public:
  /// \throws Error, in which `name` stands, for an option out of range
  AdamState(const char* name, const AdamOptions& options) : name_(name), options_(options) {
    const auto require = [&](bool holds, const char* option, double value, const char* rule) {
      require_option(holds, name_, option, value, rule);
    };
    const auto& [rate, beta1, beta2, epsilon] = options_;
    require_learning_rate(name_, rate);
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "in [0, 1)");
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "in [0, 1)");
    require(epsilon >= 0 && is_finite(epsilon), "epsilon", epsilon, "finite, 0 or more");
  }

  const AdamOptions& options() const { return options_; }
  std::uint64_t steps() const { return steps_; }

  void prepare(const Layout& layout) {
    if (first_moment_.empty()) {
      first_moment_ = Buffer<Scalar>(layout.size());
      second_moment_ = Buffer<Scalar>(layout.size());
      missed_ = Buffer<double>(static_cast<Index>(layout.entries().size()));
    }
    require_size(name_, first_moment_.size(), layout.size());
    require_size(std::string(name_) + ", by name", missed_.size(),
                 static_cast<Index>(layout.entries().size()));
  }

  void reset(const ParameterRange& range) {
    reset_state(name_, range, first_moment_);
    reset_state(name_, range, second_moment_);
    for (std::size_t i = 0; i < missed_.size(); ++i) {
      if (range.contains(i)) missed_.data()[i] = static_cast<double>(steps_);
    }
  }

  /// One step; `decay_of(entry)` is the weight decay of an entry, by its number. Neighbours with
  /// the same count and decay are stepped at once.
  template <class DecayOf>
  void step(Parameters<Scalar>& parameters, const StepOptions& now, DecayOf&& decay_of) {
    const Layout& layout = parameters.layout();
    prepare(layout);
    if (now.moving != nullptr) now.moving->require_of(layout, name_);
    const double rate = learning_rate_of(name_, now, options_.learning_rate);
    ++steps_;
    const auto missed = [&](std::size_t i) -> double& { return missed_.data()[i]; };
    const auto count = static_cast<std::size_t>(missed_.size());
    for (std::size_t i = 0, end = 0; i < count; i = end) {
      end = i + 1;
      if (layout.is_statistic(i)) continue;
      if (!moves(layout, i, now)) {
        missed(i) += 1;
        continue;
      }
      const double decay = decay_of(i);
      while (end < count && moves(layout, end, now) && missed(end) == missed(i) &&
             decay_of(end) == decay) {
        ++end;
      }
      const Layout::Entry& last = layout.entries()[end - 1];
      const Index offset = layout.entries()[i].offset;
      step_segment(parameters, now, {offset, last.offset + last.shape.size() - offset},
                   numbers_of_step(now, rate, static_cast<double>(steps_) - missed(i), decay));
    }
    zero_frozen_gradients(parameters, now);
  }

  void visit(Visitor& visitor) {
    visitor("steps", steps_);
    visitor("first_moment", first_moment_);
    visitor("second_moment", second_moment_);
    visitor.optional("missed_steps", missed_);
  }

 private:
  static bool moves(const Layout& layout, std::size_t entry, const StepOptions& now) {
    return (now.moving == nullptr || now.moving->contains(entry)) && !layout.is_statistic(entry);
  }

  void step_segment(Parameters<Scalar>& parameters, const StepOptions& now, const Segment& segment,
                    const kernels::AdamNumbers<Scalar>& numbers) {
    Scalar* const values = parameters.values().data();
    Scalar* const gradients = parameters.gradients().data();
    split_segment(now.team, segment, [&](Index first, Index count) {
      const auto step =
          numbers.keep_value == 1 ? kernels::adam_step<Scalar> : kernels::adamw_step<Scalar>;
      step(count, numbers, values + first, gradients + first, first_moment_.data() + first,
           second_moment_.data() + first);
    });
  }

  kernels::AdamNumbers<Scalar> numbers_of_step(const StepOptions& now, double rate, double t,
                                               double decay) const {
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
        .keep_value = scalar(1 - rate * decay),
    };
  }

  const char* name_;
  AdamOptions options_;
  std::uint64_t steps_ = 0;
  Buffer<Scalar> first_moment_;
  Buffer<Scalar> second_moment_;
  Buffer<double> missed_;  ///< of each entry, the steps in which it did not move
};

}  // namespace detail

/// m and v, running means of the gradient g and of g^2, are corrected for their start at zero:
/// value -= learning_rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) in step t. Each
/// parameter counts the steps in which it moved: one that joins later has t = 1 in its first.
/// \cost one pass over four buffers
/// \source Kingma & Ba 2015, algorithm 1; the same numbers as PyTorch's Adam
template <class Scalar = float>
class Adam {
 public:
  /// \throws Error for an option out of range
  explicit Adam(AdamOptions options = {}) : state_("adam", options) {}

  const AdamOptions& options() const { return state_.options(); }
  /// How many steps were taken.
  std::uint64_t steps() const { return state_.steps(); }

  /// Allocates both moments, zero, for the parameters of a layout.
  /// \throws Error if they are there for another number
  void prepare(const Layout& layout) { state_.prepare(layout); }

  /// One step down the gradients, which are zero afterwards.
  /// \throws Error for parameters of another size than before, a range of others, or a learning
  /// rate that is negative or not finite
  void step(Parameters<Scalar>& parameters, const StepOptions& now = {}) {
    state_.step(parameters, now, [](std::size_t) { return 0.0; });
  }

  /// The moments of a range are zero afterwards, and its next step is its first.
  /// \throws Error for a range of other parameters
  void reset(const ParameterRange& range) { state_.reset(range); }

  void visit(Visitor& visitor) { state_.visit(visitor); }

 private:
  detail::AdamState<Scalar> state_;
};

/// In float by default.
Adam()->Adam<float>;
/// In float by default.
Adam(AdamOptions)->Adam<float>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
