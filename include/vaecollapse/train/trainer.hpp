// The training loop: batches, steps, evaluation on dev, early stopping. It prints nothing and
// writes no file; it reports to a listener.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/dropout/corruption.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/prober.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/metrics/early_signs.hpp>
#include <vaecollapse/metrics/symbol_scores.hpp>
#include <vaecollapse/optim/clip.hpp>
#include <vaecollapse/optim/concepts.hpp>
#include <vaecollapse/optim/schedule.hpp>
#include <vaecollapse/train/divergence.hpp>
#include <vaecollapse/train/report.hpp>
#include <vaecollapse/train/spikes.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The length of a training and the shape of its steps.
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
  /// Words of dev that are looked at closely after each epoch, for early signs of a collapse; 0:
  /// none. Training does not depend on it.
  Index probe = 32;
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
template <class Model, Optimiser<float> Optimiser, SymbolRows Rows = Corpus>
class Trainer {
 public:
  /// Everything passed by reference must outlive the trainer.
  /// \throws Error for an empty corpus, options out of range, or more than `Draws::steps` steps
  Trainer(Model model, Parameters<float>& parameters, Optimiser optimiser, const Rows& train,
          const Rows& dev, TrainOptions options, Team& team)
      : model_(std::move(model)),
        parameters_(parameters),
        optimiser_(std::move(optimiser)),
        train_(train),
        dev_(dev),
        options_(options),
        team_(team),
        tape_(parameters, team),
        sampler_(train, options.seed, {.batch = options.batch, .pool = options.pool}),
        evaluation_(model_.network(), parameters, team, {.seed = options.seed}),
        probing_(model_.network(), parameters, team) {
    if (train.size() == 0 || dev.size() == 0) {
      detail::raise_error({"trainer: train has ", train.size(), " rows, dev has ", dev.size(),
                           ": there must be some in both"});
    }
    require_steps();
    optimiser_.prepare(parameters.size());
  }
  Trainer(Model, Parameters<float>&, Optimiser, const Rows&&, const Rows&, TrainOptions,
          Team&) = delete;  // give the training data a name
  Trainer(Model, Parameters<float>&, Optimiser, const Rows&, const Rows&&, TrainOptions,
          Team&) = delete;  // give the dev data a name
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains to the end of the last epoch, until patience ends, or until `request_stop`. Called
  /// again, it goes on from there.
  /// \throws DivergenceError for a loss, gradient or weight that is not finite; the state, which
  /// may then be anything, can be loaded anew and trained on
  template <TrainingListener Listener>
  void fit(Listener& listener) {
    const OneStop one_stop(stop_);
    parameters_.zero_gradients();
    const auto start = Clock::now() - std::chrono::duration_cast<Clock::duration>(
                                          std::chrono::duration<double>(seconds_));
    while (!is_finished()) {
      if (!run_epoch(listener, start)) return;
      listener.on_epoch(end_epoch(start));
    }
  }

  /// Makes `fit` return after the step that is running, or, if that is the last of an epoch, after
  /// the epoch's report. It is for one `fit`, however that ends: the one that runs or, if none
  /// does, the next, which then makes no step. May be called from a listener, from another thread
  /// and from a signal's handler.
  void request_stop() noexcept { stop_.store(true, std::memory_order_relaxed); }

  /// Whether there is nothing more to do for `fit`.
  bool is_finished() const {
    return epoch_ == options_.epochs ||
           (options_.patience > 0 && epochs_since_best_ >= options_.patience);
  }

  /// Multiplies the learning rate of all steps to come.
  void scale_learning_rate(double factor) { learning_rate_scale_ *= factor; }
  double learning_rate_scale() const { return learning_rate_scale_; }
  /// The learning rate of the steps to come, before its schedule.
  double learning_rate() const { return options_.learning_rate * learning_rate_scale_; }

  /// To be called before the state is saved. \throws DivergenceError for a weight that is not
  /// finite
  void check_weights() const {
    const std::string found = detail::first_non_finite("weights", parameters_.layout(),
                                                       std::as_const(parameters_).values());
    if (!found.empty()) raise(DivergenceError(where() + " a weight is not finite" + found));
  }

  const Model& model() const { return model_; }
  const Parameters<float>& parameters() const { return parameters_; }
  std::uint64_t step() const { return step_; }
  /// The step with which the running epoch began.
  std::uint64_t epoch_begin() const {
    return epoch_ * static_cast<std::uint64_t>(sampler_.batches());
  }
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
    visitor("learning_rate_scale", learning_rate_scale_);
    visitor("kl_weight", last_.kl_weight);
    visitor("multiplier", last_.multiplier);
    visit_state("spikes", spikes_, visitor);
    visitor("best_accuracy", best_.accuracy);
    visitor("best_levenshtein", best_.levenshtein);
    visitor("epochs_since_best", epochs_since_best_);
    visitor("epoch_nll", sums_.nll);
    visitor("epoch_rate", sums_.rate);
    visitor("epoch_auxiliary", sums_.auxiliary);
    visitor("epoch_examples", sums_.examples);
    visitor("epoch_gradient_norm", sums_.gradient_norm);
    visitor("epoch_gradient_norm_max", sums_.gradient_norm_max);
    visitor("epoch_spikes", sums_.spikes);
    visitor("epoch_seconds", sums_.seconds);
    visit_state("early_signs", early_signs_, visitor);
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// Takes the request to stop back when a `fit` ends.
  class OneStop {
   public:
    explicit OneStop(std::atomic<bool>& stop) : stop_(stop) {}
    ~OneStop() { stop_.store(false, std::memory_order_relaxed); }
    OneStop(const OneStop&) = delete;
    OneStop& operator=(const OneStop&) = delete;

   private:
    std::atomic<bool>& stop_;
  };

  /// The sums over the steps of the running epoch.
  struct Sums {
    double nll = 0, rate = 0, auxiliary = 0, examples = 0, seconds = 0;
    double gradient_norm = 0, gradient_norm_max = 0;
    std::uint64_t spikes = 0;
  };

  static double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  /// Each step has draws of its own.
  void require_steps() const {
    const auto batches = static_cast<std::uint64_t>(sampler_.batches());
    if (options_.epochs <= Draws::steps / batches) return;
    detail::raise_error({"trainer: epochs are ", options_.epochs, ", of ", batches,
                         " steps each: there can be ", Draws::steps, " steps at most"});
  }

  /// The beginning of errors.
  std::string where() const { return "trainer: after step " + std::to_string(step_); }

  /// False if it was stopped.
  template <class Listener>
  bool run_epoch(Listener& listener, Clock::time_point start) {
    const Batches& batches = sampler_.epoch(epoch_);
    while (batch_index_ < static_cast<std::uint64_t>(batches.size())) {
      if (stop_.load(std::memory_order_relaxed)) return false;
      const StepReport report = make_step(batches[static_cast<Index>(batch_index_)]);
      ++batch_index_;
      add(report);
      seconds_ = since(start);
      listener.on_step(report);
    }
    return true;
  }

  void add(const StepReport& report) {
    const auto examples = static_cast<double>(report.examples);
    sums_.nll += report.objective.nll * examples;
    sums_.rate += report.objective.rate * examples;
    sums_.auxiliary += report.objective.auxiliary * examples;
    sums_.examples += examples;
    sums_.gradient_norm += report.gradient_norm * examples;
    sums_.gradient_norm_max = std::max(sums_.gradient_norm_max, report.gradient_norm);
    if (spikes_.add(report.objective.loss)) ++sums_.spikes;
    sums_.seconds += report.seconds;
  }

  [[noreturn]] void diverge(std::span<const Row> rows, double loss, double norm,
                            const std::string& fault) const {
    raise(DivergenceError("trainer: in step " + std::to_string(step_ + 1) + " the loss is " +
                          std::to_string(loss) + " and the gradient's norm " +
                          std::to_string(norm) + ": both must be finite; lower the learning rate" +
                          (fault.empty() ? "" : "; of the values, " + fault) +
                          detail::first_non_finite("weights", parameters_.layout(),
                                                   std::as_const(parameters_).values()) +
                          detail::first_non_finite("gradients", parameters_.layout(),
                                                   std::as_const(parameters_).gradients()) +
                          "; the batch's rows, from 0: " + detail::listed(rows)));
  }

  StepReport make_step(std::span<const Row> rows) {
    const auto start = Clock::now();
    batch_.assign(train_, rows);
    std::string fault;
    const Report report =
        model_.differentiate(tape_, batch_, Draws(options_.seed, step_), corruption_, &fault);
    const Clipped clipped = clip_by_norm(parameters_, options_.clip, &team_);
    if (!is_finite(report.loss) || !is_finite(clipped.norm)) {
      diverge(rows, report.loss, clipped.norm, fault);
    }
    const double rate = learning_rate() * options_.schedule(step_, planned_steps());
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

  /// A probe of the posteriors of the first words of dev. A few steps and one sample of each: a
  /// sign, and not a measurement.
  ProbedSigns probe() {
    const Index size = std::min(options_.probe, dev_.size());
    if (size < 2) return {};
    probed_.assign(dev_, detail::rows_in_order(size));
    const PosteriorProbe found =
        probe_posteriors(probing_, probed_, {.steps = 5, .samples = 1, .seed = options_.seed});
    return {found.gradient_ratio(), found.permutation_gap, found.gap};
  }

  EpochReport end_epoch(Clock::time_point start) {
    check_weights();
    ElboRows rows = elbo_rows(evaluation_, dev_);
    const ElboTerms elbo = rows.mean();
    if (!is_finite(elbo.elbo())) {
      raise(DivergenceError(where() + " the dev ELBO is not finite"));
    }
    const SymbolScores scores = score_symbols(dev_, decode_rows(evaluation_, dev_));
    const bool best = is_better(scores, best_);
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
            .signs = early_signs_.add(elbo.rate, probe(), elbo.nll),
            .gradient_norm = sums.gradient_norm / sums.examples,
            .gradient_norm_max = sums.gradient_norm_max,
            .loss_spikes = sums.spikes,
            .best = best};
  }

  Model model_;
  Parameters<float>& parameters_;
  Optimiser optimiser_;
  const Rows& train_;
  const Rows& dev_;
  TrainOptions options_;
  Team& team_;
  Tape<float> tape_;
  Sampler<Rows> sampler_;
  Evaluation<typename Model::Network> evaluation_;
  Probing<typename Model::Network> probing_;
  Batch batch_, probed_;
  Corruption corruption_;
  Report last_;  ///< of it an epoch's report needs the two weights
  SpikeCounter spikes_;
  Sums sums_;
  EarlySignHistory early_signs_;
  SymbolScores best_{-1, 0};
  std::uint64_t epoch_ = 0, batch_index_ = 0, step_ = 0, epochs_since_best_ = 0;
  double seconds_ = 0, learning_rate_scale_ = 1;
  std::atomic<bool> stop_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may take no lock");
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
