// What a training plan must offer: how a training is divided, and what moves when.
#pragma once

#include <concepts>
#include <cstdint>

#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The epochs of a training over which the learning rate rises and falls once.
struct PhaseSpan {
  std::uint64_t first = 0;   ///< the first of its epochs, from 0
  std::uint64_t epochs = 0;  ///< how many
  /// Whether it is the last: only its epochs can be the best or use up patience.
  bool is_last = true;
};

/// `PhaseSpan span(epochs) const` of the phase that runs, in a training of so many epochs;
/// `void before_step(context)`, called before every decoder step, which may make updates of its own
/// and decides what moves; `void after_epoch(evaluation, dev, epoch)`. State, if any, is in
/// `visit`, and what a plan has set in the context follows from it in the next `before_step`.
template <class T, class Context, class Network, class Rows>
concept TrainingPlan = std::copy_constructible<T> &&
    requires(T& plan, const T& constant, Context& context, Evaluation<Network>& evaluation,
             const Rows& dev, const EpochReport& epoch, std::uint64_t epochs) {
  { constant.span(epochs) } -> std::same_as<PhaseSpan>;
  plan.before_step(context);
  plan.after_epoch(evaluation, dev, epoch);
};

/// All epochs alike, and everything moves.
struct OnePhase {
  PhaseSpan span(std::uint64_t epochs) const { return {0, epochs, true}; }
  template <class Context>
  void before_step(Context&) const {}
  template <class Network, SymbolRows Rows>
  void after_epoch(Evaluation<Network>&, const Rows&, const EpochReport&) const {}
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
