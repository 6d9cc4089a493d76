#include "text_vae/trained_model.hpp"

#include <numeric>
#include <string>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/evaluate/unigram.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/runs/run_folder.hpp>

#include "kit/posteriors.hpp"
#include "text_vae/network/networks.hpp"

namespace text_vae {

namespace {

using vaecollapse::Index;
using vaecollapse::Row;

std::vector<Row> all_rows(const vaecollapse::text::Corpus& corpus) {
  std::vector<Row> rows(static_cast<std::size_t>(corpus.size()));
  std::iota(rows.begin(), rows.end(), Row{0});
  return rows;
}

}  // namespace

struct TrainedModel::Parts {
  Parts(const std::string& file, const vaecollapse::Safetensors& content, std::uint64_t threads,
        std::optional<std::uint64_t> seed)
      : name(file),
        description(from_metadata(file, content.metadata)),
        network(
            load_network({.file = file,
                          .content = content,
                          .description = description,
                          .threads = threads,
                          .seed = vaecollapse::Seed(seed.value_or(description.settings.seed))})) {}

  Writing written(const vaecollapse::Hypothesis& found) const {
    return {description.vocabulary.decode(found.ids), found.log_probability};
  }

  std::string name;
  Description description;
  std::unique_ptr<LoadedSentences> network;
};

TrainedModel::TrainedModel(const std::filesystem::path& path, std::uint64_t threads,
                           std::optional<std::uint64_t> seed) {
  const std::filesystem::path file = vaecollapse::find_model(path);
  parts_ =
      std::make_unique<Parts>(file.string(), vaecollapse::read_safetensors(file), threads, seed);
}

TrainedModel::~TrainedModel() = default;
TrainedModel::TrainedModel(TrainedModel&&) noexcept = default;
TrainedModel& TrainedModel::operator=(TrainedModel&&) noexcept = default;

const Description& TrainedModel::description() const { return parts_->description; }

void TrainedModel::require_z(const std::string& command) const {
  if (!parts_->description.settings.is_language_model()) return;
  vaecollapse::raise(vaecollapse::InputError(parts_->name, 0, "a language model, which has no z",
                                             "a model with z, for text_vae " + command));
}

bool TrainedModel::is_on_sphere() const { return parts_->network->is_on_sphere(); }

vaecollapse::SentenceFigures TrainedModel::figures(const Corpus& corpus,
                                                   const vaecollapse::SentenceOptions& options) {
  return parts_->network->figures(corpus, options);
}

vaecollapse::Diagnosis TrainedModel::diagnose(const Corpus& corpus,
                                              vaecollapse::DiagnosisOptions options) {
  options.kind = vaecollapse::RowKind::sentence;
  options.baseline = {.nll = vaecollapse::unigram_nll(corpus)};
  vaecollapse::Diagnosis found = parts_->network->diagnose(corpus, options);
  kit::limit_advice(kit::parse_posterior(parts_->description.settings.posterior),
                    found.verdict.advice);
  return found;
}

TrainedModel::Latents TrainedModel::means(const Corpus& corpus) {
  return parts_->network->means(corpus);
}

TrainedModel::Latents TrainedModel::draws(const Corpus& corpus) {
  return {parts_->network->posteriors(corpus).z, {}};
}

TrainedModel::Latents TrainedModel::prior(const Corpus& corpus) {
  return parts_->network->prior(corpus);
}

std::vector<Writing> TrainedModel::decode(const Corpus& corpus, const Latents& z,
                                          const kit::Search& search) {
  std::vector<Writing> all;
  for (const vaecollapse::Guesses& guesses :
       parts_->network->decode(corpus, z, all_rows(corpus), kit::decode_options(search))) {
    all.push_back(guesses.empty() ? Writing() : parts_->written(guesses.front()));
  }
  return all;
}

std::vector<Writing> TrainedModel::sample(const Corpus& corpus, const Latents& z,
                                          const kit::Sampling& sampling, std::uint64_t longest) {
  std::vector<Writing> all;
  for (const vaecollapse::Hypothesis& one : parts_->network->sample(
           corpus, z, all_rows(corpus), sampling, static_cast<Index>(longest))) {
    all.push_back(parts_->written(one));
  }
  return all;
}

}  // namespace text_vae
