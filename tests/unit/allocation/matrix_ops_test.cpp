// A warm step of ops on whole matrices allocates nothing, nor does one of a large output layer.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/ops/gather.hpp>
#include <vaecollapse/autodiff/ops/linear_cross_entropy.hpp>
#include <vaecollapse/autodiff/ops/losses.hpp>
#include <vaecollapse/autodiff/ops/matmul.hpp>
#include <vaecollapse/autodiff/ops/shape.hpp>
#include <vaecollapse/autodiff/ops/softmax.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/nn/layer_norm.hpp>

#include "unit/allocation/counter.hpp"

namespace vc = vaecollapse;
using vc::Index;
using vc::Shape;

TEST_CASE("a warm step of ops on whole matrices allocates nothing") {
  vc::Layout layout;
  const auto table = layout.add("table", Shape<2>{{24, 9}}, vc::Init::normal(1));
  const auto weights = layout.add("weights", Shape<2>{{24, 24}}, vc::Init::normal(1));
  const vc::LayerNorm norm(layout, "norm", {24});
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  std::vector<Index> indices(40);
  std::vector<vc::Symbol> labels(40);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    indices[i] = Index(i * i % 9);
    labels[i] = vc::Symbol(i % 19) - 1;
  }
  for (const int threads : {1, 2}) {
    vc::Team team(threads);
    vc::Tape<float> tape(parameters, team);
    const auto step = [&](std::uint64_t) {
      const vc::Scope scope(tape);
      const auto x = norm(tape, vc::gather(tape, tape.parameter(table), indices));
      const auto y = vc::transpose(tape, vc::transpose(tape, vc::softmax(tape, x)));
      const auto z = vc::matmul(tape, tape.parameter(weights), vc::log_softmax(tape, y));
      const std::array parts{vc::middle_rows(tape, z, 0, 9), vc::middle_rows(tape, x, 9, 9)};
      const auto logits = vc::concatenate(tape, parts);
      const auto nll = vc::cross_entropy(tape, logits, labels);
      const auto row = vc::reshape(tape, nll, Shape<2>{{1, 40}});
      const auto both = vc::concatenate_columns(tape, row, vc::middle_columns(tape, row, 0, 3));
      tape.backward(vc::mean_squared_error(tape, vc::binary_cross_entropy(tape, both, both), both));
    };
    CAPTURE(threads);
    CHECK(allocation_test::allocations_once_warm(step) == 0);
    CHECK(parameters.gradients()[0] != 0);
  }
}

TEST_CASE("a warm step of a large output layer allocates nothing") {
  vc::Layout layout;
  const auto weights = layout.add("weights", Shape<2>{{24, 700}}, vc::Init::normal(1));
  const auto bias = layout.add("bias", Shape<1>{{700}}, vc::Init::normal(1));
  const auto states = layout.add("states", Shape<2>{{24, 40}}, vc::Init::normal(1));
  vc::Parameters<float> parameters(layout, vc::Seed{1});
  const vc::SequencePlan plan(std::vector<Index>{25, 15});
  std::vector<vc::Symbol> targets(40);
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = vc::Symbol(i * 17 % 700);
  for (const int threads : {1, 2}) {
    vc::Team team(threads);
    vc::Tape<float> tape(parameters, team);
    const auto step = [&](std::uint64_t) {
      const vc::Scope scope(tape);
      const auto nll = vc::linear_cross_entropy(tape, tape.parameter(weights), tape.parameter(bias),
                                                vc::Sequence<float>{tape.parameter(states), &plan},
                                                vc::Symbols{&plan, targets});
      tape.backward(vc::weighted_sum(tape, nll, std::array{1.0F, 1.0F}));
    };
    CAPTURE(threads);
    CHECK(allocation_test::allocations_once_warm(step) == 0);
    CHECK(parameters.gradients()[0] != 0);
  }
}
