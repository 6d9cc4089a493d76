// Packed weights that a workspace keeps: used again while the parameters stay, made anew when they
// change. And plans, which live as long as a scope.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/kernels/gemm.hpp>
#include <vaecollapse/nn/gru.hpp>

namespace vc = vaecollapse;
using vc::Index;

namespace {

using Panels = vc::kernels::TransposedPanels<float>;

struct Model {
  vc::Layout layout;
  vc::Gru gru{layout, "gru", {.input = 3, .hidden = 5}};
  vc::Parameters<float> parameters{layout, vc::Seed{4}};
  vc::SequencePlan plan{std::vector<Index>{4, 2}};

  template <class C>
  std::vector<float> states(C& cx) const {
    const vc::Scope scope(cx);
    const auto x = cx.template make<2>(vc::Shape<2>{{3, plan.columns()}});
    std::fill_n(x.data(), x.size(), 0.25f);
    const auto y = gru(cx, vc::Sequence<float>{x, &plan}).states.columns;
    return {y.data(), y.data() + y.size()};
  }
};

}  // namespace

TEST_CASE("a workspace sees parameters that changed between two uses") {
  Model model;
  vc::Workspace<float> kept(model.parameters);
  const auto before = model.states(kept);
  CHECK(model.states(kept) == before);
  for (float& value : model.parameters.values()) value *= 2;
  vc::Workspace<float> fresh(model.parameters);
  const auto after = model.states(kept);
  CHECK(after == model.states(fresh));
  CHECK(after != before);
  vc::Tape<float> tape(model.parameters);
  CHECK(after == model.states(tape));
}

TEST_CASE("a workspace packs a parameter once, and again when the parameters may have changed") {
  Model model;
  vc::Workspace<float> ws(model.parameters);
  const auto weights = model.gru.vars(ws).recurrent.view();
  const float* first = nullptr;
  {
    const vc::Scope scope(ws);
    first = ws.packed<Panels>(weights).data;
  }
  const float number = first[0];
  CHECK(ws.packed<Panels>(weights).data == first);
  CHECK(ws.packed<Panels>(weights.middle_rows(0, 2)).data != first);
  CHECK(first[0] == number);
  model.parameters
      .values()[static_cast<std::size_t>(weights.data - model.parameters.values().data())] = 9;
  CHECK(ws.packed<Panels>(weights).data[0] == 9);
}

TEST_CASE("what is no parameter is packed each time") {
  Model model;
  vc::Workspace<float> ws(model.parameters);
  std::vector<float> numbers{1, 2};
  const vc::View<const float> weights(numbers.data(), 2, 1);
  CHECK(ws.packed<Panels>(weights).data[0] == 1);
  numbers[0] = 7;
  CHECK(ws.packed<Panels>(weights).data[0] == 7);
}

namespace {

/// The states with a workspace of its own, which has packed nothing yet.
std::vector<float> right(const Model& model, const vc::Parameters<float>& parameters) {
  vc::Workspace<float> fresh(parameters);
  return model.states(fresh);
}

}  // namespace

TEST_CASE("a kept workspace sees parameters that were assigned, swapped or moved") {
  const Model model;
  std::vector<vc::Parameters<float>> snapshots;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    snapshots.emplace_back(model.layout, vc::Seed{seed});
  }
  vc::Parameters<float> current(model.layout);
  vc::Workspace<float> kept(current);
  for (const auto& snapshot : snapshots) {
    current = snapshot;
    CHECK(model.states(kept) == right(model, snapshot));
  }
  for (auto& snapshot : snapshots) {
    std::swap(current, snapshot);
    CHECK(model.states(kept) == right(model, current));
  }
  for (std::uint64_t seed = 20; seed < 28; ++seed) {
    current = vc::Parameters<float>(model.layout, vc::Seed{seed});
    CHECK(model.states(kept) == right(model, vc::Parameters<float>(current)));
  }
  for (auto& snapshot : snapshots) {
    const vc::Parameters<float> copy = snapshot;
    current = std::move(snapshot);
    CHECK(model.states(kept) == right(model, copy));
  }
  const auto last = model.states(kept);
  current = std::as_const(current);
  CHECK(model.states(kept) == last);
}

TEST_CASE("a kept workspace sees parameters that were made anew at the same address") {
  const Model model;
  std::optional<vc::Parameters<float>> current(std::in_place, model.layout, vc::Seed{1});
  vc::Workspace<float> kept(*current);
  for (std::uint64_t seed = 2; seed < 8; ++seed) {
    model.states(kept);
    current.emplace(model.layout, vc::Seed{seed});
    CHECK(model.states(kept) == right(model, *current));
  }
}

TEST_CASE("a kept workspace refuses parameters that were moved from") {
  Model model;
  vc::Workspace<float> kept(model.parameters);
  model.states(kept);
  const vc::Parameters<float> taken = std::move(model.parameters);
  CHECK_THROWS_AS(model.states(kept), vc::Error);
  model.parameters = taken;
  CHECK(model.states(kept) == right(model, taken));
}

TEST_CASE("columns of a parameter that lie apart are not those that lie together") {
  Model model;
  vc::Workspace<float> ws(model.parameters);
  const auto weights = model.gru.vars(ws).recurrent.view();
  const vc::View<const float> together(weights.data, 2, 4), apart(weights.data, 2, 4, weights.rows);
  CHECK(ws.packed<Panels>(together).data != ws.packed<Panels>(apart).data);
}

TEST_CASE("plans live as long as the innermost scope, and their memory is used again") {
  const vc::Parameters<float> parameters{vc::Layout()};
  vc::Workspace<float> workspace(parameters);
  const std::vector<vc::Index> three{2, 0, 5}, two{1, 4}, one{7};
  const vc::SequencePlan& outer = workspace.plan(three);
  const vc::SequencePlan* inner = nullptr;
  {
    const vc::Scope scope(workspace);
    const vc::SequencePlan& first = workspace.plan(two);
    inner = &workspace.plan(one);
    CHECK(first.columns() == 5);
    CHECK(inner->columns() == 7);
    CHECK((inner != &first && inner != &outer));
  }
  CHECK(outer.batch() == 3);
  CHECK(outer.columns() == 7);
  CHECK(outer.length(2) == 5);
  // What was given back comes again, in the same order.
  const vc::SequencePlan& again = workspace.plan(three);
  CHECK(again.columns() == 7);
  CHECK(&workspace.plan(two) == inner);
  CHECK_THROWS_AS(workspace.plan(std::vector<vc::Index>{3, -1}), vc::Error);
  CHECK(workspace.plan(one).columns() == 7);
}
