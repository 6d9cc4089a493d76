#include "kit/report/run_part.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/metrics/edit_script.hpp>
#include <vaecollapse/metrics/projection.hpp>

#include "kit/diagnosis_text.hpp"
#include "kit/report/sentence.hpp"

namespace kit {

using Json = nlohmann::ordered_json;

namespace {

using vaecollapse::Index;
using vaecollapse::utf8::encode;

constexpr std::size_t errors_shown = 200;

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

/// From the right form to the guess.
Json pieces_of(const ErrorRow& row) {
  using Piece = vaecollapse::EditPiece;
  Json pieces = Json::array();
  for (const auto& [kind, text] : vaecollapse::edit_script(row.right, row.guess)) {
    const char* sign = kind == Piece::Kind::common ? "=" : kind == Piece::Kind::removed ? "-" : "+";
    pieces.push_back({sign, encode(text)});
  }
  return pieces;
}

Json errors_part(const std::vector<ErrorRow>& errors, std::size_t rows) {
  Json shown = Json::array();
  for (std::size_t i = 0; i < std::min(errors.size(), errors_shown); ++i) {
    const ErrorRow& row = errors[i];
    shown.push_back({{"line", row.line},
                     {"source", row.source},
                     {"tags", row.tags},
                     {"guess", encode(row.guess)},
                     {"pieces", pieces_of(row)}});
  }
  return {{"rows", rows}, {"wrong", errors.size()}, {"shown", std::move(shown)}};
}

Json interpolations_part(const std::vector<InterpolatedWords>& interpolations) {
  Json all = Json::array();
  for (const auto& [from, to, tags, words] : interpolations) {
    Json points = Json::array();
    for (const auto& [t, word, log_probability] : words) {
      points.push_back({{"t", t}, {"word", word}, {"log_probability", log_probability}});
    }
    all.push_back({{"from", from}, {"to", to}, {"tags", tags}, {"points", std::move(points)}});
  }
  return all;
}

Json samples_part(const std::vector<SampledWords>& samples) {
  Json all = Json::array();
  for (const auto& [tags, words] : samples) all.push_back({{"tags", tags}, {"words", words}});
  return all;
}

/// \param over what is attended to
template <class Attended>
Json attention_part(const std::optional<std::vector<Attended>>& attention, const char* over) {
  if (!attention) return nullptr;
  Json all = Json::array();
  for (const auto& [source, attended, symbols, weights] : *attention) {
    Json of_symbols = Json::array();
    for (const std::vector<float>& one : weights) of_symbols.push_back(places(one));
    all.push_back({{"source", source},
                   {over, attended},
                   {"symbols", symbols},
                   {"weights", std::move(of_symbols)}});
  }
  return all;
}

}  // namespace

Json run_part(RunOfReport run, Index points, vaecollapse::Team& team) {
  const vaecollapse::View<const float> view(run.codes.data(),
                                            static_cast<Index>(run.codes.size()) / points, points);
  const auto groupings = vaecollapse::score_groupings(view, run.labellings);
  Json notes = Json::array();
  if (!run.epochs.note.empty()) notes.push_back(run.epochs.note);
  return {{"folder", run.folder.string()},
          {"sentence", sentence_of(run.diagnosis, groupings)},
          {"train_command", run.train_command},
          {"config", std::move(run.config)},
          {"notes", std::move(notes)},
          {"epochs", std::move(run.epochs.epochs)},
          {"diagnosis", Json::parse(to_json(run.diagnosis, groupings))},
          {"maps",
           {map_of("t-SNE", vaecollapse::tsne(view, team)),
            map_of("principal components", vaecollapse::principal_components(view))}},
          {"predictions", run.predictions},
          {"errors", errors_part(run.errors, run.rows)},
          {"interpolations", interpolations_part(run.interpolations)},
          {"samples", samples_part(run.samples)},
          {"attention", attention_part(run.attention, "tags")},
          {"place_attention", attention_part(run.place_attention, "places")}};
}

}  // namespace kit
