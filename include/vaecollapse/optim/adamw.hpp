// AdamW: Adam with a weight decay of its own, beside the gradient.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The defaults are PyTorch's.
struct AdamWOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
  /// False: vectors, such as biases and the gains of a normalisation, have no decay.
  bool decay_vectors = true;
};

/// Adam's step from values that decay first: value -= learning_rate * weight_decay * value. The
/// decay is no part of the gradient: neither the moments nor clipping know of it. What is frozen
/// does not decay.
/// \cost as Adam
/// \source Loshchilov & Hutter 2019, algorithm 2; the same numbers as PyTorch's AdamW
template <class Scalar = float>
class AdamW {
 public:
  /// \throws Error for an option out of range
  explicit AdamW(AdamWOptions options = {})
      : options_(options),
        state_("adamw", {options.learning_rate, options.beta1, options.beta2, options.epsilon}) {
    require_decay(options.weight_decay);
  }

  const AdamWOptions& options() const { return options_; }
  /// How many steps were taken.
  std::uint64_t steps() const { return state_.steps(); }

  /// The parameters of a range have a decay of their own from now on, vectors too. Of ranges that
  /// overlap the newest counts. A checkpoint does not hold it, as it does not hold the options.
  /// \throws Error for a decay that is negative or not finite
  void set_weight_decay(ParameterRange range, double weight_decay) {
    require_decay(weight_decay);
    decays_.emplace_back(std::move(range), weight_decay);
  }

  /// Allocates both moments, zero, for the parameters of a layout.
  /// \throws Error if they are there for another number, or a range with a decay is of another
  /// layout
  void prepare(const Layout& layout) {
    for (const auto& [range, decay] : decays_) range.require_of(layout, "adamw: weight decay");
    state_.prepare(layout);
  }

  /// One step down the gradients, which are zero afterwards.
  /// \throws Error for parameters of another size than before, a range of others, or a learning
  /// rate that is negative or not finite
  void step(Parameters<Scalar>& parameters, const StepOptions& now = {}) {
    const Layout& layout = parameters.layout();
    prepare(layout);
    state_.step(parameters, now, [&](std::size_t entry) { return decay_of(layout, entry); });
  }

  /// The moments of a range are zero afterwards, and its next step is its first. Its decay stays.
  /// \throws Error for a range of other parameters
  void reset(const ParameterRange& range) { state_.reset(range); }

  void visit(Visitor& visitor) { state_.visit(visitor); }

 private:
  static void require_decay(double decay) {
    detail::require_option(decay >= 0 && is_finite(decay), "adamw", "weight_decay", decay,
                           "finite, 0 or more");
  }

  double decay_of(const Layout& layout, std::size_t entry) const {
    for (auto own = decays_.rbegin(); own != decays_.rend(); ++own) {
      if (own->first.contains(entry)) return own->second;
    }
    const bool is_vector = layout.entries()[entry].shape.rank < 2;
    return is_vector && !options_.decay_vectors ? 0 : options_.weight_decay;
  }

  AdamWOptions options_;
  detail::AdamState<Scalar> state_;
  std::vector<std::pair<ParameterRange, double>> decays_;
};

/// In float by default.
AdamW()->AdamW<float>;
/// In float by default.
AdamW(AdamWOptions)->AdamW<float>;

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
