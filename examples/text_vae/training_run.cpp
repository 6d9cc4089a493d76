#include "text_vae/training_run.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

#include "kit/posteriors.hpp"

namespace text_vae {

namespace {

/// Says of each of some options that it is not what `why` needs, if it is not the usual one.
void require_usual(const Settings& settings, std::initializer_list<std::string_view> names,
                   const std::string& why, kit::Mistakes& mistakes) {
  for (const std::string_view name : names) {
    const Setting& row = *setting_table.find(name);
    const std::string value = show(settings, row);
    if (value == show(Settings(), row)) continue;
    mistakes.add(option_name(row) + " " + value + ": " + why);
  }
}

/// What the family cannot have: sizes, and what only a Gaussian has.
void check_posterior(const kit::PosteriorChoice& posterior, const Settings& settings,
                     kit::Mistakes& mistakes) {
  if (settings.is_language_model()) return;
  try {
    try_sizes(posterior.family, {1, static_cast<vaecollapse::Index>(settings.latent)});
  } catch (const vaecollapse::Error& error) {
    mistakes.add(std::string("--posterior, --latent: ") + error.what());
  }
  if (posterior.family.is_gaussian) return;
  require_usual(settings, {"prior", "head_transform"},
                "only a Gaussian posterior can have it, and --posterior is " + posterior.text,
                mistakes);
}

void check_objective(const kit::ObjectiveChoice& objective, kit::Mistakes& mistakes) {
  if (!objective.bag) return;
  mistakes.add(
      "--objective: found bag_of_characters, expected an objective without it: a sentence is no "
      "bag of characters");
}

/// Sizes that do not fit each other.
void check_sizes(const Settings& settings, kit::Mistakes& mistakes) {
  if (settings.tied && settings.embedding != settings.hidden) {
    mistakes.add("--embedding: found " + std::to_string(settings.embedding) + " with --hidden " +
                 std::to_string(settings.hidden) + " and --tied, expected the same");
  }
}

/// Also for an expression with a mistake, which is told elsewhere.
bool is_elbo(const std::string& objective) {
  try {
    return kit::parse_objective(objective).text == kit::parse_objective("elbo").text;
  } catch (const kit::ExpressionError&) {
    return true;
  }
}

void check_criterion(const std::string& text) {
  const kit::CriterionChoice criterion = kit::parse_criterion(text);
  if (criterion.kind != kit::CriterionChoice::Kind::accuracy) return;
  vaecollapse::raise(kit::ExpressionError(
      text, 0, "accuracy is of words that have one right form; a sentence has none",
      "known: elbo, iwnll"));
}

}  // namespace

void check_settings(const Settings& settings, kit::Mistakes& mistakes) {
  kit::check_policies(
      settings,
      {.objective =
           [&](const kit::ObjectiveChoice& objective) { check_objective(objective, mistakes); },
       .posterior =
           [&](const kit::PosteriorChoice& posterior) {
             check_posterior(posterior, settings, mistakes);
           }},
      mistakes);
  kit::check_expression("--plateau", settings.plateau, kit::parse_plateau, mistakes);
  kit::check_expression("--criterion", settings.criterion, check_criterion, mistakes);
  check_sizes(settings, mistakes);
  if (settings.is_language_model()) {
    require_usual(settings, {"posterior", "prior", "head_transform"},
                  "a language model, --latent 0, has no z", mistakes);
    if (!is_elbo(settings.objective)) {
      mistakes.add("--objective " + settings.objective +
                   ": a language model, --latent 0, has no KL, expected elbo");
    }
  }
}

TrainingRun prepare(Settings settings) {
  kit::Mistakes mistakes;
  check_settings(settings, mistakes);
  mistakes.raise_if_any();
  settings.plateau = kit::parse_plateau(settings.plateau).text;
  return kit::read_policies(std::move(settings));
}

}  // namespace text_vae
