#include "evaluate_command.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/metrics/ranking.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "corpora.hpp"
#include "ensemble.hpp"
#include "kit/json_numbers.hpp"
#include "kit/standard_output.hpp"
#include "track.hpp"

namespace reinflection {

namespace {

using vaecollapse::InputError;
using vaecollapse::raise;
using vaecollapse::reinflection::Corpus;
using vaecollapse::reinflection::Example;

/// The MRR looks down the list, so a beam gives all that it holds.
kit::Search whole_beam(kit::Search search) {
  search.nbest = std::min<std::uint64_t>(search.beam, vaecollapse::reinflection::longest_ranking);
  return search;
}

vaecollapse::reinflection::Scores score(vaecollapse::reinflection::Scoring scoring,
                                        const std::vector<Example>& rows,
                                        const std::vector<RankedGuesses>& guesses) {
  vaecollapse::reinflection::Scorer scorer(scoring);
  std::vector<std::u32string> words;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    words.clear();
    for (const Guess& guess : guesses[i]) words.push_back(guess.word);
    scorer.add(vaecollapse::reinflection::question(rows[i]), rows[i].target, words);
  }
  return scorer.scores();
}

/// How the rate of a sequence of latents is divided; nothing of a single z.
std::optional<vaecollapse::KlOfPlaces> kl_of_places(TrainedModel& model, const Corpus& corpus,
                                                    const vaecollapse::ElboRows& elbo) {
  const kit::LatentShape shape = model.latent_shape();
  if (!shape.is_sequence) return std::nullopt;
  return vaecollapse::kl_of_places(elbo.kl_per_dimension, shape.parts,
                                   model.drawn_codes(corpus).places);
}

/// The widest of the tracks of the models.
Track track_of(Ensemble& model) {
  Track widest{};
  for (const TrainedModel& member : model.members()) {
    widest = std::max(widest, track_of(member.description().settings));
  }
  return widest;
}

}  // namespace

std::string to_json(const Evaluation& evaluation) {
  const auto& [scores, elbo, accuracy_drawn, places, track, members] = evaluation;
  nlohmann::ordered_json object{{"accuracy", scores.accuracy},
                                {"levenshtein", scores.levenshtein},
                                {"normalised_levenshtein", scores.normalised_levenshtein},
                                {"mrr", scores.mrr},
                                {"rows", scores.rows},
                                {"elbo_nats", elbo.elbo()},
                                {"nll_nats", elbo.nll},
                                {"rate_nats", elbo.rate},
                                {"track", track}};
  if (accuracy_drawn) object["accuracy_z_drawn"] = *accuracy_drawn;
  if (places) {
    object["rate_of_places_nats"] = places->of_places;
    object["rate_of_global_nats"] = kit::number_or_null(places->global);
    object["rate_of_length_nats"] = kit::number_or_null(places->length);
  }
  if (!members.empty()) object["members"] = members;
  return object.dump(2) + "\n";
}

std::string to_text(const Evaluation& evaluation) {
  using vaecollapse::formatted;
  const auto& [scores, elbo, accuracy_drawn, places, track, members] = evaluation;
  std::string text;
  if (!members.empty()) text += formatted("models                  %zu\n", members.size());
  text += formatted("rows                    %lld\n", static_cast<long long>(scores.rows));
  text += formatted("accuracy                %.2f %%\n", 100 * scores.accuracy);
  if (accuracy_drawn) text += formatted("  with z drawn          %.2f %%\n", 100 * *accuracy_drawn);
  text += formatted(
      "Levenshtein             %.4f\n"
      "normalised Levenshtein  %.4f\n"
      "MRR                     %.4f\n",
      scores.levenshtein, scores.normalised_levenshtein, scores.mrr);
  text += formatted(
      "ELBO                    %.3f nats a word\n"
      "  NLL                   %.3f\n"
      "  rate                  %.3f\n",
      elbo.elbo(), elbo.nll, elbo.rate);
  if (places) {
    text += formatted("    places              %.3f\n", places->of_places);
    if (places->global) text += formatted("    global z            %.3f\n", *places->global);
    if (places->length) text += formatted("    number of places    %.3f\n", *places->length);
  }
  return text + "track                   " + std::string(track) + "\n";
}

int evaluate_command(const EvaluateArguments& arguments) {
  Ensemble model(arguments.models, arguments.threads, whole_beam(arguments.search));
  const Description& description = model.description();
  const Reading reading = reading_of(description.settings, arguments.format);
  const std::vector<Example> rows =
      load_data(arguments.data, reading, description, arguments.models.front());
  const Corpus corpus(rows, description.vocabulary, description.features);
  if (arguments.permute_z && corpus.size() < 2) {
    raise(InputError(kit::shown_name(arguments.data), 0, "a single row",
                     "two at least, for --permute-z"));
  }
  const auto guesses =
      arguments.permute_z ? model.guess_with_permuted_codes(corpus) : model.guess(corpus);
  const vaecollapse::ElboRows elbo = model.elbo_rows(corpus);
  Evaluation evaluation{score(arguments.scoring, rows, guesses), elbo.mean()};
  evaluation.track = name_of(track_of(model));
  if (!arguments.permute_z) {
    evaluation.accuracy_drawn =
        score(arguments.scoring, rows, model.guess_from_drawn(corpus)).accuracy;
  }
  if (model.size() > 1) {
    evaluation.members = arguments.models;
  } else {
    evaluation.places = kl_of_places(model.members().front(), corpus, elbo);
  }
  kit::print(arguments.json ? to_json(evaluation) : to_text(evaluation));
  return 0;
}

}  // namespace reinflection
