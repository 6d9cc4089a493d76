// The parts that a trainer is given besides model and data: which of them is of which kind.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/optim/schedule.hpp>
#include <vaecollapse/train/averaging.hpp>
#include <vaecollapse/train/clipping.hpp>
#include <vaecollapse/train/criterion.hpp>
#include <vaecollapse/train/dev_accuracy.hpp>
#include <vaecollapse/train/plan/concepts.hpp>
#include <vaecollapse/train/probe.hpp>
#include <vaecollapse/train/step/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// `const Batches& epoch(std::uint64_t number)`: the batches of an epoch, a function of its number,
/// and `Index batches() const`, how many each epoch has. The type of the batches is the sampler's
/// own: it has `size()`, and `[Index]` gives the rows of one, `std::span<const Row>`.
template <class T>
concept BatchSampler = std::move_constructible<T> &&
    requires(T& sampler, const T& constant, std::uint64_t epoch) {
  { constant.batches() } -> std::convertible_to<Index>;
  { sampler.epoch(epoch)[Index{0}] } -> std::convertible_to<std::span<const Row>>;
  { sampler.epoch(epoch).size() } -> std::convertible_to<Index>;
};

namespace detail {

struct ClippingKind {
  template <class T>
  static constexpr bool takes = Clipping<T>;
};
struct ScheduleKind {
  template <class T>
  static constexpr bool takes = LearningRateSchedule<T>;
};
struct SamplerKind {
  template <class T>
  static constexpr bool takes = BatchSampler<T>;
};
struct AveragingKind {
  template <class T>
  static constexpr bool takes = WeightAveraging<T>;
};
template <class Network, class Rows>
struct CriterionKind {
  template <class T>
  static constexpr bool takes = Criterion<T, Network, Rows>;
};
template <class Network, class Rows>
struct MeasureKind {
  template <class T>
  static constexpr bool takes = DevMeasure<T, Network, Rows>;
};
template <class Network, class Rows>
struct ProbeKind {
  template <class T>
  static constexpr bool takes = SignProbe<T, Network, Rows>;
};
template <class Context>
struct StepKind {
  template <class T>
  static constexpr bool takes = TrainingStep<T, Context>;
};
template <class Context, class Network, class Rows>
struct PlanKind {
  template <class T>
  static constexpr bool takes = TrainingPlan<T, Context, Network, Rows>;
};

/// The first of some parts that is of a kind, else a default.
template <class Kind, class Default, class... Parts>
struct PartOfKind {
  using type = Default;
};
template <class Kind, class Default, class First, class... Rest>
struct PartOfKind<Kind, Default, First, Rest...>
    : std::conditional_t<Kind::template takes<First>, std::type_identity<First>,
                         PartOfKind<Kind, Default, Rest...>> {};
template <class Kind, class Default, class... Parts>
using PartOf = typename PartOfKind<Kind, Default, Parts...>::type;

/// The same as a value, moved from its place.
template <class Kind, class Default>
Default take_part(Default usual) {
  return usual;
}
template <class Kind, class Default, class First, class... Rest>
PartOf<Kind, Default, First, Rest...> take_part(Default usual, First& first, Rest&... rest) {
  if constexpr (Kind::template takes<First>) {
    return std::move(first);
  } else {
    return take_part<Kind>(std::move(usual), rest...);
  }
}

/// How many of some parts are of a kind.
template <class Kind, class... Parts>
inline constexpr std::size_t parts_of = (std::size_t{Kind::template takes<Parts>} + ... + 0);

/// Fails to compile, with a sentence, unless every part is of one of the kinds, and each kind has
/// one part at most.
template <class Part, class... Kinds>
consteval bool require_part() {
  static_assert((Kinds::template takes<Part> || ...),
                "a part of a trainer is a training step, a criterion, a plan, a learning-rate "
                "schedule, a clipping, a sampler, an averaging of weights, a probe or a measure of "
                "dev; see "
                "docs/how_to/custom_training.md");
  return true;
}
template <class Kind, class... Parts>
consteval bool require_one() {
  static_assert(parts_of<Kind, Parts...> <= 1, "a trainer takes one part of each kind at most");
  return true;
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
