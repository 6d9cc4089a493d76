#include "text_vae/report/run_part.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/data/corpus.hpp>
#include <vaecollapse/latent/interpolate.hpp>
#include <vaecollapse/optim/schedule.hpp>

#include "kit/report/run_part.hpp"
#include "kit/shell.hpp"
#include "text_vae/interpolate_command.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::Index;
using vaecollapse::Row;
using Corpus = vaecollapse::text::Corpus;

constexpr Index interpolations_shown = 3;
constexpr std::uint64_t samples_shown = 12;
constexpr std::uint64_t longest_sample = 100;

/// The command that trains the model again.
std::string train_line(Settings settings, const std::filesystem::path& folder,
                       std::optional<std::uint64_t> steps) {
  settings.out = folder.string();
  Settings defaults;
  if (steps) defaults.warmup = vaecollapse::default_warmup(*steps);
  return "text_vae train" + kit::given_options(setting_table, settings, defaults);
}

Corpus one_sentence(const Corpus& corpus, Row row) {
  Corpus one;
  one.add(corpus.source(row));
  return one;
}

/// From each of the first sentences to the next.
std::vector<kit::InterpolatedWords> interpolations(TrainedModel& model, const Corpus& corpus) {
  const auto& vocabulary = model.description().vocabulary;
  const auto path = model.is_on_sphere() ? vaecollapse::Interpolation::spherical
                                         : vaecollapse::Interpolation::linear;
  std::vector<kit::InterpolatedWords> all;
  for (Index i = 0; i < std::min(interpolations_shown, corpus.size() / 2); ++i) {
    const Row from = static_cast<Row>(2 * i), to = from + 1;
    TrainedModel::Latents ends = model.means(one_sentence(corpus, from));
    const TrainedModel::Latents end = model.means(one_sentence(corpus, to));
    ends.numbers.insert(ends.numbers.end(), end.numbers.begin(), end.numbers.end());
    kit::InterpolatedWords way{
        vocabulary.decode(corpus.source(from)), vocabulary.decode(corpus.source(to)), "", {}};
    for (const auto& [t, written] : walk(model, ends, 8, path, InterpolateArguments().search)) {
      way.points.push_back({t, written.text, written.log_probability});
    }
    all.push_back(std::move(way));
  }
  return all;
}

/// From z of the prior, the likeliest token each time.
std::vector<kit::SampledWords> samples(TrainedModel& model) {
  const Corpus rows = empty_sentences(samples_shown);
  std::vector<kit::SampledWords> all;
  for (const Writing& written : model.sample(rows, model.prior(rows), {}, longest_sample)) {
    all.push_back({"", {written.text}});
  }
  return all;
}

}  // namespace

Corpus spread(const Corpus& corpus, std::uint64_t most) {
  const Index count = std::min(corpus.size(), static_cast<Index>(most));
  Corpus some;
  for (Index i = 0; i < count; ++i) {
    some.add(corpus.source(static_cast<Row>(i * corpus.size() / count)));
  }
  return some;
}

vaecollapse::Labelling label_lengths(const Corpus& points) {
  std::vector<std::string> lengths;
  for (Row row = 0; row < Row(points.size()); ++row) {
    const std::size_t tokens = points.source(row).size();
    // In the order of their bytes, so that they stand in order.
    lengths.emplace_back(tokens <= 5    ? "1 to 5 tokens"
                         : tokens <= 10 ? "6 to 10 tokens"
                         : tokens <= 20 ? "from 11 to 20 tokens"
                                        : "over 20 tokens");
  }
  return vaecollapse::label_words("length", lengths);
}

Json run_part(TrainedModel& model, const std::filesystem::path& folder, kit::EpochFigures epochs,
              const ReportSentences& sentences, const vaecollapse::DiagnosisOptions& options,
              vaecollapse::Team& team) {
  const Settings& settings = model.description().settings;
  kit::RunOfReport run;
  run.folder = folder;
  run.train_command = train_line(settings, folder, kit::planned_steps(epochs, settings.epochs));
  run.config = Json::parse(setting_table.to_json(settings, kit::Content::of_model));
  run.diagnosis = model.diagnose(sentences.all, options);
  run.epochs = std::move(epochs);
  const TrainedModel::Latents means = model.means(sentences.points);
  for (const Writing& written : model.decode(sentences.points, means, {})) {
    run.predictions.push_back(written.text);
  }
  run.codes = means.numbers;
  run.labellings = {label_lengths(sentences.points)};
  run.interpolations = interpolations(model, sentences.all);
  run.samples = samples(model);
  return kit::run_part(std::move(run), sentences.points.size(), team);
}

}  // namespace text_vae
