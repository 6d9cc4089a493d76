// Attention to the positions of a ragged sequence allocates nothing once warm.
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/sequence_attention.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/sgd.hpp>

#include "unit/allocation/counter.hpp"

TEST_CASE("a warm step of attention, AdamW with ranges and Nesterov allocates nothing") {
  namespace vc = vaecollapse;
  using Score = vc::SequenceAttention::Score;
  for (const Score score : {Score::dot, Score::additive}) {
    for (const int threads : {1, 2}) {
      vc::Layout layout;
      const auto states = layout.add("states", vc::Shape<2>{{4, 14}}, vc::Init::normal(1));
      const vc::SequenceAttention attention(layout, "attention", {4, 4, 5, 3}, score);
      const std::vector<vc::Index> lengths{3, 5, 0, 1, 5};
      const vc::SequencePlan plan{std::span<const vc::Index>(lengths)};
      const std::vector<float> ones(std::size_t(3 * 14), 1.0F);
      vc::Team team(threads);
      vc::Parameters<float> parameters(layout, vc::Seed{1});
      vc::Tape<float> tape(parameters, team);
      vc::AdamW adamw({.weight_decay = 0.1});
      adamw.set_weight_decay(vc::ParameterRange(layout, {"attention.query"}), 0);
      vc::Sgd nesterov({.momentum = 0.9, .nesterov = true});
      const auto step = [&](std::uint64_t number) {
        {
          const vc::Scope scope(tape);
          const vc::Sequence<float> sequence{tape.parameter(states), &plan};
          const auto found = attention(tape, attention.memory(tape, sequence), sequence);
          tape.backward(vc::weighted_sum(tape, found.columns, ones));
        }
        if (number % 2 == 0) {
          adamw.step(parameters, {.team = &team});
        } else {
          nesterov.step(parameters, {.team = &team});
        }
      };
      CAPTURE(threads);
      CHECK(allocation_test::allocations_once_warm(step) == 0);
    }
  }
}
