// What a training step works with: the model on a tape, its parameters and optimiser, and the
// numbers of updates.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/statistics.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/data/batch.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/dropout/corruption.hpp>
#include <vaecollapse/model/vae_terms.hpp>
#include <vaecollapse/objective/terms.hpp>
#include <vaecollapse/optim/concepts.hpp>
#include <vaecollapse/train/clipping.hpp>
#include <vaecollapse/train/divergence.hpp>
#include <vaecollapse/train/step/concepts.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A step calls `differentiate` for each of its parts, then `update` once; it may do both several
/// times. The objective is evaluated once a part. An update's number, which is never used twice,
/// addresses its draws; a part of another corpus needs `draws` of another seed, for draws are
/// addressed by row.
template <class Model, Optimiser<float> Optimiser, SymbolRows Rows, Clipping Clipping = ClipByNorm>
class StepContext {
 public:
  /// All that is passed by reference must outlive this.
  StepContext(Model model, Parameters<float>& parameters, Optimiser optimiser, const Rows& rows,
              Clipping clipping, Seed seed, Team& team)
      : model_(std::move(model)),
        parameters_(parameters),
        optimiser_(std::move(optimiser)),
        rows_(rows),
        clipping_(std::move(clipping)),
        seed_(seed),
        team_(team),
        tape_(parameters, team) {
    optimiser_.prepare(parameters.layout());
  }
  StepContext(const StepContext&) = delete;
  StepContext& operator=(const StepContext&) = delete;

  Model& model() { return model_; }
  const Model& model() const { return model_; }
  Parameters<float>& parameters() { return parameters_; }
  const Parameters<float>& parameters() const { return parameters_; }
  Tape<float>& tape() { return tape_; }
  Team& team() { return team_; }
  /// The training rows.
  const Rows& rows() const { return rows_; }
  /// A batch that keeps its memory from step to step.
  Batch& batch() { return batch_; }
  Seed seed() const { return seed_; }

  /// The number of the update that comes next.
  std::uint64_t update_number() const { return update_; }
  /// Its draws.
  Draws draws() const { return Draws(seed_, update_); }

  /// Adds the gradient of `weight` times the objective over a batch, which is one part.
  Report differentiate(const Batch& batch, double weight = 1) {
    return differentiate(batch, draws(), weight);
  }
  Report differentiate(const Batch& batch, const Draws& draws, double weight) {
    const Report report =
        model_.differentiate(tape_, batch, draws, corruption_, &parts_.fault, weight);
    parts_.add(report, weight, batch);
    return report;
  }
  /// The same where the step has put the terms of the batch on the tape itself. Auxiliary losses
  /// are then the step's own matter.
  Report differentiate(const Batch& batch, const VaeTerms<float>& terms, double weight) {
    const Report report = model_.differentiate(tape_, terms, &parts_.fault, weight);
    parts_.add(report, weight, batch);
    return report;
  }

  /// From now on only a range moves: what else there is has no gradients and is neither clipped nor
  /// stepped. Null: everything moves. The range must outlive its use.
  void set_moving(const ParameterRange* moving) {
    tape_.set_moving(moving);
    moving_ = moving;
  }
  const ParameterRange* moving() const { return moving_; }

  /// Draws a range anew, addressed by the number of the update that comes next, and forgets what
  /// the optimiser has kept of it.
  void make_anew(const ParameterRange& range) {
    parameters_.redraw(range, seed_, update_);
    optimiser_.reset(range);
  }

  /// Puts weights of before in the place of all, and forgets what the optimiser has kept.
  void restore(std::span<const float> weights) {
    std::ranges::copy(weights, parameters_.values().begin());
    optimiser_.reset(ParameterRange::without(parameters_.layout(), {}));
  }

  /// Clips and steps by the gradients of the parts since the last update, which are zero
  /// afterwards. \throws DivergenceError if loss or gradient is not finite
  StepResult update() { return update(moving_); }
  /// The same where only `stepped` is stepped; clipping is by all that moves.
  StepResult update(const ParameterRange* stepped) {
    const Clipped clipped = clipping_.clip(parameters_, team_, moving_);
    if (!is_finite(parts_.sum.loss) || !is_finite(clipped.norm)) diverge(clipped.norm);
    update_statistics(parameters_);
    optimiser_.step(parameters_, {.learning_rate = learning_rate_,
                                  .gradient_scale = clipped.scale,
                                  .team = &team_,
                                  .moving = stepped});
    ++update_;
    const StepResult result{parts_.mean(), clipped.norm, static_cast<Index>(parts_.rows.size())};
    parts_.clear();
    return result;
  }

  /// For the trainer: the decoder step, from 1, and the learning rate of its updates.
  void begin_step(std::uint64_t step, double learning_rate) {
    step_ = step;
    learning_rate_ = learning_rate;
  }
  /// For the trainer: forgets what a step that failed has left behind.
  void clear() {
    parameters_.zero_gradients();
    parts_.clear();
  }
  /// For the trainer: the number of the next update, as a checkpoint has it.
  void set_update_number(std::uint64_t number) { update_ = number; }

  void visit(Visitor& visitor) {
    visit_state("parameters", parameters_, visitor);
    visit_state("optimiser", optimiser_, visitor);
    visit_state("model", model_, visitor);
  }

 private:
  /// What the parts since the last update come to.
  struct Parts {
    Report sum{.kl_weight = 0};
    double weights = 0;
    std::vector<Row> rows;
    std::string fault;

    void add(const Report& report, double weight, const Batch& batch) {
      sum.loss += weight * report.loss;
      sum.nll += weight * report.nll;
      sum.rate += weight * report.rate;
      sum.penalty += weight * report.penalty;
      sum.kl_weight += weight * report.kl_weight;
      sum.multiplier += weight * report.multiplier;
      sum.auxiliary += weight * report.auxiliary;
      weights += weight;
      rows.insert(rows.end(), batch.rows().begin(), batch.rows().end());
    }
    Report mean() const {
      return {.loss = sum.loss,
              .nll = sum.nll / weights,
              .rate = sum.rate / weights,
              .penalty = sum.penalty / weights,
              .kl_weight = sum.kl_weight / weights,
              .multiplier = sum.multiplier / weights,
              .auxiliary = sum.auxiliary / weights};
    }
    void clear() {
      sum = {.kl_weight = 0};
      weights = 0;
      rows.clear();
      fault.clear();
    }
  };

  [[noreturn]] void diverge(double norm) const {
    raise(DivergenceError("trainer: in step " + std::to_string(step_) + " the loss is " +
                          std::to_string(parts_.sum.loss) + " and the gradient's norm " +
                          std::to_string(norm) + ": both must be finite; lower the learning rate" +
                          (parts_.fault.empty() ? "" : "; of the values, " + parts_.fault) +
                          detail::first_non_finite("weights", parameters_.layout(),
                                                   std::as_const(parameters_).values()) +
                          detail::first_non_finite("gradients", parameters_.layout(),
                                                   std::as_const(parameters_).gradients()) +
                          "; the batch's rows, from 0: " + detail::listed(parts_.rows)));
  }

  Model model_;
  Parameters<float>& parameters_;
  Optimiser optimiser_;
  const Rows& rows_;
  Clipping clipping_;
  Seed seed_;
  Team& team_;
  Tape<float> tape_;
  Batch batch_;
  Corruption corruption_;
  Parts parts_;
  const ParameterRange* moving_ = nullptr;  ///< null: all
  std::uint64_t update_ = 0, step_ = 0;
  double learning_rate_ = 0;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
