// A small network with the switches of a published system, and one training step of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/compat/reinflection_network.hpp>
#include <vaecollapse/dropout/none.hpp>
#include <vaecollapse/model/seq2seq_vae.hpp>
#include <vaecollapse/objective/elbo.hpp>

#include "support/tiny_corpus.hpp"

namespace compat_test {

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;
using vc::Index;

/// What one step reports, and the gradients that it leaves.
struct Step {
  vc::Report report;
  std::vector<double> gradients;
};

/// Four words, and networks for them.
struct Task : vaecollapse_test::TinyTask {
  static std::vector<vc::Row> some_rows() { return {0, 7, 20, 31}; }
  vc::Batch batch{corpus, some_rows()};

  /// Sizes that a bypass allows.
  reinflection::Sizes sizes() const {
    return {.symbols = vocabulary.symbols(),
            .tags = features.size(),
            .embedding = 8,
            .encoder_hidden = 10,
            .decoder_hidden = 20,
            .latent = 6};
  }
};

template <class Network, class Objective>
Step step(const Network& network, const Objective& objective, const vc::Layout& layout,
          const vc::Batch& batch, std::uint64_t number = 3) {
  vc::Parameters<double> parameters(layout, vc::Seed{5});
  vc::Tape<double> tape(parameters);
  vc::Corruption corruption;
  const vc::Seq2SeqVae model(network, objective, vc::NoDropout());
  Step result;
  result.report = model.differentiate(tape, batch, vc::Draws(1, number), corruption);
  result.gradients.assign(parameters.gradients().begin(), parameters.gradients().end());
  return result;
}

/// A step of the network with these switches.
inline Step step(const Task& task, const vc::compat::ReinflectionSwitches& switches,
                 std::uint64_t number = 3) {
  vc::Layout layout;
  const auto network = vc::compat::make_reinflection_network(layout, task.sizes(), switches);
  return step(network, vc::Elbo(), layout, task.batch, number);
}

}  // namespace compat_test
