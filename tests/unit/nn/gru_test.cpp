// Recurrent layers: sequence, single steps and the stepper of decoding agree.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>
#include <vaecollapse/nn/stepper.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vc::Index;
using vc::Symbol;
using Contribution = vc::Contribution<double>;
using vaecollapse_test::column;
using vaecollapse_test::greatest_difference;
using vaecollapse_test::rows;
using vaecollapse_test::values;

namespace {

constexpr Index hidden = 19, width = 3, context = 2;

/// Rows of lengths 4, 0, 6, 1, 4, each symbol told by its row and step.
struct Rows {
  std::vector<Index> lengths{4, 0, 6, 1, 4};
  vc::SequencePlan plan{lengths};
  std::vector<Symbol> ids = std::vector<Symbol>(static_cast<std::size_t>(plan.columns()));

  Rows() {
    for (Index row = 0; row < plan.batch(); ++row) {
      for (Index t = 0; t < plan.length(row); ++t) {
        ids[static_cast<std::size_t>(plan.column(row, t))] = at(row, t);
      }
    }
  }
  static Symbol at(Index row, Index t) {
    return (row + t) % 7 == 3 ? vc::no_symbol : static_cast<Symbol>((2 * row + 3 * t) % 6);
  }
  vc::Symbols symbols() const { return {&plan, ids}; }
};

struct Model {
  vc::Layout layout;
  vc::Embedding embedding{layout, "embedding", {6, width}};
  vc::Gru gru{layout, "gru", {width, hidden, context}};
  vc::Gru backward{layout, "gru", {width, hidden, context}, vc::Direction::backward};
  vc::BiGru both{layout, "both", {width, hidden}};
  vc::Slot<2> rows = layout.add("rows", vc::Shape<2>{{context, 5}}, vc::Init::normal(1));
  vc::Slot<2> h0 = layout.add("h0", vc::Shape<2>{{hidden, 5}}, vc::Init::normal(1));
  vc::Parameters<double> parameters{layout, vc::Seed{9}};

  std::array<Contribution, 2> inputs(vc::Workspace<double>& cx, const vc::Symbols& symbols) const {
    return {Contribution::per_symbol(embedding(cx, symbols)),
            Contribution::per_row(cx.parameter(rows))};
  }
};

}  // namespace

TEST_CASE("Gru: PyTorch's names and shapes, in both directions") {
  const Model model;
  const Index gates = 3 * hidden;
  for (const std::string suffix : {"_l0", "_l0_reverse"}) {
    const auto shape = [&](const std::string& name) {
      const auto* entry = model.layout.find("gru." + name + suffix);
      REQUIRE(entry != nullptr);
      CHECK(entry->init.kind == vc::Init::Kind::uniform);
      CHECK(entry->init.scale == doctest::Approx(1 / std::sqrt(19.0)));
      return entry->shape;
    };
    CHECK(shape("weight_ih") == vc::AnyShape(vc::Shape<2>{{width + context, gates}}));
    CHECK(shape("weight_hh") == vc::AnyShape(vc::Shape<2>{{hidden, gates}}));
    CHECK(shape("bias_ih") == vc::AnyShape(vc::Shape<1>{{gates}}));
    CHECK(shape("bias_hh") == vc::AnyShape(vc::Shape<1>{{gates}}));
  }
  CHECK(model.both.width() == 2 * hidden);
  CHECK(model.gru.width() == hidden);
}

TEST_CASE("Gru: step by step as in one sequence") {
  const Model model;
  const Rows batch;
  vc::Workspace<double> cx(model.parameters);
  const vc::Scope scope(cx);
  const auto h0 = cx.parameter(model.h0);
  const auto whole = model.gru.sequence(cx, model.inputs(cx, batch.symbols()), batch.plan, h0);
  // All rows go on stepping; those that have ended are not looked at.
  auto h = h0;
  for (Index t = 0; t < batch.plan.steps(); ++t) {
    const vc::SequencePlan one(std::vector<Index>(5, 1));
    std::vector<Symbol> ids;
    for (Index row = 0; row < 5; ++row) ids.push_back(Rows::at(row, t));
    h = model.gru.step(cx, model.inputs(cx, {&one, ids}), h);
    for (Index row = 0; row < 5; ++row) {
      if (t >= batch.plan.length(row)) continue;
      const auto expected = column(whole.states.columns, batch.plan.column(row, t));
      CHECK(greatest_difference(column(h, row), expected) < 1e-13);
      if (t + 1 == batch.plan.length(row)) CHECK(column(whole.last(), row) == expected);
    }
  }
  // An empty row ends as it began.
  CHECK(column(whole.last(), 1) == column(h0, 1));
}

TEST_CASE("Gru: no first state is a first state of zeros") {
  const Model model;
  const Rows batch;
  vc::Workspace<double> cx(model.parameters);
  const vc::Scope scope(cx);
  Eigen::Tensor<double, 2> zeros(hidden, 5);
  zeros.setZero();
  for (const vc::Gru* gru : {&model.gru, &model.backward}) {
    const auto inputs = model.inputs(cx, batch.symbols());
    const auto without = gru->sequence(cx, inputs, batch.plan);
    const auto with = gru->sequence(cx, inputs, batch.plan, cx.constant(zeros));
    CHECK(values(without.states.columns) == values(with.states.columns));
    CHECK(values(without.last()) == values(with.last()));
  }
}

TEST_CASE("Gru: the backward direction is the forward one on reversed rows") {
  const Model model;
  const Rows batch;
  Rows reversed;
  for (Index row = 0; row < 5; ++row) {
    for (Index t = 0; t < batch.plan.length(row); ++t) {
      const Index other = batch.plan.length(row) - 1 - t;
      reversed.ids[static_cast<std::size_t>(batch.plan.column(row, other))] = Rows::at(row, t);
    }
  }
  // The same weights for both directions.
  vc::Parameters<double> parameters = model.parameters;
  for (const std::string name : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
    const auto from = parameters.values(*model.layout.find("gru." + name + "_l0"));
    const auto to = parameters.values(*model.layout.find("gru." + name + "_l0_reverse"));
    std::copy(from.begin(), from.end(), to.begin());
  }
  vc::Workspace<double> cx(parameters);
  const vc::Scope scope(cx);
  const auto h0 = cx.parameter(model.h0);
  const auto a = model.backward.sequence(cx, model.inputs(cx, batch.symbols()), batch.plan, h0);
  const auto b = model.gru.sequence(cx, model.inputs(cx, reversed.symbols()), batch.plan, h0);
  for (Index row = 0; row < 5; ++row) {
    for (Index t = 0; t < batch.plan.length(row); ++t) {
      const Index other = batch.plan.length(row) - 1 - t;
      CHECK(column(a.states.columns, batch.plan.column(row, t)) ==
            column(b.states.columns, batch.plan.column(row, other)));
    }
  }
  CHECK(values(a.last()) == values(b.last()));
}

TEST_CASE("BiGru: both directions, one above the other") {
  Model model;
  const Rows batch;
  vc::Layout layout;
  const vc::Gru forward(layout, "both", {width, hidden});
  const vc::Gru backward(layout, "both", {width, hidden}, vc::Direction::backward);
  vc::Parameters<double> alone(layout);
  for (const auto& entry : layout.entries()) {
    const auto from = std::as_const(model.parameters).values(*model.layout.find(entry.name));
    std::copy(from.begin(), from.end(), alone.values(entry).begin());
  }
  vc::Workspace<double> cx(model.parameters), one(alone);
  const vc::Scope scope(cx), other(one);
  const auto x = model.embedding(cx, batch.symbols());
  const auto both = model.both(cx, x);
  const vc::Embedded<double> same{one.constant(Eigen::Tensor<double, 2>(x.table.tensor())),
                                  batch.symbols()};
  const auto up = forward(one, same), down = backward(one, same);
  CHECK(rows(both.states.columns, 0, hidden) == values(up.states.columns));
  CHECK(rows(both.states.columns, hidden, hidden) == values(down.states.columns));
  CHECK(rows(both.last(), 0, hidden) == values(up.last()));
  CHECK(rows(both.last(), hidden, hidden) == values(down.last()));
}

TEST_CASE("RecurrentStepper: the numbers of a sequence, for rows in any order and number") {
  const Model model;
  const Rows batch;
  vc::Workspace<double> cx(model.parameters);
  const vc::Scope scope(cx);
  const auto h0 = cx.parameter(model.h0);
  const auto whole = model.gru.sequence(cx, model.inputs(cx, batch.symbols()), batch.plan, h0);
  const vc::RecurrentStepper<vc::kernels::GruKernels<double>> stepper(cx, model.gru.vars(cx),
                                                                      model.inputs(cx, {}));
  CHECK(stepper.hidden() == hidden);
  const std::vector<Index> beam{3, 2, 2, 0, 4, 1, 2, 0, 4, 4};
  const Index n = Index(beam.size());
  const auto before = cx.make<2>(vc::Shape<2>{{hidden, n}}), after = cx.make<2>(before.shape());
  for (Index i = 0; i < n; ++i) {
    std::copy_n(h0.view().column(beam[static_cast<std::size_t>(i)]), hidden,
                before.value_view().column(i));
  }
  for (Index t = 0; t < batch.plan.steps(); ++t) {
    std::vector<Symbol> ids;
    for (const Index row : beam) ids.push_back(Rows::at(row, t));
    stepper.step(cx, ids, beam, {}, before.view(), after.value_view());
    for (Index i = 0; i < n; ++i) {
      const Index row = beam[static_cast<std::size_t>(i)];
      if (t >= batch.plan.length(row)) continue;
      const auto expected = column(whole.states.columns, batch.plan.column(row, t));
      CHECK(greatest_difference(column(after, i), expected) < 1e-13);
    }
    std::copy_n(after.data(), after.size(), before.data());
  }
}

TEST_CASE("ProjectedInputs: the same bits whichever step reads a symbol first") {
  const Model model;
  vc::Workspace<double> cx(model.parameters);
  const vc::Scope scope(cx);
  const vc::View<const double> weights = model.gru.vars(cx).input.view();
  const auto read = [&](const vc::ProjectedInputs<double>& inputs, const std::vector<Symbol>& ids) {
    const std::vector<Index> of(ids.size(), 3);
    const auto out = cx.make<2>(vc::Shape<2>{{inputs.outputs(), Index(ids.size())}});
    inputs.sum(ids, of, {}, out.value_view());
    return values(out);
  };
  const vc::ProjectedInputs<double> one(cx, weights, model.inputs(cx, {}));
  const vc::ProjectedInputs<double> other(cx, weights, model.inputs(cx, {}));
  const std::vector<Symbol> all{5, 1, vc::no_symbol, 1, 0, 3, 2, 4};
  read(other, {3, 3, vc::no_symbol});
  read(other, {});
  read(other, {0, 3, 5});
  CHECK(read(one, all) == read(other, all));
  // Row 3 alone, where there is no symbol.
  CHECK(read(one, {vc::no_symbol}) == read(other, {vc::no_symbol}));
  CHECK(read(one, {vc::no_symbol}) != read(one, {0}));
}
