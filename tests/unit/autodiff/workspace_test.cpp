// Packed weights that a workspace keeps: used again while the parameters stay, made anew when they
// change.
#include <algorithm>
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
