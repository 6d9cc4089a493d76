#include "diagnose/figures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

namespace reinflection {

using vaecollapse::Index;
using vaecollapse::Row;
using vaecollapse::RowOutcomes;
using vaecollapse::reinflection::Corpus;
using vaecollapse::reinflection::Example;

namespace {

/// Rows, and how they come out with one z or another.
class Subject {
 public:
  Subject(TrainedModel& model, std::span<const Example> rows)
      : model_(model),
        rows_(rows),
        corpus_(rows, model.description().vocabulary, model.description().features),
        own_(rows.size()) {
    std::iota(own_.begin(), own_.end(), Row{0});
  }

  const Corpus& corpus() const { return corpus_; }
  std::span<const Row> own() const { return own_; }

  std::vector<double> right(std::span<const float> codes, std::span<const Row> source_of) {
    const std::vector<RankedGuesses> guesses = model_.guess(corpus_, codes, source_of);
    std::vector<double> right;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const bool same =
          !guesses[i].empty() && vaecollapse::exact_match(guesses[i].front().word, rows_[i].target);
      right.push_back(same ? 1 : 0);
    }
    return right;
  }

  /// NLL by samples of z, guesses by its means.
  RowOutcomes outcomes(std::span<const float> samples, std::span<const float> means,
                       std::span<const Row> source_of) {
    return {model_.nll(corpus_, samples, source_of), right(means, source_of)};
  }

 private:
  TrainedModel& model_;
  std::span<const Example> rows_;
  Corpus corpus_;
  std::vector<Row> own_;
};

double symbols_of(std::span<const Example> rows) {
  double symbols = 0;
  for (const Example& row : rows) symbols += static_cast<double>(row.target.size()) + 1;
  return symbols;
}

/// What is right without a model: the source as the guess.
double accuracy_of_copies(std::span<const Example> rows) {
  double right = 0;
  for (const Example& row : rows) right += vaecollapse::exact_match(row.source, row.target) ? 1 : 0;
  return right / static_cast<double>(rows.size());
}

double mean(const std::vector<double>& rows) { return vaecollapse::mean_of_rows(rows).value; }

std::vector<float> with_zeros(std::vector<float> codes, std::size_t latent, std::size_t dimension) {
  for (std::size_t i = dimension; i < codes.size(); i += latent) codes[i] = 0;
  return codes;
}

void find_information(Diagnosis& found, const vaecollapse::PosteriorRows<float>& posteriors) {
  const auto view = [&](const std::vector<float>& values) { return posteriors.view(values); };
  found.information = vaecollapse::mutual_information(view(posteriors.mu), view(posteriors.logvar),
                                                      view(posteriors.z), posteriors.surprisals);
  vaecollapse::ActiveUnits units;
  vaecollapse::ActiveUnits less_one(0.01, vaecollapse::VarianceDivisor::rows_less_one);
  units.add(view(posteriors.mu));
  less_one.add(view(posteriors.mu));
  found.active_units = units.count();
  found.active_units_less_one = less_one.count();
  found.kl_per_dimension = posteriors.kl;
}

void find_use(Diagnosis& found, TrainedModel& model, Subject& subject,
              const vaecollapse::PosteriorRows<float>& posteriors) {
  const RowOutcomes own = subject.outcomes(posteriors.z, posteriors.mu, subject.own());
  const std::vector<float> prior = model.prior_codes(subject.corpus());
  found.elbo.nll = mean(own.nll);
  found.elbo.rate = std::accumulate(posteriors.kl.begin(), posteriors.kl.end(), 0.0);
  found.accuracy = mean(own.right);
  found.permuted = vaecollapse::ablation(
      own, subject.outcomes(posteriors.z, posteriors.mu, model.permuted_rows(subject.corpus())));
  found.prior = vaecollapse::ablation(own, subject.outcomes(prior, prior, subject.own()));
  found.noise_cost =
      found.elbo.nll - mean(model.nll(subject.corpus(), posteriors.mu, subject.own()));
}

void find_importance(Diagnosis& found, TrainedModel& model, Subject& probe) {
  const vaecollapse::PosteriorRows<float> posteriors = model.posteriors(probe.corpus());
  const auto latent = static_cast<std::size_t>(posteriors.latent);
  const RowOutcomes own = probe.outcomes(posteriors.z, posteriors.mu, probe.own());
  for (std::size_t d = 0; d < latent; ++d) {
    const RowOutcomes without = probe.outcomes(with_zeros(posteriors.z, latent, d),
                                               with_zeros(posteriors.mu, latent, d), probe.own());
    found.zeroed.push_back(vaecollapse::ablation(own, without));
  }
}

bool is_off_grid(const Diagnosis& diagnosis) {
  return diagnosis.means && (diagnosis.means->edge_mass > 1e-3 || diagnosis.means->is_too_coarse);
}

std::optional<MeansOnGrid> means_on_grid(TrainedModel& model, std::span<const Example> rows,
                                         std::size_t latent) {
  if (latent > 2) return std::nullopt;
  constexpr std::size_t most_rows = 32;  // the whole grid is decoded for each
  const bool is_line = latent == 1;
  const Description& description = model.description();
  const Corpus corpus(rows.first(std::min(rows.size(), most_rows)), description.vocabulary,
                      description.features);
  const auto posteriors =
      model.model_posteriors(corpus, {.limit = 6, .step = is_line ? 0.02 : 0.1});
  const std::vector<float> codes = model.codes(corpus);
  const vaecollapse::PosteriorMeans means{posteriors.mean, {codes.begin(), codes.end()}};
  return MeansOnGrid{.rows = corpus.size(),
                     .spread = means.spread(),
                     .edge_mass = posteriors.edge_mass,
                     .is_too_coarse = posteriors.effective_points < (is_line ? 2 : 4)};
}

}  // namespace

Diagnosis diagnose(TrainedModel& model, std::span<const Example> rows,
                   const DiagnosisOptions& options) {
  Subject subject(model, rows);
  Subject probe(model, rows.first(std::min<std::size_t>(rows.size(), options.probe_rows)));
  const vaecollapse::PosteriorRows<float> posteriors = model.posteriors(subject.corpus());
  Diagnosis found;
  found.rows = subject.corpus().size();
  found.probe_rows = probe.corpus().size();
  find_information(found, posteriors);
  find_use(found, model, subject, posteriors);
  found.importance_weighted = vaecollapse::importance_weighted_nll(
      model.importance_weights(subject.corpus(), static_cast<std::uint32_t>(options.samples)),
      symbols_of(rows));
  find_importance(found, model, probe);
  found.probe = model.probe_posteriors(probe.corpus());
  found.sensitivity = model.sensitivity(probe.corpus());
  found.means = means_on_grid(model, rows, found.zeroed.size());
  found.accuracy_of_copies = accuracy_of_copies(rows);
  found.verdict = vaecollapse::judge(
      {.nll = found.elbo.nll,
       .rate = found.elbo.rate,
       .accuracy = found.accuracy,
       .permuted = {.nll_rise = found.permuted.nll_rise,
                    .accuracy_fall = found.permuted.accuracy_fall},
       .noise_cost = found.noise_cost,
       .posterior_gap = found.probe.gap,
       .kl_price = found.probe.kl_price,
       .baseline = {.accuracy = found.accuracy_of_copies, .gain = options.accuracy_gain}});
  return found;
}

std::vector<std::string> warnings(const Diagnosis& diagnosis) {
  std::vector<std::string> all;
  const auto warn = [&](const char* format, auto... numbers) {
    char text[256];
    std::snprintf(text, sizeof text, format, numbers...);
    all.emplace_back(text);
  };
  const vaecollapse::MutualInformation& information = diagnosis.information;
  if (information.is_near_cap()) {
    warn(
        "the lower bound of the mutual information, %.2f nats, is near its cap, ln %lld = %.2f: "
        "it says no more than that; only more rows would",
        information.lower.value, static_cast<long long>(diagnosis.rows), information.cap);
  }
  const vaecollapse::ImportanceWeightedNll& weighted = diagnosis.importance_weighted;
  if (weighted.samples > 1 && weighted.effective_samples < 2) {
    warn("of %lld samples %.1f are effective: the importance-weighted NLL is still too high",
         static_cast<long long>(weighted.samples), weighted.effective_samples);
  }
  if (is_off_grid(diagnosis)) {
    all.emplace_back(
        "posteriors of the model reach beyond the grid that their means are found by, or lie "
        "between its points: those means are not exact");
  }
  return all;
}

}  // namespace reinflection
