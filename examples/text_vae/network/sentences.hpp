// The network of sentences, as settings and vocabulary ask for it: a VAE, or a language model.
// Includes the tape: for few sources only.
#pragma once

#include <cstdint>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/transform/any.hpp>
#include <vaecollapse/latent/transform/transformed_head.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/tasks/text/network.hpp>

#include "kit/choices.hpp"
#include "kit/head_transforms.hpp"
#include "kit/network/try_objective.hpp"
#include "kit/posteriors.hpp"
#include "text_vae/model_file.hpp"
#include "text_vae/network/networks.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

struct Sentences {
  using Study = text_vae::Study;
  /// The cell, and whether there is a z, are choices at run time.
  using Network = vaecollapse::text::Network;

  struct Parts {
    Network network;
  };

  /// Declares all parameters in `layout`. \throws Error for settings that do not fit each other
  static Parts make(vaecollapse::Layout& layout, const Description& description) {
    const Settings& settings = description.settings;
    return {vaecollapse::text::make_network(
        layout, sizes_of(description), cells_of(settings),
        [&](vaecollapse::Index code) { return make_posterior(layout, settings, code); })};
  }

  static vaecollapse::AnyObjective objective(const vaecollapse::AnyObjective& rate, const Parts&) {
    return rate;
  }

  static void check_objective(const Parts& parts, const TrainingTask& task) {
    if (const auto rows = parts.network.posterior().kl_groups()) {
      kit::try_objective(task.run.objective, *rows, "--latent");
    }
  }

  static void count(const Parts&, const TrainingTask&, vaecollapse::Parameters<float>&) {}

 private:
  static vaecollapse::AnyPosterior make_posterior(vaecollapse::Layout& layout,
                                                  const Settings& settings,
                                                  vaecollapse::Index code) {
    const vaecollapse::AnyPosterior family =
        kit::parse_posterior(settings.posterior)
            .family.make(layout, "posterior",
                         {code, static_cast<vaecollapse::Index>(settings.latent),
                          kit::parse_prior(settings.prior).components});
    const vaecollapse::AnyHeadTransform transform =
        kit::parse_head_transform(settings.head_transform).make();
    if (transform.is_none()) return family;
    return vaecollapse::TransformedHead(layout, "posterior.transform", family, transform);
  }

  static vaecollapse::text::Cells cells_of(const Settings& settings) {
    using namespace vaecollapse;
    return settings.cell == "lstm" ? text::cells<Lstm>() : text::cells<Gru>();
  }

  static vaecollapse::text::Sizes sizes_of(const Description& description) {
    const Settings& settings = description.settings;
    const auto size = [](std::uint64_t value) { return static_cast<vaecollapse::Index>(value); };
    const bool is_published = settings.init == "published";
    return {.symbols = description.vocabulary.symbols(),
            .embedding = size(settings.embedding),
            .hidden = size(settings.hidden),
            .latent = size(settings.latent),
            .tied = settings.tied,
            .output_dropout = settings.output_dropout,
            .initial = is_published ? vaecollapse::text::Initial::published
                                    : vaecollapse::text::Initial::usual,
            .has_biases = !is_published};
  }
};

}  // namespace text_vae
