// What a rate policy and a schedule must offer: one small concept for each requirement, and the
// sentences that tell what to write where one is missing.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/objective/terms.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `Report evaluate(const Terms& terms, Seeds& seeds) const`.
template <class T>
concept EvaluatesTerms = requires(const T& policy, const Terms& terms, Seeds& seeds) {
  { policy.evaluate(terms, seeds) } -> std::same_as<Report>;
};

/// A policy is a value: the trainer copies it.
template <class T>
concept CopyablePolicy = std::copy_constructible<T>;

/// `void after_step(const Report& report)`: called once, after the optimiser's step.
template <class T>
concept LearnsAfterStep = requires(T& policy, const Report& report) {
  policy.after_step(report);
};

/// A member named `after_step` can be called as the hook it looks like.
template <class T>
concept AfterStepFits = LearnsAfterStep<T> || !requires {
  &T::after_step;
};

/// A policy that learns shows its state, or a checkpoint would miss it.
template <class T>
concept ShowsWhatItLearns = Visitable<T> || !LearnsAfterStep<T>;

/// What the KL costs: a function of the terms of a whole batch to a loss and its seeds. State is
/// optional: `after_step` changes it and `visit` shows it.
template <class T>
concept RatePolicy =
    EvaluatesTerms<T> && CopyablePolicy<T> && AfterStepFits<T> && ShowsWhatItLearns<T>;

/// `double weight(std::uint64_t step) const`.
template <class T>
concept WeighsSteps = requires(const T& schedule, std::uint64_t step) {
  { schedule.weight(step) } -> std::convertible_to<double>;
};

/// A weight on the KL that depends on the step alone.
template <class T>
concept Schedule = WeighsSteps<T> && std::copy_constructible<T>;

/// Fails to compile, with the sentence of the first thing that is missing, unless `T` is a
/// `RatePolicy`: for class templates that a user fills.
template <class T>
consteval bool require_rate_policy() {
  static_assert(EvaluatesTerms<T>,
                "a rate policy needs `Report evaluate(const Terms& terms, Seeds& seeds) const`; "
                "see docs/how_to/custom_objective.md");
  static_assert(CopyablePolicy<T>,
                "a rate policy is a value: it needs a copy constructor; "
                "see docs/how_to/custom_objective.md");
  static_assert(AfterStepFits<T>,
                "the step hook of a rate policy is `void after_step(const Report& report)`; "
                "see docs/how_to/custom_objective.md");
  static_assert(ShowsWhatItLearns<T>,
                "a rate policy with `after_step` learns, so it needs `void visit(Visitor& "
                "visitor)`, or a checkpoint would miss its state; "
                "see docs/how_to/custom_objective.md");
  return true;
}

/// The same for a `Schedule`.
template <class T>
consteval bool require_schedule() {
  static_assert(WeighsSteps<T>,
                "a schedule needs `double weight(std::uint64_t step) const`; "
                "see docs/how_to/custom_objective.md");
  static_assert(std::copy_constructible<T>,
                "a schedule is a value: it needs a copy constructor; "
                "see docs/how_to/custom_objective.md");
  return true;
}

/// `void enter_phase(std::uint64_t phase)`: what follows belongs to this phase of a training, from
/// 0. It is part of the policy's state.
template <class T>
concept HasPhases = requires(T& policy, std::uint64_t phase) {
  policy.enter_phase(phase);
};

/// Tells a policy that has phases which one begins.
template <class Policy>
void enter_phase(Policy& policy, std::uint64_t phase) {
  if constexpr (HasPhases<Policy>) policy.enter_phase(phase);
}

/// Tells a policy that learns that the optimiser has taken its step.
template <class Policy>
void notify_step(Policy& policy, const Report& report) {
  if constexpr (LearnsAfterStep<Policy>) policy.after_step(report);
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
