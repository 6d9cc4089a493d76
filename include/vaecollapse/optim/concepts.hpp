// The concept of an optimiser: it takes flat parameters with their gradients and makes a step.
#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/visit.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The options that may change from step to step.
struct StepOptions {
  /// None: the optimiser's own.
  std::optional<double> learning_rate = std::nullopt;
  /// Multiplies every gradient, in the same pass: `clip_by_norm` gives it.
  double gradient_scale = 1;
  /// None: the calling thread alone. The bits do not depend on it.
  Team* team = nullptr;
};

/// `void prepare(Index size)`: allocates the state for so many parameters, all zero, unless it is
/// there. A first step does it too; loading a checkpoint needs it before.
template <class T>
concept CanPrepare = requires(T& optimiser, Index size) {
  optimiser.prepare(size);
};

/// `void step(Parameters<Scalar>&, const StepOptions&)`: changes the values by their gradients and
/// sets the gradients to zero.
template <class T, class Scalar>
concept CanStep = requires(T& optimiser, Parameters<Scalar>& parameters,
                           const StepOptions& options) {
  optimiser.step(parameters, options);
};

/// Trains `Parameters<Scalar>`; all its state is in `visit`, so that a resumed run goes on with the
/// same bits.
template <class T, class Scalar = float>
concept Optimiser = CanPrepare<T> && CanStep<T, Scalar> && Visitable<T>;

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

/// Refuses parameters other than those that the state was created for.
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

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
