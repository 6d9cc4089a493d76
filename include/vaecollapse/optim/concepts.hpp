// The concept of an optimiser: it takes flat parameters with their gradients and makes a step.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/segment.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/visit.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The options that may change from step to step.
struct StepOptions {
  /// None: the optimiser's own. Finite, 0 or more.
  std::optional<double> learning_rate = std::nullopt;
  /// Multiplies every gradient, in the same pass: `clip_by_norm` gives it.
  double gradient_scale = 1;
  /// None: the calling thread alone. The bits do not depend on it.
  Team* team = nullptr;
  /// None: all that is trained. The rest is frozen: neither its values nor its state change.
  const ParameterRange* moving = nullptr;
};

/// `void prepare(const Layout&)`: allocates the state for the parameters of a layout, all zero,
/// unless it is there. A first step does it too; loading a checkpoint needs it before.
template <class T>
concept CanPrepare = requires(T& optimiser, const Layout& layout) {
  optimiser.prepare(layout);
};

/// `void reset(const ParameterRange&)`: the state of a range is as before its first step.
template <class T>
concept CanReset = requires(T& optimiser, const ParameterRange& range) {
  optimiser.reset(range);
};

/// `void step(Parameters<Scalar>&, const StepOptions&)`: changes the values of what moves by their
/// gradients, and sets all gradients to zero but those of statistics.
template <class T, class Scalar>
concept CanStep = requires(T& optimiser, Parameters<Scalar>& parameters,
                           const StepOptions& options) {
  optimiser.step(parameters, options);
};

/// Trains `Parameters<Scalar>`; all its state is in `visit`, so that a resumed run goes on with the
/// same bits.
template <class T, class Scalar = float>
concept Optimiser = CanPrepare<T> && CanStep<T, Scalar> && CanReset<T> && Visitable<T>;

namespace detail {

/// Refuses an option of an optimiser: `adam: beta1 is 1.5: it must be in [0, 1)`.
inline void require_option(bool holds, std::string_view optimiser, std::string_view option,
                           double value, std::string_view rule) {
  if (holds) return;
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%.15g", value);
  raise(Error(std::string(optimiser)
                  .append(": ")
                  .append(option)
                  .append(" is ")
                  .append(digits.data())
                  .append(": it must be ")
                  .append(rule)));
}

/// Refuses a learning rate that is negative or not finite, and returns any other.
inline double require_learning_rate(std::string_view optimiser, double rate) {
  require_option(rate >= 0 && is_finite(rate), optimiser, "learning_rate", rate,
                 "finite, 0 or more");
  return rate;
}

/// The learning rate of a step: its own, or the optimiser's.
/// \throws Error for one that is negative or not finite
inline double learning_rate_of(std::string_view optimiser, const StepOptions& now, double own) {
  return require_learning_rate(optimiser, now.learning_rate.value_or(own));
}

/// Refuses parameters other than those that the state was created for, and ranges of such.
inline void require_size(std::string_view optimiser, std::size_t state, Index parameters) {
  if (static_cast<Index>(state) == parameters) return;
  detail::raise_error(
      {optimiser, ": its state is for ", state, " parameters, and there are ", parameters});
}

/// How many parameters a thread takes at least: some vectors, and a whole number of them.
inline constexpr Index step_tile = 4096;

/// Calls run(first, count) so that the ranges cover 0 .. size once, on the team if there is one.
template <class Run>
void split_parameters(Team* team, Index size, Run&& run) {
  team == nullptr ? run(Index{0}, size) : split_by(*team, step_tile, size, run);
}

/// Calls run(first, count) so that the ranges cover a segment once.
template <class Run>
void split_segment(Team* team, const Segment& segment, Run&& run) {
  split_parameters(team, segment.size,
                   [&](Index first, Index count) { run(segment.offset + first, count); });
}

/// Where the trained parameters that move lie. \throws Error for a range of another layout
inline const std::vector<Segment>& moving_segments(std::string_view user, const Layout& layout,
                                                   const ParameterRange* moving) {
  if (moving == nullptr) return layout.trained();
  moving->require_of(layout, user);
  return moving->segments();
}

/// Gradients of what is frozen: of a tape that knows of the range there are none.
template <class Scalar>
void zero_frozen_gradients(Parameters<Scalar>& parameters, const StepOptions& now) {
  if (now.moving == nullptr) return;
  const Layout& layout = parameters.layout();
  const auto& entries = layout.entries();
  Scalar* const gradients = parameters.gradients().data();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (now.moving->contains(i) || layout.is_statistic(i)) continue;
    split_segment(
        now.team, {entries[i].offset, entries[i].shape.size()},
        [&](Index first, Index count) { std::fill_n(gradients + first, count, Scalar(0)); });
  }
}

/// Calls run(first, count) so that the ranges cover once what moves in a step; the gradients of the
/// rest are zero afterwards.
template <class Scalar, class Run>
void step_moving(std::string_view optimiser, Parameters<Scalar>& parameters, const StepOptions& now,
                 Run&& run) {
  for (const Segment& segment : moving_segments(optimiser, parameters.layout(), now.moving)) {
    split_segment(now.team, segment, run);
  }
  zero_frozen_gradients(parameters, now);
}

/// Sets the state of a range to zero, if there is any state.
template <class Scalar>
void reset_state(std::string_view optimiser, const ParameterRange& range, Buffer<Scalar>& state) {
  if (state.empty()) return;
  require_size(optimiser, state.size(), range.layout_size());
  for (const Segment& segment : range.segments()) {
    std::fill_n(state.data() + segment.offset, segment.size, Scalar(0));
  }
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
