// The network with one z for each word, as settings and vocabulary ask for it. Includes the tape:
// for few sources only.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <vaecollapse/compat/reinflection_network.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/model/auxiliary.hpp>
#include <vaecollapse/model/bag_of_characters.hpp>
#include <vaecollapse/model/bag_options.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "kit/choices.hpp"
#include "kit/expression.hpp"
#include "kit/head_transforms.hpp"
#include "kit/network/try_objective.hpp"
#include "kit/posteriors.hpp"
#include "model_file.hpp"
#include "network/latent_entry.hpp"
#include "network/networks.hpp"
#include "settings.hpp"

namespace reinflection {

inline vaecollapse::History history_of(const Settings& settings) {
  if (settings.decoder == "historyless_a") return vaecollapse::History::zeroed;
  if (settings.decoder == "historyless_b") return vaecollapse::History::absent;
  return vaecollapse::History::embedded;
}

inline vaecollapse::compat::AnyReinflectionCells cells_of(const Settings& settings) {
  using Cells = vaecollapse::compat::AnyReinflectionCells;
  return settings.cell == "lstm" ? Cells::of<vaecollapse::Lstm>() : Cells::of<vaecollapse::Gru>();
}

inline vaecollapse::compat::ReinflectionSwitches switches_of(const Settings& settings) {
  return {.bypass = settings.encoder_state_bypass,
          .relu_heads = settings.heads == "relu",
          .mean_z = settings.z_in_training == "mean",
          .own_symbols = settings.decoder_hears == "own"};
}

/// The network with one z for each word.
struct OneZ {
  using Study = reinflection::Study;
  /// The cell, and whatever a published system has otherwise, are choices at run time.
  using Network = vaecollapse::compat::AnyReinflectionNetwork;

  /// The network, and what else has parameters.
  struct Parts {
    Network network;
    vaecollapse::OptionalLoss<vaecollapse::BagOfCharacters> bag;
  };

  /// Declares all parameters in `layout`. \throws Error for settings that do not fit each other
  static Parts make(vaecollapse::Layout& layout, const Description& description) {
    const Settings& settings = description.settings;
    const auto bag = kit::parse_objective(settings.objective).bag;
    Network network = make_network(layout, description, bag);
    if (!bag) return {std::move(network), {}};
    const vaecollapse::BagOfCharacters loss(
        layout, "bag_of_characters",
        {static_cast<vaecollapse::Index>(settings.latent), description.vocabulary.symbols()}, *bag);
    return {std::move(network), loss};
  }

  static auto objective(const vaecollapse::AnyObjective& rate, const Parts& parts) {
    return rate + parts.bag;
  }

  static void check_objective(const Parts& parts, const TrainingTask& task) {
    const auto rows = parts.network.posterior().kl_groups();
    if (!rows) return;
    kit::try_objective(task.run.objective, *rows, kl_option(task.run.settings, *rows));
  }

  static void count(const Parts&, const TrainingTask&, vaecollapse::Parameters<float>&) {}

 private:
  /// The option that decides how many rows the KL has.
  static const char* kl_option(const Settings& settings, vaecollapse::Index kl_rows) {
    if (kl_rows > 1) return "--latent";
    return settings.posterior == "gaussian" ? "--prior" : "--posterior";
  }

  static Network make_network(vaecollapse::Layout& layout, const Description& description,
                              const std::optional<vaecollapse::BagOptions>& bag) {
    const Settings& settings = description.settings;
    const auto size = [](std::uint64_t value) { return static_cast<vaecollapse::Index>(value); };
    return vaecollapse::compat::make_reinflection_network(
        layout,
        {.symbols = description.vocabulary.symbols(),
         .tags = table_of_tags(description),
         .embedding = size(settings.embedding),
         .encoder_hidden = size(settings.encoder_hidden),
         .decoder_hidden = size(settings.decoder_hidden),
         .latent = size(settings.latent),
         .attention = size(settings.attention),
         .z_into = latent_entry_of(settings),
         .history = history_of(settings),
         .bag = bag ? std::optional(bag->entries) : std::nullopt,
         .tag_embedding = size(settings.tag_embedding)},
        switches_of(settings),
        [&](vaecollapse::Index code) {
          return kit::parse_posterior(settings.posterior)
              .family.make(
                  layout, "posterior",
                  {code, size(settings.latent), kit::parse_prior(settings.prior).components});
        },
        kit::parse_head_transform(settings.head_transform).make(), cells_of(settings));
  }
};

}  // namespace reinflection
