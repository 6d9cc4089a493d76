// The network with a latent for each place, as settings and vocabulary ask for it. Includes the
// tape: for few sources only.
#pragma once

#include <cstdint>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/model/places_encoder.hpp>
#include <vaecollapse/nn/any_cell.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/places_network.hpp>

#include "kit/network/try_objective.hpp"
#include "model_file.hpp"
#include "network/latent_entry.hpp"
#include "network/networks.hpp"
#include "settings.hpp"

namespace reinflection {

/// The network with a latent for each place.
struct Places {
  using Study = reinflection::Study;
  /// The cell is a choice at run time.
  using Network = vaecollapse::reinflection::PlacesNetwork;

  struct Parts {
    Network network;
  };

  /// Declares all parameters in `layout`. \throws Error for settings that do not fit each other
  static Parts make(vaecollapse::Layout& layout, const Description& description) {
    using Cells = vaecollapse::CellFactory<vaecollapse::AnyCell>;
    const Settings& settings = description.settings;
    const auto size = [](std::uint64_t value) { return static_cast<vaecollapse::Index>(value); };
    return {vaecollapse::reinflection::make_places_network(
        layout,
        {.symbols = description.vocabulary.symbols(),
         .tags = table_of_tags(description),
         .embedding = size(settings.embedding),
         .encoder_hidden = size(settings.encoder_hidden),
         .decoder_hidden = size(settings.decoder_hidden),
         .place = size(settings.latent_per_place),
         .global = size(settings.latent),
         .slots = size(settings.slots),
         .mean_into = latent_entry_of(settings),
         .tag_embedding = size(settings.tag_embedding)},
        settings.cell == "lstm" ? Cells::of<vaecollapse::Lstm>() : Cells::of<vaecollapse::Gru>())};
  }

  static vaecollapse::AnyObjective objective(const vaecollapse::AnyObjective& rate, const Parts&) {
    return rate;
  }

  static void check_objective(const Parts& parts, const TrainingTask& task) {
    kit::try_objective_of_places(task.run.objective, parts.network.posterior().kl_rows(),
                                 "--latent-per-place");
  }

  /// Sets what is counted, and not learnt: how long the words of training are.
  static void count(const Parts& parts, const TrainingTask& task,
                    vaecollapse::Parameters<float>& parameters) {
    const auto& [settings, vocabulary, features] = task.description;
    vaecollapse::count_lengths(
        parts.network, parameters,
        vaecollapse::reinflection::Corpus(task.data.train, vocabulary, features));
  }
};

}  // namespace reinflection
