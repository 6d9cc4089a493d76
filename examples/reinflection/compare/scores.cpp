#include "compare/scores.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/active_units.hpp>
#include <vaecollapse/metrics/edit_distance.hpp>
#include <vaecollapse/metrics/exact_match.hpp>
#include <vaecollapse/metrics/knn_purity.hpp>
#include <vaecollapse/metrics/latent_rows.hpp>
#include <vaecollapse/metrics/sequence_parts.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "ensemble.hpp"
#include "kit/compare/row_scores.hpp"
#include "kit/counted.hpp"
#include "kit/terminal.hpp"

namespace reinflection {

namespace {

using kit::Form;
using kit::Where;
using vaecollapse::Index;
using vaecollapse::RowScores;
using vaecollapse::reinflection::Corpus;
using vaecollapse::reinflection::Example;

void score_guesses(const std::vector<Example>& rows, const std::vector<RankedGuesses>& guesses,
                   std::vector<double>& right, std::vector<double>& distance) {
  vaecollapse::EditDistance edits;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::u32string guess = guesses[i].empty() ? std::u32string() : guesses[i].front().word;
    right.push_back(vaecollapse::exact_match(guess, rows[i].target) ? 1 : 0);
    distance.push_back(static_cast<double>(edits(guess, rows[i].target)));
  }
}

/// With the z of other rows, of a sequence also with those of rows of as many places.
void score_permuted(TrainedModel& model, const Corpus& corpus, RowScores& scores) {
  const Latents z = model.drawn_codes(corpus);
  scores.nll_permuted = model.nll(corpus, z, model.permuted_rows(corpus));
  const kit::LatentShape shape = model.latent_shape();
  if (!shape.is_sequence) return;
  for (const vaecollapse::PlaceRange& of_row : z.places) {
    scores.places.push_back(static_cast<double>(of_row.count - shape.parts.global_columns));
  }
  scores.nll_permuted_in_length = model.nll(corpus, z, model.permuted_in_equal_places(z));
}
void score_permuted(Ensemble& models, const Corpus& corpus, RowScores& scores) {
  scores.nll_permuted = models.nll_with_permuted_codes(corpus);
}

template <class Model>
RowScores score_rows(Model& model, const std::vector<Example>& rows, const Corpus& corpus) {
  RowScores scores;
  score_guesses(rows, model.guess(corpus), scores.right, scores.distance);
  score_guesses(rows, model.guess_with_permuted_codes(corpus), scores.right_permuted,
                scores.distance_permuted);
  vaecollapse::ElboRows elbo = model.elbo_rows(corpus);
  scores.nll = std::move(elbo.nll);
  scores.rate = std::move(elbo.rate);
  scores.length_rate = std::move(elbo.length_rate);
  score_permuted(model, corpus, scores);
  return scores;
}

/// A view of codes that lie one after the other.
vaecollapse::View<const float> view(const std::vector<float>& codes, Index count) {
  return {codes.data(), static_cast<Index>(codes.size()) / count, count};
}

/// Of a sequence those of its places, counted over all of them, and those of the z beside them.
double active_units(TrainedModel& model, const Corpus& corpus) {
  const Latents z = model.codes(corpus);
  const kit::LatentShape shape = model.latent_shape();
  double active = 0;
  const auto add = [&](const std::vector<float>& vectors, Index dimensions) {
    if (dimensions == 0) return;
    vaecollapse::ActiveUnits units;
    units.add(view(vectors, static_cast<Index>(vectors.size()) / dimensions));
    active += static_cast<double>(units.count());
  };
  const vaecollapse::LatentView<float> all(z);
  add(vaecollapse::columns_of_places(all, shape.dimensions, corpus.size(), shape.parts),
      shape.dimensions);
  add(vaecollapse::global_vectors(all, shape.dimensions, corpus.size(), shape.parts),
      shape.parts.global);
  return active;
}

std::optional<double> lemma_purity(TrainedModel& model, const LabelledWords& latent) {
  if (latent.words.empty()) return std::nullopt;
  const Description& description = model.description();
  const Corpus corpus(latent.words, description.vocabulary, description.features);
  const std::vector<float> codes = model.word_vectors(corpus);
  // The lemmas are the first of the labellings.
  return vaecollapse::knn_purity(view(codes, corpus.size()), latent.labellings.front().of_word);
}

}  // namespace

void Scores::write_figures(nlohmann::ordered_json& object) const {
  object["active_units"] = active_units;
  object["lemma_purity"] = nullptr;
  if (lemma_purity) object["lemma_purity"] = *lemma_purity;
}

void Scores::read_figures(const nlohmann::ordered_json& object) {
  object.at("active_units").get_to(active_units);
  if (const auto& purity = object.at("lemma_purity"); !purity.is_null()) {
    lemma_purity = purity.get<double>();
  }
}

void Scores::write_rows(nlohmann::ordered_json& object) const {
  kit::write_row_scores(object, rows);
}

bool Scores::read_rows(const nlohmann::ordered_json& object) {
  return kit::read_row_scores(object, rows,
                              {&RowScores::right, &RowScores::distance, &RowScores::right_permuted,
                               &RowScores::distance_permuted, &RowScores::nll, &RowScores::rate});
}

std::vector<std::vector<double>> Scores::values() const {
  std::vector<double> purity;
  if (lemma_purity) purity.push_back(*lemma_purity);
  return {rows.right,     rows.distance,       rows.nll, rows.rate, rows.elbo(),
          {active_units}, rows.right_permuted, purity};
}

Scores score(TrainedModel& model, const std::vector<Example>& dev, const LabelledWords& latent) {
  const Description& description = model.description();
  const Corpus corpus(dev, description.vocabulary, description.features);
  return {.rows = score_rows(model, dev, corpus),
          .active_units = active_units(model, corpus),
          .lemma_purity = lemma_purity(model, latent)};
}

Scores score(Ensemble& models, const std::vector<Example>& dev) {
  const Description& description = models.description();
  const Corpus corpus(dev, description.vocabulary, description.features);
  Scores scores{.rows = score_rows(models, dev, corpus)};
  for (TrainedModel& model : models.members()) scores.active_units += active_units(model, corpus);
  return scores;
}

std::vector<kit::Measure> measures() {
  const Form per_cent{.unit = 100, .digits = 1};
  return {
      {"accuracy %", "accuracy", per_cent, Where::everywhere, Where::everywhere},
      {"Levenshtein", "levenshtein", {.digits = 3}, Where::everywhere, Where::in_file},
      {"NLL, nats", "nll_nats", {}, Where::in_file, Where::nowhere},
      {"rate, nats", "rate_nats", {}, Where::everywhere, Where::nowhere},
      {"ELBO, nats", "elbo_nats", {}, Where::in_file, Where::in_file},
      {"active units", "active_units", {.digits = 1}, Where::in_file, Where::nowhere},
      {"accuracy %, z permuted", "accuracy_z_permuted", per_cent, Where::in_file, Where::nowhere},
      {"lemma purity", "lemma_purity", {.digits = 3}, Where::everywhere, Where::nowhere}};
}

std::string result_line(const RunResult& result) {
  const RowScores& rows = result.scores.rows;
  return result.method +
         vaecollapse::formatted(", seed %llu", static_cast<unsigned long long>(result.seed)) +
         vaecollapse::formatted(": accuracy %.2f %%, Levenshtein %.3f, NLL %.3f, rate %.2f, ",
                                100 * kit::mean(rows.right), kit::mean(rows.distance),
                                kit::mean(rows.nll), kit::mean(rows.rate)) +
         kit::counted(static_cast<std::uint64_t>(result.scores.active_units), "active unit") +
         (result.has_collapsed() ? ", COLLAPSED" : "") + ", in " +
         kit::show_duration(result.seconds);
}

}  // namespace reinflection
