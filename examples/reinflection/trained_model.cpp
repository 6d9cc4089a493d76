#include "trained_model.hpp"

#include <numeric>
#include <string>
#include <utility>

#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/workers.hpp>
#include <vaecollapse/evaluate/ablation.hpp>
#include <vaecollapse/evaluate/codes.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/elbo.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/evaluate/importance_weights.hpp>
#include <vaecollapse/evaluate/model_posteriors.hpp>
#include <vaecollapse/evaluate/prober.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/evaluate/sensitivity.hpp>
#include <vaecollapse/io/model.hpp>
#include <vaecollapse/runs/run_folder.hpp>

#include "network.hpp"

namespace reinflection {

using vaecollapse::Corpus;
using vaecollapse::Index;

namespace {

vaecollapse::DecodeOptions decode_options(const Search& search) {
  return {.beam = static_cast<Index>(search.beam),
          .nbest = static_cast<Index>(search.nbest),
          .length_normalisation = search.length_normalisation,
          .length_slack = static_cast<Index>(search.slack)};
}

/// All rows as one batch.
vaecollapse::Batch whole(const Corpus& corpus) {
  std::vector<vaecollapse::Row> rows(static_cast<std::size_t>(corpus.size()));
  std::iota(rows.begin(), rows.end(), vaecollapse::Row{0});
  return {corpus, rows};
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

const Description& TrainedModel::description() const { return parts_->description; }

vaecollapse::ElboTerms TrainedModel::elbo(const Corpus& corpus) { return elbo_rows(corpus).mean(); }

vaecollapse::ElboRows TrainedModel::elbo_rows(const Corpus& corpus) {
  return vaecollapse::elbo_rows(parts_->evaluation, corpus);
}

std::vector<std::vector<float>> TrainedModel::attention(const Corpus& corpus) {
  return vaecollapse::attention_rows(parts_->evaluation, corpus);
}

std::vector<float> TrainedModel::codes(const Corpus& corpus) {
  return vaecollapse::mean_z(parts_->evaluation, corpus);
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

std::vector<vaecollapse::ImportanceWeights> TrainedModel::importance_weights(
    const Corpus& corpus, std::uint32_t samples) {
  return vaecollapse::importance_weights(parts_->evaluation, corpus, samples);
}

vaecollapse::GridPosteriors TrainedModel::model_posteriors(const Corpus& corpus,
                                                           const vaecollapse::LatentGrid& grid) {
  return vaecollapse::model_posteriors(parts_->evaluation, corpus, grid);
}

vaecollapse::PosteriorProbe TrainedModel::probe_posteriors(const Corpus& corpus) {
  const vaecollapse::Batch batch = whole(corpus);
  vaecollapse::Probing probing(parts_->network, parts_->parameters, parts_->team);
  return vaecollapse::probe_posteriors(probing, batch);
}

vaecollapse::DecoderSensitivity TrainedModel::sensitivity(const Corpus& corpus) {
  const vaecollapse::Batch batch = whole(corpus);
  vaecollapse::Probing probing(parts_->network, parts_->parameters, parts_->team);
  return vaecollapse::decoder_sensitivity(probing, batch);
}

}  // namespace reinflection
