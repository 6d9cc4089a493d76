#include "training_run.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <vaecollapse/core/check.hpp>

#include "kit/expression.hpp"
#include "kit/head_transforms.hpp"
#include "kit/numbers.hpp"
#include "kit/policies.hpp"
#include "kit/posteriors.hpp"
#include "row_format.hpp"

namespace reinflection {

namespace {

/// What the family cannot have: sizes, and what only a Gaussian has.
void check_posterior(const kit::PosteriorChoice& posterior, const Settings& settings,
                     kit::Mistakes& mistakes) {
  try {
    try_sizes(posterior.family, {1, static_cast<vaecollapse::Index>(settings.latent)});
  } catch (const vaecollapse::Error& error) {
    mistakes.add(std::string("--posterior, --latent: ") + error.what());
  }
  if (posterior.family.is_gaussian) return;
  for (const std::string_view name : {"prior", "head_transform", "heads"}) {
    const Setting& row = *setting_table.find(name);
    const std::string value = show(settings, row);
    if (value == show(Settings(), row)) continue;
    mistakes.add(option_name(row) + " " + value +
                 ": only a Gaussian posterior can have it, and --posterior is " + posterior.text);
  }
}

/// A setting that a sequence of latents leaves as it is, and why.
struct Fixed {
  std::string_view setting, why;
};
constexpr std::array<Fixed, 9> fixed_with_places{
    {{"attention", "its decoder attends to the places, and reads the plain sum of the tags"},
     {"decoder", "its decoder reads the symbols before"},
     {"encoder_state_bypass", "nothing but its places and its z leads to the decoder"},
     {"posterior", "each of its places has a Gaussian"},
     {"prior", "the prior of each of its places is N(0, I)"},
     {"head_transform", "a transform is for the head of one z"},
     {"heads", "its heads are linear"},
     {"z_in_training", "what its decoder reads is always sampled"},
     {"decoder_hears", "its decoder reads the right symbols in training"}}};

void check_places(const Settings& settings, kit::Mistakes& mistakes) {
  for (const auto& [name, why] : fixed_with_places) {
    const Setting& row = *setting_table.find(name);
    const std::string value = show(settings, row), usual = show(Settings(), row);
    if (value == usual) continue;
    mistakes.add(option_name(row) + ": found " + (row.is_flag() ? "it" : value) +
                 " with --latent-per-place, expected " + (row.is_flag() ? "it without" : usual) +
                 ": " + std::string(why));
  }
  if (kit::has_word(settings.z_into, "output")) {
    mistakes.add("--z-into: found " + settings.z_into +
                 " with --latent-per-place, expected h0, inputs or both: the mean over the places "
                 "enters there, and the places that are attended to the output");
  }
  if (static_cast<double>(settings.latent) > most_per_place) {
    mistakes.add("--latent: found " + std::to_string(settings.latent) +
                 " with --latent-per-place, expected " + kit::show_number(most_per_place) +
                 " at most");
  }
}

/// The bag of characters is told from one z, and the encoder of places has none.
void check_objective(const kit::ObjectiveChoice& objective, const Settings& settings,
                     kit::Mistakes& mistakes) {
  if (!settings.has_places() || !objective.bag) return;
  mistakes.add(
      "--objective: found bag_of_characters with --latent-per-place, expected an objective without "
      "it: it is told from one z");
}

/// What is wrong with the kind of latents itself.
void check_latents(const Settings& settings, kit::Mistakes& mistakes) {
  if (settings.has_places()) return check_places(settings, mistakes);
  if (settings.latent == 0) {
    mistakes.add(
        "--latent: found 0 without --latent-per-place, expected 1 at least, or a "
        "--latent-per-place: the decoder would know nothing of the source");
  }
  if (settings.slots > 0) {
    mistakes.add("--slots: found " + std::to_string(settings.slots) +
                 " without --latent-per-place, expected the dimensions of each beside it, such as "
                 "--latent-per-place 48");
  }
}

}  // namespace

Settings with_objective(Settings settings) {
  if (settings.objective != objective_by_latents) return settings;
  settings.objective = !settings.has_places() ? Settings().objective
                       : settings.latent == 0 ? "places(rate=11)"
                                              : "places(rate=11,global=50)";
  return settings;
}

void check_expressions(const Settings& settings, kit::Mistakes& mistakes) {
  check_latents(settings, mistakes);
  const auto check_of_objective = [&](const std::string& objective) {
    check_objective(kit::parse_objective(objective), settings, mistakes);
  };
  kit::check_expression("--objective", settings.objective, check_of_objective, mistakes);
  kit::check_expression("--dropout", settings.dropout, kit::parse_dropout, mistakes);
  const auto check = [&](const std::string& posterior) {
    const kit::PosteriorChoice choice = kit::parse_posterior(posterior);
    if (!settings.has_places() && settings.latent > 0) {
      check_posterior(choice, settings, mistakes);
    }
  };
  kit::check_expression("--posterior", settings.posterior, check, mistakes);
  kit::check_expression("--prior", settings.prior, kit::parse_prior, mistakes);
  kit::check_expression("--head-transform", settings.head_transform, kit::parse_head_transform,
                        mistakes);
  kit::check_expression("--optimiser", settings.optimiser, kit::parse_optimiser, mistakes);
  kit::check_expression("--criterion", settings.criterion, kit::parse_criterion, mistakes);
  mistakes.keep([&] { row_format(settings); });
}

TrainingRun prepare(Settings settings) {
  settings = with_objective(std::move(settings));
  kit::Mistakes mistakes;
  check_expressions(settings, mistakes);
  mistakes.raise_if_any();
  auto objective = kit::parse_objective(settings.objective);
  auto dropout = kit::parse_dropout(settings.dropout);
  auto optimiser = kit::parse_optimiser(settings.optimiser);
  auto criterion = kit::parse_criterion(settings.criterion);
  settings.objective = objective.text;
  settings.dropout = dropout.text;
  settings.optimiser = optimiser.text;
  settings.criterion = criterion.text;
  settings.posterior = kit::parse_posterior(settings.posterior).text;
  settings.prior = kit::parse_prior(settings.prior).text;
  settings.head_transform = kit::parse_head_transform(settings.head_transform).text;
  return {std::move(settings), std::move(objective), std::move(dropout), std::move(optimiser),
          std::move(criterion)};
}

}  // namespace reinflection
