// Has it collapsed? A verdict in plain words, from figures.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// What a verdict is made of. \unit nats per word; accuracy in 0 .. 1
struct CollapseFigures {
  double nll = 0;
  double rate = 0;
  double accuracy = 0;
  Ablation permuted;      ///< z of another row
  double noise_cost = 0;  ///< how much lower the NLL is from the posterior's mean than from samples
  double posterior_gap = 0;  ///< what better posteriors would save at no more rate
  double kl_price = 0;       ///< what the last nat of KL saves of NLL; 1 at the optimum of the ELBO
};

/// Where the verdicts part. Rules of thumb, not laws.
struct VerdictThresholds {
  double nll_rise = 0.5;        ///< z is used if another z costs more; \unit nats per word
  double errors = 3;            ///< and more than so many standard errors
  double committed_rate = 1;    ///< a rate above this is one to be used; \unit nats per word
  double gap = 1;               ///< a gap below this is no lag; \unit nats per word
  double gap_of_nll = 0.1;      ///< nor one below this share of the NLL
  double kl_price = 2;          ///< above this the KL is weighed too heavily
  double noise_cost = 1;        ///< if its noise costs so much, too; \unit nats per word
  double share = 0.25;          ///< a z that says less of a word says little
  double accuracy_fall = 0.05;  ///< if its loss costs less, too
};

/// Whether the latent variable is used.
enum class Health { healthy, collapsed, encoder_lags, rate_unused, over_regularised };

/// As users read it.
constexpr std::string_view name_of(Health health) {
  switch (health) {
    case Health::healthy:
      return "healthy";
    case Health::collapsed:
      return "collapsed";
    case Health::encoder_lags:
      return "encoder lags";
    case Health::rate_unused:
      return "rate committed but unused";
    case Health::over_regularised:
      return "over-regularised";
  }
  return "";
}

/// What `judge` finds, and why.
struct Verdict {
  Health health = Health::healthy;
  std::vector<std::string> evidence;  ///< sentences with the figures that decided
  std::string advice;                 ///< the policy that usually helps

  /// Whether the decoder does without z, whatever the rate.
  bool has_collapsed() const {
    return health == Health::collapsed || health == Health::rate_unused;
  }
};

namespace detail {

/// printf for one sentence.
template <class... Numbers>
std::string sentence(const char* format, Numbers... numbers) {
  char text[256];
  std::snprintf(text, sizeof text, format, numbers...);
  return text;
}

inline std::string_view advice_for(Health health) {
  switch (health) {
    case Health::healthy:
      return "nothing needs to be changed";
    case Health::collapsed:
      return "hold the rate up (free_bits, soft_free_bits or mdr with a rate) and weaken the "
             "decoder "
             "(character dropout); an annealed weight of the KL delays a collapse, and often only "
             "that";
    case Health::encoder_lags:
      return "let the encoder learn before the KL is paid for (anneal, perhaps cyclical, or "
             "free_bits), or train it more often than the decoder";
    case Health::rate_unused:
      return "weaken the decoder, so that it needs z (character dropout, a historyless decoder), "
             "and "
             "let z into every step; floors under each dimension are met by noise, so take one "
             "group (free_bits(groups=1)) or mdr";
    case Health::over_regularised:
      return "lower the weight of the KL, or replace it by a rate to aim at (free_bits, mdr)";
  }
  return "";
}

class Judge {
 public:
  Judge(const CollapseFigures& figures, const VerdictThresholds& thresholds)
      : figures_(figures), thresholds_(thresholds) {}

  Verdict operator()() const {
    Verdict verdict;
    verdict.health = health();
    verdict.advice = advice_for(verdict.health);
    verdict.evidence = evidence(verdict.health);
    return verdict;
  }

 private:
  bool uses_z() const {
    const Estimate& rise = figures_.permuted.nll_rise;
    return rise.value > thresholds_.nll_rise &&
           !(rise.value <= thresholds_.errors * rise.standard_error);
  }

  /// A decoder that does not use z would gain from better codes only if it could; one that does
  /// loses half of what z could give, or more.
  bool encoder_lags() const {
    const double least =
        uses_z() ? figures_.permuted.nll_rise.value : thresholds_.gap_of_nll * figures_.nll;
    return figures_.posterior_gap > std::max(least, thresholds_.gap);
  }

  /// z is heard, but hardly a word depends on it, and most of what is to be said of one is left to
  /// the decoder.
  bool says_little() const {
    return figures_.rate < thresholds_.share * (figures_.rate + figures_.nll) &&
           figures_.permuted.accuracy_fall.value < thresholds_.accuracy_fall;
  }

  bool pays_too_much() const {
    return figures_.kl_price > thresholds_.kl_price && figures_.noise_cost > thresholds_.noise_cost;
  }

  Health health() const {
    if (encoder_lags()) return Health::encoder_lags;
    if (!uses_z()) {
      return figures_.rate > thresholds_.committed_rate ? Health::rate_unused : Health::collapsed;
    }
    return pays_too_much() || says_little() ? Health::over_regularised : Health::healthy;
  }

  std::vector<std::string> evidence(Health health) const {
    const Ablation& permuted = figures_.permuted;
    std::vector<std::string> lines{
        sentence("with the z of another word the NLL changes by %+.2f +- %.2f nats",
                 permuted.nll_rise.value, permuted.nll_rise.standard_error),
        sentence("accuracy is %.1f %%, with the z of another word %.1f %%", 100 * figures_.accuracy,
                 100 * (figures_.accuracy - permuted.accuracy_fall.value)),
        sentence("the rate is %.2f nats a word", figures_.rate)};
    if (health == Health::encoder_lags) {
      lines.push_back(sentence("better posteriors would save %.2f nats at no more rate",
                               figures_.posterior_gap));
    }
    if (health == Health::over_regularised && says_little()) {
      lines.push_back(sentence("z says %.1f of the %.1f nats that a word takes", figures_.rate,
                               figures_.rate + figures_.nll));
    }
    if (health == Health::over_regularised && pays_too_much()) {
      lines.push_back(
          sentence("one nat of KL more would save about %.1f nats of NLL, and the noise "
                   "of z costs %.2f",
                   figures_.kl_price, figures_.noise_cost));
    }
    return lines;
  }

  const CollapseFigures& figures_;
  const VerdictThresholds& thresholds_;
};

}  // namespace detail

/// Judges by what the decoder does without z, never by the rate alone: a rate can be committed and
/// yet ignored. The first that applies: the encoder lags (He et al. 2019), z is not used
/// (collapsed, or, where there is a rate, committed but unused), over-regularised (more KL would
/// pay, or z says so little that hardly a word depends on it), healthy.
inline Verdict judge(const CollapseFigures& figures, const VerdictThresholds& thresholds = {}) {
  return detail::Judge(figures, thresholds)();
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
