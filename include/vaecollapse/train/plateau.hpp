// Decay on plateau: where dev no longer improves, the learning rate falls and the weights go back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <vaecollapse/core/buffer.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/train/criterion.hpp>
#include <vaecollapse/train/options.hpp>
#include <vaecollapse/train/plan/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Watches the epochs by the trainer's criterion. At a plateau the learning rate is multiplied by
/// `factor`, and before the next step the weights become those of the best epoch of the phase; what
/// the optimiser has kept is forgotten. A phase begins at the full rate. Without options nothing is
/// watched and there is no state. \cost memory for the weights, and a copy of them for each best
/// epoch
class Plateau {
 public:
  /// \throws Error for a patience or times of 0, and for a factor that is not above 0 and below 1
  explicit Plateau(const std::optional<PlateauOptions>& options, const Layout& layout)
      : options_(options) {
    if (!options_) return;
    if (options_->patience == 0 || options_->times == 0) {
      detail::raise_error({"plateau: patience is ", options_->patience, " and times ",
                           options_->times, ": each must be at least 1"});
    }
    if (!(is_positive(options_->factor) && options_->factor < 1)) {
      detail::raise_error(
          {"plateau: factor is ", options_->factor, ": it must be more than 0 and less than 1"});
    }
    best_weights_ = detail::Buffer<float>(layout.size());
  }

  /// What the learning rate is multiplied by.
  double rate() const { return rate_; }
  /// Whether the last phase has come to the plateau that ends it.
  bool has_ended() const { return has_ended_ != 0; }

  /// An epoch was judged. \param epoch from 0 \param weights by which it was judged
  template <class Criterion>
  void after_epoch(const Criterion& criterion, const Score& score, const PhaseSpan& phase,
                   std::uint64_t epoch, const Parameters<float>& weights) {
    if (!options_) return;
    const bool is_better =
        !is_nan(score.value) && (is_nan(best_.value) || criterion.is_better(score, best_));
    if (is_better) {
      best_ = score;
      std::ranges::copy(weights.values(), best_weights_.data());
    }
    epochs_since_best_ = is_better ? 0 : epochs_since_best_ + 1;
    const bool may_decay = epoch + 1 - phase.first >= options_->from;
    if (may_decay && epochs_since_best_ >= options_->patience) decay(phase.is_last);
  }

  /// The next phase has its own rate and its own best epoch.
  void begin_phase() {
    rate_ = 1;
    decays_ = epochs_since_best_ = goes_back_ = 0;
    best_ = none_;
  }

  /// Before a step: takes the weights back if that is due. \param judged those that epochs are
  /// judged by, which may be an average
  template <class Context>
  void before_step(Context& context, Parameters<float>& judged) {
    if (goes_back_ == 0) return;
    goes_back_ = 0;
    const std::span<const float> best(std::as_const(best_weights_));
    context.restore(best);
    if (&judged != &context.parameters()) std::ranges::copy(best, judged.values().begin());
  }

  void visit(Visitor& visitor) {
    if (!options_) return;
    visitor("rate", rate_);
    visitor("decays", decays_);
    visitor("epochs_since_best", epochs_since_best_);
    visitor("best", best_.value);
    visitor("best_tie_break", best_.tie_break);
    visitor("best_weights", std::span<float>(best_weights_));
    visitor("goes_back", goes_back_);
    visitor("has_ended", has_ended_);
  }

 private:
  void decay(bool is_last_phase) {
    epochs_since_best_ = 0;
    if (decays_ == options_->times) {
      has_ended_ = is_last_phase ? 1 : 0;
      return;
    }
    ++decays_;
    rate_ *= options_->factor;
    goes_back_ = is_nan(best_.value) ? 0 : 1;
  }

  static constexpr Score none_{not_a_number<double>(), 0};

  std::optional<PlateauOptions> options_;
  double rate_ = 1;
  std::uint64_t decays_ = 0;  ///< of this phase
  std::uint64_t epochs_since_best_ = 0;
  Score best_ = none_;  ///< of this phase
  detail::Buffer<float> best_weights_;
  std::uint64_t goes_back_ = 0;  ///< 1: before the next step
  std::uint64_t has_ended_ = 0;  ///< 1: nothing is left to do
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
