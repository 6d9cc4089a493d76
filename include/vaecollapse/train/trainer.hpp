// The training loop: batches, steps, evaluation on dev, early stopping. It prints nothing and
// writes no file: it tells a listener.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/dropout/corruption.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/optim/concepts.hpp>
#include <vaecollapse/optim/schedule.hpp>
#include <vaecollapse/train/evaluate.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

struct TrainOptions {
  std::uint64_t epochs = 30;
  Index batch = 64;
  /// Batches whose rows are sorted by length together. Ragged batches have no padding to save, and
  /// with words of all lengths in each batch an objective of the batch's mean rate lets long words
  /// have more nats than short ones: so by default rows are not sorted.
  Index pool = 1;
  double learning_rate = 2e-3;
  WarmupCosine schedule{};
  /// The greatest norm of the gradient; larger ones are scaled down to it.
  double clip = 1;
  /// Stops after so many epochs without a better dev accuracy; 0 never does.
  std::uint64_t patience = 0;
  Seed seed{1};
};

/// `void on_step(const StepReport&)` and `void on_epoch(const EpochReport&)`.
template <class L>
concept TrainingListener = requires(L& listener, const StepReport& step, const EpochReport& epoch) {
  listener.on_step(step);
  listener.on_epoch(epoch);
};

/// Trains a `Seq2SeqVae` on one corpus and watches it on another. All state that matters to what
/// comes next is in `visit`: a trainer that is made anew and visited by a loader continues with
/// the same bits.
template <class Model, Optimiser<float> Optimiser>
class Trainer {
 public:
  /// Everything passed by reference must outlive the trainer.
  /// \throws Error for an empty corpus or options out of range
  Trainer(Model model, Parameters<float>& parameters, Optimiser optimiser, const Corpus& train,
          const Corpus& dev, TrainOptions options, Team& team)
      : model_(std::move(model)),
        parameters_(parameters),
        optimiser_(std::move(optimiser)),
        train_(train),
        dev_(dev),
        options_(options),
        team_(team),
        tape_(parameters, team),
        sampler_(train, options.seed, {.batch = options.batch, .pool = options.pool}),
        evaluator_(model_.network(), parameters, team, {.seed = options.seed}) {
    if (train.size() == 0 || dev.size() == 0) {
      raise(Error("trainer: train has " + std::to_string(train.size()) + " rows, dev has " +
                  std::to_string(dev.size()) + ": there must be some in both"));
    }
    optimiser_.prepare(parameters.size());
  }
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains to the end of the last epoch, until patience ends, or until `request_stop`.
  template <TrainingListener Listener>
  void fit(Listener& listener) {
    const auto start = Clock::now() - std::chrono::duration_cast<Clock::duration>(
                                          std::chrono::duration<double>(seconds_));
    while (epoch_ < options_.epochs && !out_of_patience()) {
      if (!run_epoch(listener, start)) return;
      listener.on_epoch(end_epoch(start));
    }
  }

  /// Makes `fit` return after the step that is running. May be called from a listener, or from
  /// another thread.
  void request_stop() { stop_.store(true, std::memory_order_relaxed); }

  const Model& model() const { return model_; }
  const Parameters<float>& parameters() const { return parameters_; }
  std::uint64_t step() const { return step_; }
  std::uint64_t planned_steps() const {
    return options_.epochs * static_cast<std::uint64_t>(sampler_.batches());
  }

  void visit(Visitor& visitor) {
    visit_state("parameters", parameters_, visitor);
    visit_state("optimiser", optimiser_, visitor);
    visit_state("model", model_, visitor);
    visitor("epoch", epoch_);
    visitor("batch", batch_index_);
    visitor("step", step_);
    visitor("seconds", seconds_);
    visitor("best_accuracy", best_.accuracy);
    visitor("best_levenshtein", best_.levenshtein);
    visitor("epochs_since_best", epochs_since_best_);
    visitor("epoch_nll", sums_.nll);
    visitor("epoch_rate", sums_.rate);
    visitor("epoch_auxiliary", sums_.auxiliary);
    visitor("epoch_examples", sums_.examples);
    visitor("epoch_seconds", sums_.seconds);
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Sums {
    double nll = 0, rate = 0, auxiliary = 0, examples = 0, seconds = 0;
  };

  static double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  bool out_of_patience() const {
    return options_.patience > 0 && epochs_since_best_ >= options_.patience;
  }

  /// False if it was stopped.
  template <class Listener>
  bool run_epoch(Listener& listener, Clock::time_point start) {
    const Batches& batches = sampler_.epoch(epoch_);
    while (batch_index_ < static_cast<std::uint64_t>(batches.size())) {
      if (stop_.load(std::memory_order_relaxed)) return false;
      const StepReport report = make_step(batches[static_cast<Index>(batch_index_)]);
      ++batch_index_;
      const auto examples = static_cast<double>(report.examples);
      sums_.nll += report.objective.nll * examples;
      sums_.rate += report.objective.rate * examples;
      sums_.auxiliary += report.objective.auxiliary * examples;
      sums_.examples += examples;
      sums_.seconds += report.seconds;
      seconds_ = since(start);
      listener.on_step(report);
    }
    return true;
  }

  StepReport make_step(std::span<const Row> rows) {
    const auto start = Clock::now();
    batch_.assign(train_, rows);
    const Report report =
        model_.differentiate(tape_, batch_, Draws(options_.seed, step_), corruption_);
    const Clipped clipped = clip_by_norm(parameters_, options_.clip, &team_);
    if (!std::isfinite(report.loss) || !std::isfinite(clipped.norm)) {
      raise(Error("trainer: in step " + std::to_string(step_ + 1) + " the loss is " +
                  std::to_string(report.loss) + " and the gradient's norm " +
                  std::to_string(clipped.norm) + ": both must be finite; lower the learning rate"));
    }
    const double rate = options_.learning_rate * options_.schedule(step_, planned_steps());
    optimiser_.step(parameters_,
                    {.learning_rate = rate, .gradient_scale = clipped.scale, .team = &team_});
    model_.after_step(report);
    last_ = report;
    ++step_;
    return {.step = step_,
            .steps = planned_steps(),
            .epoch = epoch_ + 1,
            .examples = static_cast<Index>(rows.size()),
            .seconds = since(start),
            .learning_rate = rate,
            .gradient_norm = clipped.norm,
            .objective = report};
  }

  EpochReport end_epoch(Clock::time_point start) {
    ElboRows rows = evaluator_.elbo_rows(dev_);
    const ElboTerms elbo = rows.mean();
    const SymbolScores scores = score_symbols(dev_, evaluator_.guesses(dev_));
    const bool best = scores.accuracy > best_.accuracy ||
                      (scores.accuracy == best_.accuracy && scores.levenshtein < best_.levenshtein);
    if (best) best_ = scores;
    epochs_since_best_ = best ? 0 : epochs_since_best_ + 1;
    seconds_ = since(start);
    const Sums sums = sums_;
    sums_ = {};
    batch_index_ = 0;
    ++epoch_;
    return {.epoch = epoch_,
            .step = step_,
            .seconds = seconds_,
            .examples_per_second = sums.examples / std::max(sums.seconds, 1e-9),
            .train_nll = sums.nll / sums.examples,
            .train_rate = sums.rate / sums.examples,
            .dev_nll = elbo.nll,
            .dev_rate = elbo.rate,
            .dev_elbo = elbo.elbo(),
            .dev_accuracy = scores.accuracy,
            .dev_levenshtein = scores.levenshtein,
            .kl_weight = last_.kl_weight,
            .multiplier = last_.multiplier,
            .train_auxiliary = sums.auxiliary / sums.examples,
            .kl_per_dimension = std::move(rows.kl_per_dimension),
            .signs = {},
            .best = best};
  }

  Model model_;
  Parameters<float>& parameters_;
  Optimiser optimiser_;
  const Corpus& train_;
  const Corpus& dev_;
  TrainOptions options_;
  Team& team_;
  Tape<float> tape_;
  Sampler sampler_;
  Evaluator<typename Model::Network> evaluator_;
  Batch batch_;
  Corruption corruption_;
  Report last_;
  Sums sums_;
  SymbolScores best_{-1, 0};
  std::uint64_t epoch_ = 0, batch_index_ = 0, step_ = 0, epochs_since_best_ = 0;
  double seconds_ = 0;
  std::atomic<bool> stop_{false};
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
