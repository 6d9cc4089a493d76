#include "trained_model.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/model/beam.hpp>
#include <vaecollapse/runs/run_folder.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "kit/posteriors.hpp"
#include "network/networks.hpp"

namespace reinflection {

using vaecollapse::Index;
using vaecollapse::Row;
using vaecollapse::reinflection::Example;

namespace {

/// What is right without a model: the source as the guess.
double accuracy_of_copies(std::span<const Example> rows) {
  double right = 0;
  for (const Example& row : rows) right += vaecollapse::exact_match(row.source, row.target) ? 1 : 0;
  return right / static_cast<double>(rows.size());
}

std::vector<Row> every_row(const vaecollapse::Corpus& corpus) {
  std::vector<Row> rows(static_cast<std::size_t>(corpus.size()));
  std::iota(rows.begin(), rows.end(), Row{0});
  return rows;
}

/// Appends the z of the whole word, and the mean over places. \shape z [D x columns]
void append_word_vector(std::span<const float> z, const kit::LatentShape& shape,
                        std::vector<float>& all) {
  const auto of_word = static_cast<std::size_t>(shape.parts.global);
  all.insert(all.end(), z.begin(), z.begin() + static_cast<std::ptrdiff_t>(of_word));
  const auto dimensions = static_cast<std::size_t>(shape.dimensions);
  const auto first = static_cast<std::size_t>(shape.parts.global_columns);
  const std::size_t columns = z.size() / dimensions;
  for (std::size_t d = 0; d < dimensions; ++d) {
    double sum = 0;
    for (std::size_t s = first; s < columns; ++s) sum += static_cast<double>(z[s * dimensions + d]);
    all.push_back(static_cast<float>(sum / static_cast<double>(columns - first)));
  }
}

std::unique_ptr<LoadedNetwork> load(const ModelSource& source) {
  return source.description.settings.has_places() ? load_places(source) : load_one_z(source);
}

}  // namespace

std::vector<RankedGuesses> in_words(const vaecollapse::Vocabulary& vocabulary,
                                    const std::vector<vaecollapse::Guesses>& found) {
  std::vector<RankedGuesses> all(found.size());
  for (std::size_t row = 0; row < found.size(); ++row) {
    for (const vaecollapse::Hypothesis& guess : found[row]) {
      all[row].push_back({vocabulary.decode(guess.ids), guess.log_probability});
    }
  }
  return all;
}

struct TrainedModel::Parts {
  Parts(const std::string& file, const vaecollapse::Safetensors& content, std::uint64_t threads,
        const kit::Search& search, std::optional<std::uint64_t> seed)
      : description(from_metadata(file, content.metadata)),
        network(load({.file = file,
                      .content = content,
                      .description = description,
                      .threads = threads,
                      .seed = vaecollapse::Seed(seed.value_or(description.settings.seed))})),
        decode(kit::decode_options(search)) {}

  Description description;
  std::unique_ptr<LoadedNetwork> network;
  vaecollapse::DecodeOptions decode;
};

TrainedModel::TrainedModel(const std::filesystem::path& path, std::uint64_t threads,
                           const kit::Search& search, std::optional<std::uint64_t> seed) {
  const std::filesystem::path file = vaecollapse::find_model(path);
  parts_ = std::make_unique<Parts>(file.string(), vaecollapse::read_safetensors(file), threads,
                                   search, seed);
}

TrainedModel::~TrainedModel() = default;
TrainedModel::TrainedModel(TrainedModel&&) noexcept = default;
TrainedModel& TrainedModel::operator=(TrainedModel&&) noexcept = default;

kit::LatentShape TrainedModel::latent_shape() const { return parts_->network->latent_shape(); }

bool TrainedModel::is_on_sphere() const { return parts_->network->is_on_sphere(); }

const Description& TrainedModel::description() const { return parts_->description; }

vaecollapse::ElboRows TrainedModel::elbo_rows(const vaecollapse::Corpus& corpus) {
  return parts_->network->elbo_rows(corpus);
}

std::vector<std::vector<float>> TrainedModel::attention(const vaecollapse::Corpus& corpus) {
  return parts_->network->attention(corpus);
}

Latents TrainedModel::codes(const vaecollapse::Corpus& corpus) {
  return parts_->network->means(corpus);
}

std::vector<float> TrainedModel::word_vectors(const vaecollapse::Corpus& corpus) {
  Latents z = codes(corpus);
  const kit::LatentShape shape = latent_shape();
  if (!shape.is_sequence) return std::move(z.numbers);
  const auto dimensions = static_cast<std::size_t>(shape.dimensions);
  const std::span<const float> numbers(z.numbers);
  std::vector<float> all;
  for (const vaecollapse::PlaceRange& place : z.places) {
    append_word_vector(numbers.subspan(static_cast<std::size_t>(place.first) * dimensions,
                                       static_cast<std::size_t>(place.count) * dimensions),
                       shape, all);
  }
  return all;
}

std::vector<RankedGuesses> TrainedModel::guess(const vaecollapse::Corpus& corpus) {
  return guess(corpus, codes(corpus), every_row(corpus));
}

std::vector<RankedGuesses> TrainedModel::guess_with_permuted_codes(
    const vaecollapse::Corpus& corpus) {
  return guess(corpus, codes(corpus), permuted_rows(corpus));
}

std::vector<RankedGuesses> TrainedModel::guess(const vaecollapse::Corpus& corpus,
                                               const LatentView& codes,
                                               std::span<const Row> source_of) {
  return in_words(parts_->description.vocabulary,
                  parts_->network->decode(corpus, codes, source_of, parts_->decode));
}

std::unique_ptr<vaecollapse::EnsembleMember<float>> TrainedModel::member(
    const LatentView& codes, std::span<const Row> source_of) {
  return parts_->network->member(codes, source_of);
}

std::vector<Guess> TrainedModel::draw(const vaecollapse::Corpus& corpus, const LatentView& codes,
                                      std::span<const Row> source_of,
                                      const kit::Sampling& sampling) {
  Index longest = 1;
  for (Row row = 0; row < Row(corpus.size()); ++row) {
    const auto source = static_cast<Index>(corpus.source(row).size());
    longest = std::max(longest, parts_->decode.longest_from(source));
  }
  std::vector<Guess> words;
  for (const vaecollapse::Hypothesis& word :
       parts_->network->sample(corpus, codes, source_of, sampling, longest)) {
    words.push_back({parts_->description.vocabulary.decode(word.ids), word.log_probability});
  }
  return words;
}

std::vector<double> TrainedModel::nll(const vaecollapse::Corpus& corpus, const LatentView& codes,
                                      std::span<const Row> source_of) {
  return parts_->network->nll(corpus, codes, source_of);
}

std::vector<Row> TrainedModel::permuted_in_equal_places(const Latents& z) const {
  return parts_->network->permuted_in_equal_places(z);
}

std::vector<Row> TrainedModel::permuted_rows(const vaecollapse::Corpus& corpus) const {
  return parts_->network->permuted_rows(corpus);
}

std::vector<Index> TrainedModel::numbers_of_places(Index rows) {
  return parts_->network->numbers_of_places(rows);
}

Latents TrainedModel::prior_codes(const vaecollapse::Corpus& corpus) {
  return parts_->network->prior(corpus);
}

vaecollapse::PosteriorRows<float> TrainedModel::posteriors(const vaecollapse::Corpus& corpus) {
  return parts_->network->posteriors(corpus);
}

Latents TrainedModel::drawn_codes(const vaecollapse::Corpus& corpus) {
  vaecollapse::PosteriorRows<float> found = posteriors(corpus);
  return {std::move(found.z), std::move(found.places)};
}

vaecollapse::Diagnosis TrainedModel::diagnose(std::span<const Example> rows,
                                              vaecollapse::DiagnosisOptions options,
                                              std::optional<double> accuracy_gain) {
  options.baseline = {.accuracy = accuracy_of_copies(rows), .gain = accuracy_gain};
  const vaecollapse::reinflection::Corpus corpus(rows, parts_->description.vocabulary,
                                                 parts_->description.features);
  vaecollapse::Diagnosis found = parts_->network->diagnose(corpus, options);
  kit::limit_advice(kit::parse_posterior(parts_->description.settings.posterior),
                    found.verdict.advice);
  return found;
}

}  // namespace reinflection
