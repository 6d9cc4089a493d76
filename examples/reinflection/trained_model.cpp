#include "trained_model.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/diagnose/diagnose.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/io/model.hpp>
#include <vaecollapse/latent/refinements.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "kit/posteriors.hpp"
#include "network.hpp"

namespace reinflection {

using vaecollapse::Corpus;
using vaecollapse::Index;
using vaecollapse::reinflection::Example;

namespace {

vaecollapse::DecodeOptions decode_options(const Search& search) {
  return {.beam = static_cast<Index>(search.beam),
          .nbest = static_cast<Index>(search.nbest),
          .length_normalisation = search.length_normalisation,
          .length_slack = static_cast<Index>(search.slack)};
}

/// What is right without a model: the source as the guess.
double accuracy_of_copies(std::span<const Example> rows) {
  double right = 0;
  for (const Example& row : rows) right += vaecollapse::exact_match(row.source, row.target) ? 1 : 0;
  return right / static_cast<double>(rows.size());
}

}  // namespace

/// Each part refers to those before it, so none may move.
struct TrainedModel::Parts {
  Parts(const std::string& file, const vaecollapse::Safetensors& content, std::uint64_t threads,
        const Search& search, std::optional<std::uint64_t> seed)
      : description(from_metadata(file, content.metadata)),
        network(network_of(file)),
        parameters(proven_layout(file, content)),
        team(static_cast<int>(threads)),
        evaluation(network, parameters, team,
                   {.seed = vaecollapse::Seed(seed.value_or(description.settings.seed))}),
        decode(decode_options(search)) {
    vaecollapse::load_parameters(file, content, parameters);
  }

  /// Settings that a run would not have taken are no model's.
  Network network_of(const std::string& file) {
    try {
      return make_network(layout, description);
    } catch (const vaecollapse::Error& error) {
      vaecollapse::raise(vaecollapse::InputError(
          file, 0, "settings that make no network (" + std::string(error.what()) + ")",
          "a model that reinflect has trained"));
    }
  }

  /// The layout, once the file has shown that it is as large as its settings say.
  const vaecollapse::Layout& proven_layout(const std::string& file,
                                           const vaecollapse::Safetensors& content) const {
    vaecollapse::check_parameters<float>(file, content, layout);
    return layout;
  }

  std::vector<RankedGuesses> words(const std::vector<vaecollapse::Guesses>& found) const {
    std::vector<RankedGuesses> all(found.size());
    for (std::size_t row = 0; row < found.size(); ++row) {
      for (const vaecollapse::Hypothesis& guess : found[row]) {
        all[row].push_back({description.vocabulary.decode(guess.ids), guess.log_probability});
      }
    }
    return all;
  }

  Description description;
  vaecollapse::Layout layout;
  Network network;
  vaecollapse::Parameters<float> parameters;
  vaecollapse::Team team;
  vaecollapse::Evaluation<Network> evaluation;
  vaecollapse::DecodeOptions decode;
};

TrainedModel::TrainedModel(const std::filesystem::path& path, std::uint64_t threads,
                           const Search& search, std::optional<std::uint64_t> seed) {
  const std::filesystem::path file = vaecollapse::find_model(path);
  parts_ = std::make_unique<Parts>(file.string(), vaecollapse::read_safetensors(file), threads,
                                   search, seed);
}

TrainedModel::~TrainedModel() = default;
TrainedModel::TrainedModel(TrainedModel&&) noexcept = default;
TrainedModel& TrainedModel::operator=(TrainedModel&&) noexcept = default;

bool TrainedModel::is_on_sphere() const {
  return vaecollapse::is_on_sphere(parts_->network.posterior());
}

const Description& TrainedModel::description() const { return parts_->description; }

vaecollapse::ElboTerms TrainedModel::elbo(const Corpus& corpus) { return elbo_rows(corpus).mean(); }

vaecollapse::ElboRows TrainedModel::elbo_rows(const Corpus& corpus) {
  return vaecollapse::elbo_rows(parts_->evaluation, corpus);
}

std::vector<std::vector<float>> TrainedModel::attention(const Corpus& corpus) {
  return vaecollapse::attention_rows(parts_->evaluation, corpus);
}

std::vector<float> TrainedModel::codes(const Corpus& corpus) {
  return vaecollapse::z_means(parts_->evaluation, corpus);
}

std::vector<RankedGuesses> TrainedModel::guess(const Corpus& corpus) {
  return parts_->words(vaecollapse::decode_rows(parts_->evaluation, corpus, parts_->decode));
}

std::vector<RankedGuesses> TrainedModel::guess_with_permuted_codes(const Corpus& corpus) {
  return parts_->words(
      vaecollapse::decode_with_permuted_z(parts_->evaluation, corpus, parts_->decode));
}

std::vector<RankedGuesses> TrainedModel::guess(const Corpus& corpus, std::span<const float> codes,
                                               std::span<const vaecollapse::Row> source_of) {
  return parts_->words(
      vaecollapse::decode_rows(parts_->evaluation, corpus, codes, source_of, parts_->decode));
}

std::vector<Guess> TrainedModel::draw(const Corpus& corpus, std::span<const float> codes,
                                      std::span<const vaecollapse::Row> source_of,
                                      const Sampling& sampling) {
  Index longest = 1;
  for (vaecollapse::Row row = 0; row < vaecollapse::Row(corpus.size()); ++row) {
    const auto source = static_cast<Index>(corpus.source(row).size());
    longest = std::max(longest, parts_->decode.longest_from(source));
  }
  const vaecollapse::SamplingOptions options{.temperature = sampling.temperature,
                                             .top_k = static_cast<Index>(sampling.top_k),
                                             .top_p = sampling.top_p,
                                             .longest = longest};
  std::vector<Guess> words;
  for (const vaecollapse::Hypothesis& word :
       vaecollapse::sample_rows(parts_->evaluation, corpus, codes, source_of, options)) {
    words.push_back({parts_->description.vocabulary.decode(word.ids), word.log_probability});
  }
  return words;
}

std::vector<double> TrainedModel::nll(const Corpus& corpus, std::span<const float> codes,
                                      std::span<const vaecollapse::Row> source_of) {
  return vaecollapse::nll_rows(parts_->evaluation, corpus, codes, source_of);
}

std::vector<vaecollapse::Row> TrainedModel::permuted_rows(const Corpus& corpus) const {
  return vaecollapse::permuted_rows(parts_->evaluation, corpus);
}

std::vector<float> TrainedModel::prior_codes(const Corpus& corpus) {
  return vaecollapse::prior_z(parts_->evaluation, corpus);
}

vaecollapse::PosteriorRows<float> TrainedModel::posteriors(const Corpus& corpus) {
  return vaecollapse::posterior_rows(parts_->evaluation, corpus);
}

vaecollapse::Diagnosis TrainedModel::diagnose(std::span<const Example> rows,
                                              vaecollapse::DiagnosisOptions options,
                                              std::optional<double> accuracy_gain) {
  options.baseline = {.accuracy = accuracy_of_copies(rows), .gain = accuracy_gain};
  const vaecollapse::reinflection::Corpus corpus(rows, parts_->description.vocabulary,
                                                 parts_->description.features);
  vaecollapse::Probing probing(parts_->network, parts_->parameters, parts_->team);
  vaecollapse::Diagnosis found =
      vaecollapse::diagnose(parts_->evaluation, probing, corpus, options);
  const auto posterior = kit::parse_posterior(parts_->description.settings.posterior);
  std::string& advice = found.verdict.advice;
  if (posterior.family.fixed_rate && advice.find("rate=") != std::string::npos) {
    advice += "; but the rate is fixed by --posterior " + posterior.text +
              ": only with other numbers of it is there another rate";
  }
  return found;
}

}  // namespace reinflection
