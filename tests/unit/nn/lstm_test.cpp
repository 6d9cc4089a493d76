// The LSTM's layers: PyTorch's names, and sequence, single steps and the stepper of decoding agree.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/nn/cell.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/lstm.hpp>
#include <vaecollapse/nn/stepper.hpp>

#include "support/values.hpp"

namespace {

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::greatest_difference;
using vaecollapse_test::values;
using vc::Index;
using vc::Symbol;

static_assert(vc::AttendingCell<vc::Lstm>);

constexpr Index lstm_hidden = 19, lstm_width = 3, lstm_context = 2;

/// Rows of lengths 4, 0, 6, 1, 4, each symbol told by its row and step, and layers that read them.
struct LstmModel {
  using Contribution = vc::Contribution<double>;

  std::vector<Index> lengths{4, 0, 6, 1, 4};
  vc::SequencePlan plan{lengths};
  std::vector<Symbol> ids = std::vector<Symbol>(static_cast<std::size_t>(plan.columns()));
  vc::Layout layout;
  vc::Embedding embedding{layout, "embedding", {6, lstm_width}};
  vc::Lstm lstm{layout, "lstm", {lstm_width, lstm_hidden, lstm_context}};
  vc::Lstm backward{
      layout, "lstm", {lstm_width, lstm_hidden, lstm_context}, vc::Direction::backward};
  vc::BiLstm both{layout, "both", {lstm_width, lstm_hidden}};
  vc::Slot<2> rows = layout.add("rows", vc::Shape<2>{{lstm_context, 5}}, vc::Init::normal(1));
  vc::Slot<2> start = layout.add("start", vc::Shape<2>{{2 * lstm_hidden, 5}}, vc::Init::normal(1));
  vc::Parameters<double> parameters{layout, vc::Seed{9}};

  LstmModel() {
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
  std::array<Contribution, 2> inputs(vc::Workspace<double>& cx, const vc::Symbols& of) const {
    return {Contribution::per_symbol(embedding(cx, of)), Contribution::per_row(cx.parameter(rows))};
  }
};

}  // namespace

TEST_CASE("Lstm: PyTorch's names and shapes, in both directions") {
  const LstmModel model;
  const Index gates = 4 * lstm_hidden;
  for (const std::string suffix : {"_l0", "_l0_reverse"}) {
    const auto shape = [&](const std::string& name) {
      const auto* entry = model.layout.find("lstm." + name + suffix);
      REQUIRE(entry != nullptr);
      CHECK(entry->init.kind == vc::Init::Kind::uniform);
      CHECK(entry->init.scale == doctest::Approx(1 / std::sqrt(19.0)));
      return entry->shape;
    };
    CHECK(shape("weight_ih") == vc::AnyShape(vc::Shape<2>{{lstm_width + lstm_context, gates}}));
    CHECK(shape("weight_hh") == vc::AnyShape(vc::Shape<2>{{lstm_hidden, gates}}));
    CHECK(shape("bias_ih") == vc::AnyShape(vc::Shape<1>{{gates}}));
    CHECK(shape("bias_hh") == vc::AnyShape(vc::Shape<1>{{gates}}));
  }
  CHECK(model.lstm.width() == lstm_hidden);
  CHECK(model.lstm.state_size() == 2 * lstm_hidden);
  CHECK(model.both.width() == 2 * lstm_hidden);
}

TEST_CASE("Lstm: step by step as in one sequence") {
  const LstmModel model;
  vc::Workspace<double> cx(model.parameters);
  const vc::Scope scope(cx);
  const auto start = cx.parameter(model.start);
  const auto whole = model.lstm.sequence(cx, model.inputs(cx, model.symbols()), model.plan, start);
  // All rows go on stepping; those that have ended are not looked at.
  auto state = start;
  for (Index t = 0; t < model.plan.steps(); ++t) {
    const vc::SequencePlan one(std::vector<Index>(5, 1));
    std::vector<Symbol> ids;
    for (Index row = 0; row < 5; ++row) ids.push_back(LstmModel::at(row, t));
    state = model.lstm.step(cx, model.inputs(cx, {&one, ids}), state);
    for (Index row = 0; row < 5; ++row) {
      if (t >= model.plan.length(row)) continue;
      auto output = column(state, row);
      const auto expected = column(whole.states.columns, model.plan.column(row, t));
      if (t + 1 == model.plan.length(row)) {
        CHECK(greatest_difference(output, column(whole.last_state(), row)) < 1e-13);
        CHECK(column(whole.last(), row) == expected);
      }
      output.resize(expected.size());
      CHECK(greatest_difference(output, expected) < 1e-13);
    }
  }
  // An empty row ends as it began.
  CHECK(column(whole.last_state(), 1) == column(start, 1));
}

TEST_CASE("Lstm: no first state is a first state of zeros") {
  const LstmModel model;
  vc::Workspace<double> cx(model.parameters);
  const vc::Scope scope(cx);
  const auto zeros = cx.make<2>(vc::Shape<2>{{2 * lstm_hidden, 5}});
  std::fill_n(zeros.data(), zeros.size(), 0.0);
  for (const vc::Lstm* lstm : {&model.lstm, &model.backward}) {
    const auto inputs = model.inputs(cx, model.symbols());
    const auto without = lstm->sequence(cx, inputs, model.plan);
    const auto with = lstm->sequence(cx, inputs, model.plan, zeros);
    CHECK(values(without.states.columns) == values(with.states.columns));
    CHECK(values(without.last_state()) == values(with.last_state()));
  }
}

TEST_CASE("BiLstm: both directions, one above the other") {
  const LstmModel model;
  vc::Layout layout;
  const vc::Lstm forward(layout, "both", {lstm_width, lstm_hidden});
  const vc::Lstm backward(layout, "both", {lstm_width, lstm_hidden}, vc::Direction::backward);
  vc::Parameters<double> alone(layout);
  for (const auto& entry : layout.entries()) {
    const auto from = std::as_const(model.parameters).values(*model.layout.find(entry.name));
    std::copy(from.begin(), from.end(), alone.values(entry).begin());
  }
  vc::Workspace<double> cx(model.parameters), one(alone);
  const vc::Scope scope(cx), other(one);
  const auto x = model.embedding(cx, model.symbols());
  const auto both = model.both(cx, x);
  const vc::Embedded<double> same{one.constant(Eigen::Tensor<double, 2>(x.table.tensor())),
                                  model.symbols()};
  const auto up = forward(one, same), down = backward(one, same);
  using vaecollapse_test::rows;
  CHECK(rows(both.states.columns, 0, lstm_hidden) == values(up.states.columns));
  CHECK(rows(both.states.columns, lstm_hidden, lstm_hidden) == values(down.states.columns));
  CHECK(rows(both.last(), 0, lstm_hidden) == values(up.last()));
  CHECK(rows(both.last(), lstm_hidden, lstm_hidden) == values(down.last()));
  CHECK(rows(both.last_state(), 0, 2 * lstm_hidden) == values(up.last_state()));
  CHECK(rows(both.last_state(), 2 * lstm_hidden, 2 * lstm_hidden) == values(down.last_state()));
}

TEST_CASE("Lstm: its stepper has the numbers of a sequence, for rows in any order and number") {
  const LstmModel model;
  vc::Workspace<double> cx(model.parameters);
  const vc::Scope scope(cx);
  const auto start = cx.parameter(model.start);
  const auto whole = model.lstm.sequence(cx, model.inputs(cx, model.symbols()), model.plan, start);
  const auto stepper = stepper_of(cx, model.lstm, model.inputs(cx, {}));
  const std::vector<Index> beam{3, 2, 2, 0, 4, 1, 2, 0, 4, 4};
  const auto before = cx.make<2>(vc::Shape<2>{{2 * lstm_hidden, Index(beam.size())}});
  const auto after = cx.make<2>(before.shape());
  for (std::size_t i = 0; i < beam.size(); ++i) {
    std::copy_n(start.view().column(beam[i]), 2 * lstm_hidden,
                before.value_view().column(Index(i)));
  }
  for (Index t = 0; t < model.plan.steps(); ++t) {
    std::vector<Symbol> ids;
    for (const Index row : beam) ids.push_back(LstmModel::at(row, t));
    stepper.step(cx, ids, beam, {}, before.view(), after.value_view());
    for (std::size_t i = 0; i < beam.size(); ++i) {
      if (t >= model.plan.length(beam[i])) continue;
      auto output = column(after, Index(i));
      output.resize(static_cast<std::size_t>(lstm_hidden));
      const auto expected = column(whole.states.columns, model.plan.column(beam[i], t));
      CHECK(greatest_difference(output, expected) < 1e-13);
    }
    std::copy_n(after.data(), after.size(), before.data());
  }
}
