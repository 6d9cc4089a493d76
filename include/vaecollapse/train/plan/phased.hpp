// A training in phases: each has its objective, what moves, what is made anew, and an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/train/plan/concepts.hpp>
#include <vaecollapse/train/plan/training_phase.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Phases one after the other. A phase begins with its first decoder step: what it makes anew is
/// drawn then, addressed by the number of that step's update, and then the model enters the phase,
/// in which it may have another objective (`PhasedObjective`).
/// \source the phases of Li et al. 2019, "A Surprisingly Effective Fix for Deep Latent Variable
/// Modeling of Text"
class PhasedPlan {
 public:
  /// One phase in which everything moves.
  PhasedPlan() : phases_(1) {}
  /// \throws Error for no phase, one without epochs before the last, a last one with epochs, a
  /// first one that makes something anew, one that both moves and freezes or in which nothing
  /// moves, and a prefix that names no parameter
  PhasedPlan(const Layout& layout, const std::vector<TrainingPhase>& phases) {
    require_phases(phases);
    for (const TrainingPhase& phase : phases) phases_.push_back(ranges_of(layout, phase));
  }

  std::size_t phases() const { return phases_.size(); }
  /// The phase that runs, from 0.
  std::uint64_t phase() const { return phase_; }

  /// \throws Error if no epoch is left for the last phase
  PhaseSpan span(std::uint64_t epochs) const {
    std::uint64_t before = 0, first = 0;
    for (std::size_t i = 0; i < phases_.size(); ++i) {
      if (i == phase_) first = before;
      before += phases_[i].epochs;
    }
    if (before > 0 && before >= epochs) {
      detail::raise_error({"plan: the phases before the last have ", before,
                           " epochs, and the training has ", epochs,
                           ": the last phase needs at least one"});
    }
    const bool is_last = running() + 1 == phases_.size();
    return {first, is_last ? epochs - first : phases_[running()].epochs, is_last};
  }

  template <class Context>
  void before_step(Context& context) {
    const Ranges& phase = phases_[running()];
    if (has_begun_ == 0) {
      if (phase.anew) context.make_anew(*phase.anew);
      context.model().enter_phase(phase_);
      has_begun_ = 1;
    }
    context.set_moving(phase.moving ? &*phase.moving : nullptr);
  }

  template <class Network, SymbolRows Rows>
  void after_epoch(Evaluation<Network>&, const Rows&, const EpochReport&) {
    ++epochs_;
    if (phase_ + 1 == phases_.size() || epochs_ < phases_[running()].epochs) return;
    ++phase_;
    epochs_ = has_begun_ = 0;
  }

  /// Nothing where there is one phase, so that its checkpoints are those of a training without a
  /// plan.
  void visit(Visitor& visitor) {
    if (phases_.size() == 1) return;
    visitor("phase", phase_);
    visitor("epochs", epochs_);
    visitor("has_begun", has_begun_);
  }

 private:
  struct Ranges {
    std::uint64_t epochs = 0;
    std::optional<ParameterRange> anew{}, moving{};
  };

  static void require_phases(const std::vector<TrainingPhase>& phases) {
    if (phases.empty()) raise(Error("plan: there are no phases"));
    for (const TrainingPhase& phase : phases) {
      if ((&phase == &phases.back()) != (phase.epochs == 0)) {
        raise(
            Error("plan: each phase but the last has a number of epochs, and the last has all "
                  "that are left"));
      }
      if (!phase.frozen.empty() && !phase.moving.empty()) {
        raise(Error("plan: a phase states what is frozen or what moves, not both"));
      }
    }
    if (!phases.front().anew.empty()) {
      raise(Error("plan: the first phase makes nothing anew: it begins with new weights"));
    }
  }

  static Ranges ranges_of(const Layout& layout, const TrainingPhase& phase) {
    Ranges ranges{.epochs = phase.epochs};
    if (!phase.anew.empty()) ranges.anew.emplace(layout, phase.anew);
    if (!phase.moving.empty()) ranges.moving.emplace(layout, phase.moving);
    if (!phase.frozen.empty()) ranges.moving = ParameterRange::without(layout, phase.frozen);
    if (ranges.moving && ranges.moving->segments().empty()) {
      raise(Error("plan: a phase in which nothing moves learns nothing: freeze less"));
    }
    return ranges;
  }

  std::size_t running() const {
    if (phase_ < phases_.size()) return static_cast<std::size_t>(phase_);
    detail::raise_error(
        {"plan: phase ", phase_, ", counted from 0, is none of its ", phases_.size(), " phases"});
  }

  std::vector<Ranges> phases_;
  std::uint64_t phase_ = 0;
  std::uint64_t epochs_ = 0;     ///< of this phase, made
  std::uint64_t has_begun_ = 0;  ///< 1 once a step of this phase was made
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
