#include "report/run_part.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/metrics/edit_script.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/metrics/projection.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "asked_form.hpp"
#include "interpolate_command.hpp"
#include "kit/diagnosis_text.hpp"
#include "kit/report/sentence.hpp"
#include "report/train_line.hpp"
#include "settings.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::Index;
using vaecollapse::reinflection::Corpus;
using vaecollapse::reinflection::Example;
using vaecollapse::utf8::encode;

constexpr std::size_t errors_shown = 200;
constexpr std::size_t interpolations_shown = 3;
constexpr std::size_t samples_shown = 8;
constexpr std::size_t attention_shown = 4;

/// Three decimals, which is more than a screen shows.
Json places(const std::vector<float>& axis) {
  Json all = Json::array();
  for (const float place : axis) all.push_back(std::round(static_cast<double>(place) * 1e3) / 1e3);
  return all;
}

Json map_of(const char* name, const vaecollapse::Projection& plane) {
  return {
      {"name", name}, {"measure", plane.measure}, {"x", places(plane.x)}, {"y", places(plane.y)}};
}

std::vector<std::u32string> first_guesses(const std::vector<RankedGuesses>& guesses) {
  std::vector<std::u32string> words;
  for (const RankedGuesses& ranked : guesses) {
    words.push_back(ranked.empty() ? std::u32string() : ranked.front().word);
  }
  return words;
}

/// From the right form to the guess.
Json pieces_of(const Example& row, const std::u32string& guess) {
  using Kind = vaecollapse::EditPiece::Kind;
  Json pieces = Json::array();
  for (const auto& [kind, text] : vaecollapse::edit_script(row.target, guess)) {
    const char* sign = kind == Kind::common ? "=" : kind == Kind::removed ? "-" : "+";
    pieces.push_back({sign, encode(text)});
  }
  return pieces;
}

Json errors_part(const std::vector<Example>& rows, const std::vector<std::u32string>& guesses) {
  Json shown = Json::array();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (vaecollapse::exact_match(guesses[i], rows[i].target)) continue;
    if (wrong++ >= errors_shown) continue;
    shown.push_back({{"line", rows[i].line},
                     {"source", encode(rows[i].source)},
                     {"tags", rows[i].msd},
                     {"guess", encode(guesses[i])},
                     {"pieces", pieces_of(rows[i], guesses[i])}});
  }
  return {{"rows", rows.size()}, {"wrong", wrong}, {"shown", std::move(shown)}};
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

Json interpolations_part(TrainedModel& model, const std::vector<Example>& rows) {
  Json all = Json::array();
  if (model.description().settings.encoder_state_bypass) return all;
  for (const auto& [from, to] :
       rows_by_tags(rows, model.description(), interpolations_shown, /*in_pairs=*/true)) {
    Json points = Json::array();
    for (const auto& [t, guess] : walk(model, from->source, to->source, {from->msd, from->tags}, 8,
                                       vaecollapse::Interpolation::linear)) {
      points.push_back(
          {{"t", t}, {"word", encode(guess.word)}, {"log_probability", guess.log_probability}});
    }
    all.push_back({{"from", encode(from->source)},
                   {"to", encode(to->source)},
                   {"tags", from->msd},
                   {"points", std::move(points)}});
  }
  return all;
}

Json samples_part(TrainedModel& model, const std::vector<Example>& rows) {
  const Description& description = model.description();
  Json all = Json::array();
  if (description.settings.encoder_state_bypass) return all;
  for (const auto& [row, unused] : rows_by_tags(rows, description, 2, /*in_pairs=*/false)) {
    const std::vector<std::u32string> sources(samples_shown, row->source);
    const std::vector<Example> asked = ask_for(sources, {row->msd, row->tags});
    const Corpus corpus(asked, description.vocabulary, description.features);
    Json words = Json::array();
    for (const Guess& guess : say(model, asked, model.prior_codes(corpus))) {
      words.push_back(encode(guess.word));
    }
    all.push_back({{"tags", row->msd}, {"words", std::move(words)}});
  }
  return all;
}

/// How the tags are weighed where the model says what it does say.
Json attention_part(TrainedModel& model, const std::vector<Example>& rows) {
  const Description& description = model.description();
  if (description.settings.attention == 0) return nullptr;
  std::vector<Example> said;
  for (const auto& [row, unused] : rows_by_tags(rows, description, attention_shown, false)) {
    said.push_back(*row);
  }
  const Corpus asked(said, description.vocabulary, description.features);
  const std::vector<std::u32string> guesses = first_guesses(model.guess(asked));
  for (std::size_t i = 0; i < said.size(); ++i) said[i].target = guesses[i];
  const Corpus corpus(said, description.vocabulary, description.features);
  const std::vector<std::vector<float>> weights = model.attention(corpus);
  Json all = Json::array();
  for (std::size_t i = 0; i < said.size(); ++i) {
    Json tags = Json::array(), symbols = Json::array(), of_symbols = Json::array();
    const auto ids = corpus.tags(static_cast<vaecollapse::Row>(i));
    for (const vaecollapse::Symbol id : ids) tags.push_back(description.features.name(id));
    for (const char32_t one : said[i].target) symbols.push_back(encode(std::u32string(1, one)));
    symbols.push_back("end");
    for (std::size_t s = 0; s < symbols.size(); ++s) {
      const auto own = std::span(weights[i]).subspan(s * ids.size(), ids.size());
      of_symbols.push_back(places({own.begin(), own.end()}));
    }
    all.push_back({{"source", encode(said[i].source)},
                   {"tags", std::move(tags)},
                   {"symbols", std::move(symbols)},
                   {"weights", std::move(of_symbols)}});
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
  const Corpus points = corpus_of(words.points.words);
  const std::vector<float> codes = model.codes(points);
  const vaecollapse::View<const float> view(
      codes.data(), static_cast<Index>(codes.size()) / points.size(), points.size());
  const auto steps = kit::planned_steps(epochs, description.settings.epochs);
  const vaecollapse::Diagnosis found =
      model.diagnose(words.rows, options, kit::accuracy_gain(epochs));
  const auto groupings = vaecollapse::score_groupings(view, words.points.labellings);
  Json notes = Json::array();
  if (!epochs.note.empty()) notes.push_back(epochs.note);
  Json predictions = Json::array();
  for (const std::u32string& word : first_guesses(model.guess(points))) {
    predictions.push_back(encode(word));
  }
  const Corpus rows = corpus_of(words.rows);
  return {
      {"folder", folder.string()},
      {"sentence", kit::sentence_of(found, groupings)},
      {"train_command", train_command_line(description.settings, folder, steps)},
      {"config", Json::parse(setting_table.to_json(description.settings, kit::Content::of_model))},
      {"notes", std::move(notes)},
      {"epochs", std::move(epochs.epochs)},
      {"diagnosis", Json::parse(kit::to_json(found, groupings))},
      {"maps",
       {map_of("t-SNE", vaecollapse::tsne(view, team)),
        map_of("principal components", vaecollapse::principal_components(view))}},
      {"predictions", std::move(predictions)},
      {"errors", errors_part(words.rows, first_guesses(model.guess(rows)))},
      {"interpolations", interpolations_part(model, words.rows)},
      {"samples", samples_part(model, words.rows)},
      {"attention", attention_part(model, words.rows)}};
}

}  // namespace reinflection
