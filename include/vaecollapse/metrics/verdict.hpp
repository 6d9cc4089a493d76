// Has it collapsed, and has the model learnt its task? A verdict in plain words, from figures.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/health.hpp>
#include <vaecollapse/metrics/task_progress.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// An estimate that may not be known.
struct MaybeEstimate : std::optional<Estimate> {
  using std::optional<Estimate>::optional;
  constexpr MaybeEstimate(double value, double standard_error)
      : std::optional<Estimate>(Estimate{value, standard_error}) {}
};

/// The changes when every row is given the z of another.
struct PermutedFigures {
  MaybeEstimate nll_rise{};       ///< \unit nats per word
  MaybeEstimate accuracy_fall{};  ///< 0 .. 1; may be negative
  MaybeEstimate distance_rise{};  ///< of the guesses from the answers, by Levenshtein
};

/// The figures that a verdict rests on. Those that are not known are left empty; NaN and infinity
/// count as not known. \unit nats per word; accuracy in 0 .. 1
struct CollapseFigures {
  std::optional<double> nll{};
  std::optional<double> rate{};
  std::optional<double> accuracy{};
  std::optional<double> distance{};  ///< of the guesses from the answers, by Levenshtein
  PermutedFigures permuted{};        ///< z of another row
  /// The same with the z of another row of as many places, of a sequence of latents: then the row's
  /// own number of places, which the decoder also learns, shows nothing here.
  PermutedFigures permuted_in_length{};
  std::optional<double> length_rate{};    ///< the share of the rate that is the number of places
  bool is_sequence = false;               ///< whether z is a sequence: advice names its policies
  std::optional<double> noise_cost{};     ///< how much lower the NLL is from the posterior's mean
  std::optional<double> posterior_gap{};  ///< what better posteriors would save at no higher rate
  std::optional<double> kl_price{};       ///< what the last nat of KL saves of NLL; the ELBO has 1
  /// The accuracy and the cost of a row without a model; and how training ended.
  TaskBaseline baseline{};
  std::string_view row = "word";  ///< what a row is called in the sentences
  /// Accuracy says nothing of sentences, and is not looked at.
  RowKind kind = RowKind::answer;
};

/// The limits between the verdicts. Rules of thumb, found on models that were held at rates: see
/// docs/explanation/verdict.md.
struct VerdictThresholds {
  double nll_rise = 1;             ///< z is used if another z costs more; \unit nats per word
  double of_short_rows = 0.1;      ///< or more than this share of a row that costs little
  double of_long_rows = 0.01;      ///< and no less than this share of one that costs much,
  double rate_of_long_rows = 0.5;  ///< as far as that is less than this share of the rate,
  double of_rate = 0.05;           ///< nor than this share of the rate
  double errors = 3;               ///< and more than so many standard errors
  double rate = 0.3;               ///< no z is used below it; \unit nats per word
  double committed_rate = 1;       ///< a rate above this is one to be used; \unit nats per word
  double accuracy_fall = 0.01;  ///< of use where the NLL is not known: the accuracy falls by more
  double guess_errors = 2;      ///< and more than so many standard errors: guesses are coarse
  double of_distance = 0.04;    ///< or the guesses lie farther off, by this share
  double gap = 1;               ///< a gap below this is no lag; \unit nats per word
  double gap_of_nll = 0.1;      ///< nor one below this share of the NLL
  double kl_price = 2;          ///< above this the KL is weighed too heavily
  double noise_cost = 1;        ///< if its noise costs so much, too; \unit nats per word
  TaskThresholds task;
};

/// What `judge` finds, and why.
struct Verdict {
  Health health = Health::unknown;            ///< of z
  TaskProgress task = TaskProgress::unknown;  ///< of the model as a whole
  std::vector<std::string> evidence;          ///< sentences with the figures that decided
  std::vector<std::string> missing;           ///< figures that are not known and could have decided
  std::string advice;                         ///< what usually helps, by both
  std::optional<bool> uses_z;                 ///< empty where that is not known

  /// Whether the decoder does without z, whatever the rate, and whatever the cause.
  bool has_collapsed() const {
    return health == Health::collapsed || health == Health::rate_unused ||
           health == Health::only_length_used || uses_z == false;
  }
};

namespace detail {

/// The figures without those that are not finite, as those of a model that has diverged.
inline CollapseFigures known(CollapseFigures figures) {
  for (std::optional<double>* figure :
       {&figures.nll, &figures.rate, &figures.accuracy, &figures.distance, &figures.noise_cost,
        &figures.posterior_gap, &figures.kl_price, &figures.baseline.accuracy,
        &figures.baseline.nll, &figures.baseline.gain, &figures.length_rate}) {
    if (*figure && !is_finite(**figure)) figure->reset();
  }
  for (PermutedFigures* permuted : {&figures.permuted, &figures.permuted_in_length}) {
    for (MaybeEstimate* change :
         {&permuted->nll_rise, &permuted->accuracy_fall, &permuted->distance_rise}) {
      if (*change && !is_finite((*change)->value)) change->reset();
    }
  }
  return figures;
}

/// The figures that tell something of rows of this kind.
inline CollapseFigures telling(CollapseFigures figures) {
  if (figures.kind == RowKind::answer) return figures;
  figures.accuracy = figures.baseline.accuracy = figures.baseline.gain = std::nullopt;
  figures.permuted.accuracy_fall = figures.permuted_in_length.accuracy_fall = std::nullopt;
  return figures;
}

class Judge {
 public:
  Judge(const CollapseFigures& figures, const VerdictThresholds& thresholds)
      : figures_(telling(known(figures))), thresholds_(thresholds), row_(figures.row) {}

  Verdict operator()() const {
    Verdict verdict;
    verdict.uses_z = uses_z();
    verdict.health = health();
    verdict.task =
        task_progress(figures_.accuracy, row_cost(), figures_.baseline, thresholds_.task);
    verdict.advice = advice(verdict.health, verdict.task);
    verdict.evidence = evidence(verdict);
    verdict.missing = missing();
    return verdict;
  }

 private:
  /// What a row costs in all: NLL and rate. Not known for densities above 1, whose NLL depends on
  /// the unit that x is measured in.
  std::optional<double> row_cost() const {
    if (!figures_.nll || *figures_.nll < 0) return std::nullopt;
    return *figures_.nll + std::max(figures_.rate.value_or(0), 0.0);
  }

  /// What the decoder is given of z, without the number of its places.
  std::optional<double> rate_of_z() const {
    if (!figures_.rate) return std::nullopt;
    return *figures_.rate - figures_.length_rate.value_or(0);
  }

  /// What the z of another row changes, the number of places being the row's own where that is
  /// known.
  const PermutedFigures& permuted() const {
    return knows_length_apart() ? figures_.permuted_in_length : figures_.permuted;
  }
  bool knows_length_apart() const {
    const auto& [nll_rise, accuracy_fall, distance_rise] = figures_.permuted_in_length;
    return nll_rise || accuracy_fall || distance_rise;
  }

  /// The rise of the NLL above which z is used: absolute for rows of common length, for a few nats
  /// are much there and little; a share of rows that cost very little or very much.
  double least_rise() const {
    double least = thresholds_.nll_rise;
    if (const auto cost = row_cost()) {
      const double of_long = std::min(thresholds_.of_long_rows * *cost,
                                      thresholds_.rate_of_long_rows * rate_of_z().value_or(*cost));
      least = std::max(std::min(least, thresholds_.of_short_rows * *cost), of_long);
    }
    return std::max(least, thresholds_.of_rate * rate_of_z().value_or(0));
  }

  /// No decoder learns more of a row from z than the rate.
  double least_rate() const {
    const auto cost = row_cost();
    return cost ? std::min(thresholds_.rate, thresholds_.of_short_rows * *cost) : thresholds_.rate;
  }

  /// More than chance explains; a single row has no standard error and is believed.
  static bool is_beyond_chance(const Estimate& change, double errors) {
    return is_nan(change.standard_error) || change.value > errors * change.standard_error;
  }

  /// Whether another z costs enough; not known where the rows are so few that chance may explain
  /// it.
  std::optional<bool> rises(const Estimate& nll) const {
    if (nll.value <= least_rise()) return false;
    if (!is_beyond_chance(nll, thresholds_.errors)) return std::nullopt;
    return true;
  }

  /// The NLL decides where it is known, for it depends on all that z carries. Guesses depend only
  /// on what changes the likeliest word.
  std::optional<bool> uses_z() const {
    const auto& [nll_rise, accuracy_fall, distance_rise] = permuted();
    if (figures_.rate && *rate_of_z() < least_rate()) return false;
    if (nll_rise) return rises(*nll_rise);
    if (!accuracy_fall && !distance_rise) return std::nullopt;
    const auto shows = [&](const MaybeEstimate& change, double least) {
      return change && change->value > least && is_beyond_chance(*change, thresholds_.guess_errors);
    };
    return shows(accuracy_fall, thresholds_.accuracy_fall) ||
           shows(distance_rise, thresholds_.of_distance * figures_.distance.value_or(1));
  }

  /// Whether z of another length costs more than z of the row's own length, by more than a row may,
  /// and itself more than chance explains.
  bool uses_length() const {
    const MaybeEstimate& all = figures_.permuted.nll_rise;
    const MaybeEstimate& in_length = figures_.permuted_in_length.nll_rise;
    if (!all || !in_length) return false;
    return all->value - in_length->value > thresholds_.nll_rise &&
           is_beyond_chance(*all, thresholds_.errors);
  }

  /// A decoder that does not use z would gain from better z only if it could; one that does
  /// loses half of what z could give, or more.
  bool encoder_lags() const {
    if (!figures_.posterior_gap) return false;
    const bool is_used = uses_z() == true;
    const double least = is_used && permuted().nll_rise
                             ? permuted().nll_rise->value
                             : thresholds_.gap_of_nll * figures_.nll.value_or(0);
    return *figures_.posterior_gap > std::max(least, thresholds_.gap);
  }

  bool pays_too_much() const {
    return figures_.kl_price.value_or(0) > thresholds_.kl_price &&
           figures_.noise_cost.value_or(0) > thresholds_.noise_cost;
  }

  Health health() const {
    if (encoder_lags()) return Health::encoder_lags;
    const std::optional<bool> is_used = uses_z();
    if (!is_used) return Health::unknown;
    if (!*is_used) {
      if (uses_length()) return Health::only_length_used;
      return rate_of_z().value_or(0) > thresholds_.committed_rate ? Health::rate_unused
                                                                  : Health::collapsed;
    }
    return pays_too_much() ? Health::over_regularised : Health::healthy;
  }

  /// Advice on z comes first: without it, work on the task is of no use.
  std::string advice(Health health, TaskProgress task) const {
    if (health == Health::unknown) return "measure what is not known";
    if (health != Health::healthy) {
      if (figures_.is_sequence) return std::string(advice_for_sequence(health));
      return std::string(figures_.kind == RowKind::sentence ? advice_for_sentences(health)
                                                            : advice_for(health));
    }
    if (figures_.kind == RowKind::sentence) return std::string(advice_for_sentences(task));
    const auto cost = row_cost();
    const double rate = figures_.rate.value_or(0);
    return std::string(advice_for(task, cost && rate < thresholds_.task.share_of_cost * *cost));
  }

  std::vector<std::string> evidence(const Verdict& verdict) const {
    std::vector<std::string> lines;
    add_changes(lines);
    if (figures_.rate) {
      std::string line =
          formatted("the rate is %.2f nats %s", *figures_.rate, with_article(row_).c_str());
      if (figures_.length_rate) {
        line += formatted(", of which %.2f are the number of places", *figures_.length_rate);
      }
      lines.push_back(line);
    }
    if (verdict.health == Health::encoder_lags) {
      lines.push_back(formatted("better posteriors would save %.2f nats at no higher rate",
                                *figures_.posterior_gap));
    }
    if (verdict.health == Health::over_regularised) {
      lines.push_back(
          formatted("one nat of KL more would save about %.1f nats of NLL, and the noise "
                    "of z costs %.2f",
                    *figures_.kl_price, *figures_.noise_cost));
    }
    add_task(lines, verdict.task);
    return lines;
  }

  void add_changes(std::vector<std::string>& lines) const {
    add_change(lines, figures_.permuted, row_);
    add_change(lines, figures_.permuted_in_length, row_ + " of as many places");
  }

  /// What the z of another row changes.
  void add_change(std::vector<std::string>& lines, const PermutedFigures& permuted,
                  const std::string& other) const {
    const auto& [nll_rise, accuracy_fall, distance_rise] = permuted;
    if (nll_rise) {
      lines.push_back(formatted("with the z of another %s the NLL changes by %+.2f +- %.2f nats",
                                other.c_str(), nll_rise->value, nll_rise->standard_error));
    }
    if (figures_.accuracy && accuracy_fall) {
      lines.push_back(formatted("accuracy is %.1f %%, with the z of another %s %.1f %%",
                                100 * *figures_.accuracy, other.c_str(),
                                100 * (*figures_.accuracy - accuracy_fall->value)));
    }
    if (!nll_rise && distance_rise) {
      lines.push_back(
          formatted("with the z of another %s guesses lie %+.2f +- %.2f symbols farther off",
                    other.c_str(), distance_rise->value, distance_rise->standard_error));
    }
  }

  void add_task(std::vector<std::string>& lines, TaskProgress task) const {
    const auto& [accuracy, nll, gain] = figures_.baseline;
    if (figures_.accuracy && accuracy) {
      lines.push_back(formatted("%.1f %% are right; without a model %.1f %%",
                                100 * *figures_.accuracy, 100 * *accuracy));
    } else if (const auto cost = row_cost(); !figures_.accuracy && cost && nll) {
      const char* line = figures_.kind == RowKind::sentence
                             ? "a sentence costs %.2f nats; its tokens without context %.2f"
                             : "a row costs %.2f nats; without a model %.2f";
      lines.push_back(formatted(line, *cost, *nll));
    }
    if (task == TaskProgress::learning) {
      lines.push_back(formatted(
          "accuracy still rose by %.1f points an epoch at the end of training", 100 * *gain));
    }
  }

  std::vector<std::string> missing() const {
    std::vector<std::string> names;
    const auto need = [&](bool is_known, const std::string& name) {
      if (!is_known) names.push_back(name);
    };
    need(figures_.nll.has_value(), "the NLL");
    need(figures_.rate.has_value(), "the rate");
    const MaybeEstimate& nll_rise = permuted().nll_rise;
    const std::string other = row_ + (figures_.is_sequence ? " of as many places" : "");
    need(nll_rise.has_value() && (knows_length_apart() || !figures_.is_sequence),
         "the NLL with the z of another " + other);
    need(!nll_rise || rises(*nll_rise),
         "enough rows to tell what the z of another " + other + " costs");
    need(figures_.posterior_gap.has_value(), "what better posteriors would save");
    need(figures_.kl_price.has_value() && figures_.noise_cost.has_value(),
         "the price of the KL and what the noise of z costs");
    need(figures_.accuracy || (figures_.nll && figures_.baseline.nll),
         figures_.kind == RowKind::sentence ? "what a sentence costs without context"
                                            : "the accuracy, or what a row costs without a model");
    return names;
  }

  const CollapseFigures figures_;
  const VerdictThresholds& thresholds_;
  const std::string row_;
};

}  // namespace detail

/// Judges z by what the decoder does without it, never by the rate's share: a rate can be committed
/// and yet ignored, and a good model of long rows holds most of a row in its decoder. The first
/// that applies: the encoder lags (He et al. 2019), z is not used (collapsed, or, where there is a
/// rate, committed but unused, or of a sequence of latents its number of places alone is used),
/// over-regularised (more KL would pay), healthy. With fewer figures
/// it judges by those that are there, and `missing` names the others. Beside the health of z stands
/// whether the model has learnt its task, since a model that uses z may still be of no use.
inline Verdict judge(const CollapseFigures& figures, const VerdictThresholds& thresholds = {}) {
  return detail::Judge(figures, thresholds)();
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
