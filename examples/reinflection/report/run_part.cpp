#include "report/run_part.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "asked_form.hpp"
#include "interpolate_command.hpp"
#include "kit/report/run_part.hpp"
#include "report/train_line.hpp"
#include "settings.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::reinflection::Corpus;
using vaecollapse::reinflection::Example;
using vaecollapse::utf8::encode;

constexpr std::size_t interpolations_shown = 3;
constexpr std::size_t samples_shown = 8;
constexpr std::size_t attention_shown = 4;

std::vector<std::u32string> first_guesses(const std::vector<RankedGuesses>& guesses) {
  std::vector<std::u32string> words;
  for (const RankedGuesses& ranked : guesses) {
    words.push_back(ranked.empty() ? std::u32string() : ranked.front().word);
  }
  return words;
}

std::vector<kit::ErrorRow> errors_of(const std::vector<Example>& rows,
                                     const std::vector<std::u32string>& guesses) {
  std::vector<kit::ErrorRow> errors;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Example& row = rows[i];
    if (vaecollapse::exact_match(guesses[i], row.target)) continue;
    errors.push_back({row.line, encode(row.source), row.msd, row.target, guesses[i]});
  }
  return errors;
}

/// Whether the model knows all that the row asks for.
bool knows_tags(const Description& description, const Example& row) {
  std::vector<vaecollapse::Symbol> ids;
  const bool asks = !row.tags.empty() || description.features.size() == 0;
  return asks && description.features.encode(row.tags, ids) == 0;
}

/// Rows of which each asks for tags of its own, and a later row that asks for the same of another
/// word, if `in_pairs`.
std::vector<std::pair<const Example*, const Example*>> rows_by_tags(
    const std::vector<Example>& rows, const Description& description, std::size_t most,
    bool in_pairs) {
  std::vector<std::pair<const Example*, const Example*>> found;
  std::set<std::string> seen;
  for (const Example& row : rows) {
    if (found.size() == most) break;
    if (seen.contains(row.msd) || !knows_tags(description, row)) continue;
    const auto other = std::find_if(
        rows.begin() + (&row - rows.data()), rows.end(),
        [&](const Example& later) { return later.msd == row.msd && later.source != row.source; });
    if (in_pairs && other == rows.end()) continue;
    seen.insert(row.msd);
    found.emplace_back(&row, in_pairs ? &*other : nullptr);
  }
  return found;
}

std::vector<kit::InterpolatedWords> interpolations(TrainedModel& model,
                                                   const std::vector<Example>& rows) {
  std::vector<kit::InterpolatedWords> all;
  if (model.description().settings.encoder_state_bypass) return all;
  for (const auto& [from, to] :
       rows_by_tags(rows, model.description(), interpolations_shown, /*in_pairs=*/true)) {
    kit::InterpolatedWords way{encode(from->source), encode(to->source), from->msd, {}};
    for (const auto& [t, guess] : walk(model, from->source, to->source, {from->msd, from->tags}, 8,
                                       vaecollapse::Interpolation::linear)) {
      way.points.push_back({t, encode(guess.word), guess.log_probability});
    }
    all.push_back(std::move(way));
  }
  return all;
}

std::vector<kit::SampledWords> samples(TrainedModel& model, const std::vector<Example>& rows) {
  const Description& description = model.description();
  std::vector<kit::SampledWords> all;
  if (description.settings.encoder_state_bypass) return all;
  for (const auto& [row, unused] : rows_by_tags(rows, description, 2, /*in_pairs=*/false)) {
    const std::vector<std::u32string> sources(samples_shown, row->source);
    const std::vector<Example> asked = ask_for(sources, {row->msd, row->tags});
    const Corpus corpus(asked, description.vocabulary, description.features);
    kit::SampledWords sampled{row->msd, {}};
    for (const Guess& guess : say(model, asked, model.prior_codes(corpus))) {
      sampled.words.push_back(encode(guess.word));
    }
    all.push_back(std::move(sampled));
  }
  return all;
}

/// Some rows with what the model predicts as their targets.
std::vector<Example> predicted_rows(TrainedModel& model, const std::vector<Example>& rows) {
  const Description& description = model.description();
  std::vector<Example> predicted;
  for (const auto& [row, unused] : rows_by_tags(rows, description, attention_shown, false)) {
    predicted.push_back(*row);
  }
  const Corpus asked(predicted, description.vocabulary, description.features);
  const std::vector<std::u32string> guesses = first_guesses(model.guess(asked));
  for (std::size_t i = 0; i < predicted.size(); ++i) predicted[i].target = guesses[i];
  return predicted;
}

/// Its characters, and its end.
std::vector<std::string> symbols_of(const std::u32string& word) {
  std::vector<std::string> symbols;
  for (const char32_t symbol : word) symbols.push_back(encode(std::u32string(1, symbol)));
  symbols.push_back("end");
  return symbols;
}

/// The weights before each of so many symbols.
std::vector<std::vector<float>> weights_by_symbol(const std::vector<float>& weights,
                                                  std::size_t symbols) {
  const std::size_t size = weights.size() / symbols;
  std::vector<std::vector<float>> all;
  for (std::size_t s = 0; s < symbols; ++s) {
    const auto own = std::span(weights).subspan(s * size, size);
    all.emplace_back(own.begin(), own.end());
  }
  return all;
}

/// How the tags are weighed where the model predicts what it does predict.
std::optional<std::vector<kit::AttendedTags>> attention(TrainedModel& model,
                                                        const std::vector<Example>& rows) {
  const Description& description = model.description();
  if (description.settings.attention == 0) return std::nullopt;
  const std::vector<Example> predicted = predicted_rows(model, rows);
  const Corpus corpus(predicted, description.vocabulary, description.features);
  const std::vector<std::vector<float>> weights = model.attention(corpus);
  std::vector<kit::AttendedTags> all;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    kit::AttendedTags one{encode(predicted[i].source), {}, symbols_of(predicted[i].target), {}};
    for (const vaecollapse::Symbol id : corpus.tags(static_cast<vaecollapse::Row>(i))) {
      one.tags.push_back(description.features.name(id));
    }
    one.weights = weights_by_symbol(weights[i], one.symbols.size());
    all.push_back(std::move(one));
  }
  return all;
}

/// The same of the places of z: those of the source's symbols and its end, or numbered slots.
std::optional<std::vector<kit::AttendedPlaces>> place_attention(TrainedModel& model,
                                                                const std::vector<Example>& rows) {
  const Description& description = model.description();
  if (!model.latent_shape().is_sequence) return std::nullopt;
  const std::vector<Example> predicted = predicted_rows(model, rows);
  const std::vector<std::vector<float>> weights =
      model.attention(Corpus(predicted, description.vocabulary, description.features));
  std::vector<kit::AttendedPlaces> all;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    kit::AttendedPlaces one{encode(predicted[i].source), {}, symbols_of(predicted[i].target), {}};
    one.weights = weights_by_symbol(weights[i], one.symbols.size());
    if (description.settings.slots == 0) one.places = symbols_of(predicted[i].source);
    for (std::uint64_t slot = 1; slot <= description.settings.slots; ++slot) {
      one.places.push_back(std::to_string(slot));
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

Json run_part(TrainedModel& model, const std::filesystem::path& folder, kit::EpochFigures epochs,
              const ReportWords& words, const vaecollapse::DiagnosisOptions& options,
              vaecollapse::Team& team) {
  const Description& description = model.description();
  const auto corpus_of = [&](const std::vector<Example>& rows) {
    return Corpus(rows, description.vocabulary, description.features);
  };
  const Corpus points = corpus_of(words.points.words), rows = corpus_of(words.rows);
  kit::RunOfReport run;
  run.folder = folder;
  run.train_command = train_command_line(description.settings, folder,
                                         kit::planned_steps(epochs, description.settings.epochs));
  run.config = Json::parse(setting_table.to_json(description.settings, kit::Content::of_model));
  run.diagnosis = model.diagnose(words.rows, options, kit::accuracy_gain(epochs));
  run.epochs = std::move(epochs);
  run.codes = model.word_vectors(points);
  run.labellings = words.points.labellings;
  for (const std::u32string& word : first_guesses(model.guess(points))) {
    run.predictions.push_back(encode(word));
  }
  run.rows = words.rows.size();
  run.errors = errors_of(words.rows, first_guesses(model.guess(rows)));
  run.interpolations = interpolations(model, words.rows);
  run.samples = samples(model, words.rows);
  run.attention = attention(model, words.rows);
  run.place_attention = place_attention(model, words.rows);
  return kit::run_part(std::move(run), points.size(), team);
}

}  // namespace reinflection
