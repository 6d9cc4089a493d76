// The training loop: epochs of steps, evaluation on dev, early stopping. How a step is made, which
// epoch is best and what is measured on dev are parts that it is given. It prints nothing and
// writes no file; it reports to a listener.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/visit.hpp>
#include <vaecollapse/data/sampler.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/metrics/early_signs.hpp>
#include <vaecollapse/optim/concepts.hpp>
#include <vaecollapse/optim/schedule.hpp>
#include <vaecollapse/train/averaging.hpp>
#include <vaecollapse/train/clipping.hpp>
#include <vaecollapse/train/criterion.hpp>
#include <vaecollapse/train/dev_accuracy.hpp>
#include <vaecollapse/train/divergence.hpp>
#include <vaecollapse/train/epoch_sums.hpp>
#include <vaecollapse/train/options.hpp>
#include <vaecollapse/train/parts.hpp>
#include <vaecollapse/train/plan/concepts.hpp>
#include <vaecollapse/train/plateau.hpp>
#include <vaecollapse/train/probe.hpp>
#include <vaecollapse/train/report.hpp>
#include <vaecollapse/train/spikes.hpp>
#include <vaecollapse/train/step/context.hpp>
#include <vaecollapse/train/step/plain.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Trains a model such as `Seq2SeqVae` on one corpus and watches it on another. All state that
/// matters to what comes next is in `visit`: a trainer that is made anew and visited by a loader
/// continues with the same bits.
/// `Parts`, in any order, replace the usual ones: a training step (`PlainStep`), a criterion
/// (`DevAccuracy`), a plan (`OnePhase`), a learning-rate schedule, a clipping and a sampler (those
/// of the options), an averaging of weights (`LatestWeights`), a probe (`PosteriorSigns`), a
/// measure of dev (`MeasureNothing`).
template <class Model, Optimiser<float> Optimiser, SymbolRows Rows = Corpus, class... Parts>
class Trainer {
  using Network = typename Model::Network;
  using Clip = detail::PartOf<detail::ClippingKind, ClipByNorm, Parts...>;
  using Schedule = detail::PartOf<detail::ScheduleKind, WarmupCosine, Parts...>;
  using Averaging = detail::PartOf<detail::AveragingKind, LatestWeights, Parts...>;
  using BatchesOf = detail::PartOf<detail::SamplerKind, Sampler<Rows>, Parts...>;
  using CriterionKind = detail::CriterionKind<Network, Rows>;
  using MeasureKind = detail::MeasureKind<Network, Rows>;
  using ProbeKind = detail::ProbeKind<Network, Rows>;

 public:
  /// What a training step and a plan work with.
  using Context = StepContext<Model, Optimiser, Rows, Clip>;

 private:
  using StepKind = detail::StepKind<Context>;
  using PlanKind = detail::PlanKind<Context, Network, Rows>;
  static_assert((detail::require_part<Parts, detail::ClippingKind, detail::ScheduleKind,
                                      detail::SamplerKind, detail::AveragingKind, CriterionKind,
                                      MeasureKind, ProbeKind, StepKind, PlanKind>() &&
                 ... && true));
  static_assert(detail::require_one<detail::ClippingKind, Parts...>() &&
                detail::require_one<detail::ScheduleKind, Parts...>() &&
                detail::require_one<detail::SamplerKind, Parts...>() &&
                detail::require_one<detail::AveragingKind, Parts...>() &&
                detail::require_one<CriterionKind, Parts...>() &&
                detail::require_one<MeasureKind, Parts...>() &&
                detail::require_one<ProbeKind, Parts...>() &&
                detail::require_one<StepKind, Parts...>() &&
                detail::require_one<PlanKind, Parts...>());

 public:
  /// Everything passed by reference must outlive the trainer.
  /// \throws Error for an empty corpus, options out of range, or more than `Draws::steps` updates
  Trainer(Model model, Parameters<float>& parameters, Optimiser optimiser, const Rows& train,
          const Rows& dev, TrainOptions options, Team& team, Parts... parts)
      : context_(std::move(model), parameters, std::move(optimiser), train,
                 detail::take_part<detail::ClippingKind>(ClipByNorm{options.clip}, parts...),
                 options.seed, team),
        dev_(dev),
        options_(options),
        step_part_(detail::take_part<StepKind>(PlainStep(), parts...)),
        plan_(detail::take_part<PlanKind>(OnePhase(), parts...)),
        schedule_(detail::take_part<detail::ScheduleKind>(options.schedule, parts...)),
        sampler_(detail::take_part<detail::SamplerKind>(
            Sampler<Rows>(train, options.seed, {.batch = options.batch, .pool = options.pool}),
            parts...)),
        averaging_(detail::take_part<detail::AveragingKind>(LatestWeights(), parts...)),
        plateau_(options.plateau, parameters.layout()),
        criterion_(detail::take_part<CriterionKind>(DevAccuracy(), parts...)),
        measure_(detail::take_part<MeasureKind>(MeasureNothing(), parts...)),
        probe_(detail::take_part<ProbeKind>(PosteriorSigns{options.probe}, parts...)),
        evaluated_(averaging_.prepare(parameters)),
        evaluation_(std::as_const(context_).model().network(), evaluated_, team,
                    {.seed = options.seed}),
        probing_(std::as_const(context_).model().network(), evaluated_, team) {
    if (train.size() == 0 || dev.size() == 0) {
      detail::raise_error({"trainer: train has ", train.size(), " rows, dev has ", dev.size(),
                           ": there must be some in both"});
    }
    require_steps();
  }
  Trainer(Model, Parameters<float>&, Optimiser, const Rows&&, const Rows&, TrainOptions, Team&,
          Parts...) = delete;  // give the training data a name
  Trainer(Model, Parameters<float>&, Optimiser, const Rows&, const Rows&&, TrainOptions, Team&,
          Parts...) = delete;  // give the dev data a name
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains to the end of the last epoch, until patience ends, or until `request_stop`. Called
  /// again, it goes on from there.
  /// \throws DivergenceError for a loss, gradient or weight that is not finite; the state, which
  /// may then be anything, can be loaded anew and trained on
  template <TrainingListener Listener>
  void fit(Listener& listener) {
    const OneStop one_stop(stop_);
    context_.clear();
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
    return epoch_ == options_.epochs || plateau_.has_ended() ||
           (options_.patience > 0 && epochs_since_best_ >= options_.patience);
  }

  /// Multiplies the learning rate of all steps to come.
  void scale_learning_rate(double factor) { learning_rate_scale_ *= factor; }
  double learning_rate_scale() const { return learning_rate_scale_; }
  /// The learning rate of the steps to come, before its schedule.
  double learning_rate() const {
    return options_.learning_rate * learning_rate_scale_ * plateau_.rate();
  }

  /// To be called before the state is saved. \throws DivergenceError for a weight that is not
  /// finite
  void check_weights() const {
    const std::string found =
        detail::first_non_finite("weights", parameters().layout(), parameters().values());
    if (!found.empty()) raise(DivergenceError(where() + " a weight is not finite" + found));
  }

  const Model& model() const { return context_.model(); }
  const Parameters<float>& parameters() const { return context_.parameters(); }
  /// The weights that epochs are judged by: those of the last step, or their average.
  const Parameters<float>& evaluated_parameters() const { return evaluated_; }
  /// Decoder steps made.
  std::uint64_t step() const { return step_; }
  /// The step with which the running epoch began.
  std::uint64_t epoch_begin() const { return epoch_ * batches(); }
  std::uint64_t planned_steps() const { return options_.epochs * batches(); }

  void visit(Visitor& visitor) {
    context_.visit(visitor);
    visit_state("step_part", step_part_, visitor);
    visit_state("plan", plan_, visitor);
    visit_state("average", averaging_, visitor);
    visit_state("plateau", plateau_, visitor);
    visitor("epoch", epoch_);
    visitor("batch", batch_index_);
    visitor("step", step_);
    visit_updates(visitor);
    visitor("seconds", seconds_);
    visitor("learning_rate_scale", learning_rate_scale_);
    visitor("kl_weight", last_.kl_weight);
    visitor("multiplier", last_.multiplier);
    visit_state("spikes", spikes_, visitor);
    const std::string best = "best_";
    visitor(best + std::string(criterion_.name()), best_.value);
    visitor(best + std::string(name_of_tie_break(criterion_)), best_.tie_break);
    visitor("epochs_since_best", epochs_since_best_);
    sums_.visit(visitor);
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

  static double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  std::uint64_t batches() const { return static_cast<std::uint64_t>(sampler_.batches()); }

  /// The most updates in a decoder step.
  std::uint64_t most_updates() const {
    return updates_per_step(plan_, 0) + updates_per_step(step_part_, 1);
  }

  /// Each update has draws of its own.
  void require_steps() const {
    plan_.span(options_.epochs);
    const std::uint64_t most = Draws::steps / most_updates();
    if (options_.epochs <= most / batches()) return;
    const std::string updates = most_updates() == 1
                                    ? std::string()
                                    : ", of " + std::to_string(most_updates()) + " updates at most";
    detail::raise_error({"trainer: epochs are ", options_.epochs, ", of ", batches(), " steps each",
                         updates, ": there can be ", most, " steps at most"});
  }

  /// Updates have the numbers of steps unless there may be several in a step.
  void visit_updates(Visitor& visitor) {
    std::uint64_t number = most_updates() == 1 ? step_ : context_.update_number();
    if (most_updates() != 1) visitor("updates", number);
    context_.set_update_number(number);
  }

  /// The beginning of errors.
  std::string where() const { return "trainer: after step " + std::to_string(step_); }

  /// False if it was stopped.
  template <class Listener>
  bool run_epoch(Listener& listener, Clock::time_point start) {
    decltype(auto) of_epoch = sampler_.epoch(epoch_);
    while (batch_index_ < static_cast<std::uint64_t>(of_epoch.size())) {
      if (stop_.load(std::memory_order_relaxed)) return false;
      const StepReport report = make_step(of_epoch[static_cast<Index>(batch_index_)]);
      ++batch_index_;
      sums_.add(report, spikes_);
      seconds_ = since(start);
      listener.on_step(report);
    }
    return true;
  }

  /// Decoder steps made in the phase that runs.
  std::uint64_t step_of_phase() const {
    return step_ - plan_.span(options_.epochs).first * batches();
  }

  /// The learning rate of the step that comes next.
  double rate_of_step() const {
    const PhaseSpan span = plan_.span(options_.epochs);
    return learning_rate() * schedule_(step_of_phase(), span.epochs * batches());
  }

  StepReport make_step(std::span<const Row> rows) {
    const auto start = Clock::now();
    const double rate = rate_of_step();
    const std::uint64_t update = context_.update_number();
    context_.begin_step(step_ + 1, rate);
    plateau_.before_step(context_, evaluated_);
    plan_.before_step(context_);
    const StepResult result = step_part_.make(context_, rows);
    require_updates(context_.update_number() - update);
    context_.model().after_step(result.objective);
    last_ = result.objective;
    ++step_;
    averaging_.follow(parameters(), step_of_phase(), context_.team());
    return {.step = step_,
            .steps = planned_steps(),
            .epoch = epoch_ + 1,
            .examples = result.examples,
            .seconds = since(start),
            .learning_rate = rate,
            .gradient_norm = result.gradient_norm,
            .objective = result.objective};
  }

  void require_updates(std::uint64_t made) const {
    if (made >= 1 && made <= most_updates()) return;
    detail::raise_error({"trainer: a step has made ", made, " updates, expected 1 to ",
                         most_updates(),
                         ": a part that makes more declares it by updates_per_step()"});
  }

  EpochReport end_epoch(Clock::time_point start) {
    check_weights();
    EpochReport report;
    report.epoch = epoch_ + 1;
    report.step = step_;
    report.kl_weight = last_.kl_weight;
    report.multiplier = last_.multiplier;
    sums_.put_into(report);
    const PhaseSpan phase = plan_.span(options_.epochs);
    judge(report, phase);
    plan_.after_epoch(evaluation_, dev_, std::as_const(report));
    if (plan_.span(options_.epochs).first != phase.first) plateau_.begin_phase();
    seconds_ = since(start);
    report.seconds = seconds_;
    sums_ = {};
    batch_index_ = 0;
    ++epoch_;
    return report;
  }

  /// Adds what is found on dev, and whether the epoch is the best.
  void judge(EpochReport& report, const PhaseSpan& phase) {
    ElboRows rows = elbo_rows(evaluation_, dev_);
    const ElboTerms elbo = rows.mean();
    if (!is_finite(elbo.elbo())) {
      raise(DivergenceError(where() + " the dev ELBO is not finite"));
    }
    report.dev_nll = elbo.nll;
    report.dev_rate = elbo.rate;
    report.dev_elbo = elbo.elbo();
    report.kl_per_dimension = std::move(rows.kl_per_dimension);
    report.dev_accuracy = report.dev_levenshtein = not_a_number<double>();
    measure_.measure(evaluation_, dev_, report);
    const Score score = criterion_.judge(evaluation_, dev_, report);
    report.criterion = criterion_.name();
    report.criterion_value = score.value;
    report.best = phase.is_last && !is_nan(score.value) &&
                  (is_nan(best_.value) || criterion_.is_better(score, best_));
    if (report.best) best_ = score;
    if (phase.is_last) epochs_since_best_ = report.best ? 0 : epochs_since_best_ + 1;
    plateau_.after_epoch(criterion_, score, phase, epoch_, evaluated_);
    if (model().network().posterior().latent() > 0) {
      report.signs =
          early_signs_.add(elbo.rate, probe_.look(probing_, dev_, options_.seed), elbo.nll);
    }
  }

  Context context_;
  const Rows& dev_;
  TrainOptions options_;
  detail::PartOf<StepKind, PlainStep, Parts...> step_part_;
  detail::PartOf<PlanKind, OnePhase, Parts...> plan_;
  Schedule schedule_;
  BatchesOf sampler_;
  Averaging averaging_;
  Plateau plateau_;
  detail::PartOf<CriterionKind, DevAccuracy, Parts...> criterion_;
  detail::PartOf<MeasureKind, MeasureNothing, Parts...> measure_;
  detail::PartOf<ProbeKind, PosteriorSigns, Parts...> probe_;
  Parameters<float>& evaluated_;
  Evaluation<Network> evaluation_;
  Probing<Network> probing_;
  Report last_;  ///< of it an epoch's report needs the two weights
  SpikeCounter spikes_;
  detail::EpochSums sums_;
  EarlySignHistory early_signs_{{}, options_.row};
  Score best_{not_a_number<double>(), 0};
  std::uint64_t epoch_ = 0, batch_index_ = 0, step_ = 0, epochs_since_best_ = 0;
  double seconds_ = 0, learning_rate_scale_ = 1;
  std::atomic<bool> stop_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may take no lock");
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
