// Linear and embedding layers, initialisers: names, shapes, numbers.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/reductions.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/layer_norm.hpp>
#include <vaecollapse/nn/linear.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::greatest_difference;
using vaecollapse_test::values;
using vc::Index;
using vc::Symbol;

namespace {

void check_entry(const vc::Layout& layout, const std::string& name, const vc::AnyShape& shape,
                 vc::Init::Kind kind, double scale) {
  CAPTURE(name);
  const auto* entry = layout.find(name);
  REQUIRE(entry != nullptr);
  CHECK(entry->shape == shape);
  CHECK(entry->init.kind == kind);
  CHECK(entry->init.scale == doctest::Approx(scale));
}

}  // namespace

TEST_CASE("Linear: W^T x + b, PyTorch's names and start") {
  vc::Layout layout;
  const vc::Linear linear(layout, "head", {4, 2});
  check_entry(layout, "head.weight", vc::Shape<2>{{4, 2}}, vc::Init::Kind::uniform, 0.5);
  check_entry(layout, "head.bias", vc::Shape<1>{{2}}, vc::Init::Kind::uniform, 0.5);
  CHECK(layout.entries().size() == 2);
  CHECK(linear.input() == 4);
  CHECK(linear.output() == 2);

  const vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Workspace<double> workspace(parameters);
  Eigen::Tensor<double, 2> x(4, 3);
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<double>(i));
  const auto input = workspace.constant(x);
  const auto y = linear(workspace, input);
  const auto weight = workspace.parameter(linear.weight());
  const auto bias = workspace.parameter(linear.bias());
  for (Index j = 0; j < 3; ++j) {
    std::vector<double> expected(bias.data(), bias.data() + 2);
    for (Index o = 0; o < 2; ++o) {
      for (Index i = 0; i < 4; ++i) {
        expected[static_cast<std::size_t>(o)] += weight.view()(i, o) * x(i, j);
      }
    }
    CHECK(greatest_difference(column(y, j), expected) < 1e-14);
  }
}

TEST_CASE("Linear without a bias, and one that shares the weights of another layer") {
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embedding", {6, 4}, vc::Init::uniform(0.5));
  const vc::Linear plain(layout, "plain", {4, 6, false});
  const vc::Linear shared = vc::Linear::sharing(layout, "shared", embedding.table());
  const vc::Linear bare = vc::Linear::sharing(layout, "bare", embedding.table(), false);
  check_entry(layout, "embedding.weight", vc::Shape<2>{{4, 6}}, vc::Init::Kind::uniform, 0.5);
  check_entry(layout, "plain.weight", vc::Shape<2>{{4, 6}}, vc::Init::Kind::uniform, 0.5);
  check_entry(layout, "shared.bias", vc::Shape<1>{{6}}, vc::Init::Kind::uniform, 0.5);
  CHECK(layout.entries().size() == 3);
  CHECK(shared.input() == 4);
  CHECK(shared.output() == 6);

  const vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Workspace<double> workspace(parameters);
  CHECK(bare.bias(workspace).size() == 0);
  const std::vector<Index> lengths{2, 1};
  const vc::SequencePlan plan{std::span<const Index>(lengths)};
  const auto x = workspace.make<2>(vc::Shape<2>{{4, 3}});
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<double>(i));
  const std::array parts{vc::Contribution<double>::per_step(x)};
  const auto bias = workspace.parameter(shared.bias());
  const auto table = workspace.parameter(embedding.table());
  const auto with = shared(workspace, x), without = bare(workspace, x);
  CHECK(greatest_difference(values(bare(workspace, parts, plan).columns), values(without)) < 1e-15);
  CHECK(greatest_difference(values(shared(workspace, parts, plan).columns), values(with)) < 1e-15);
  for (Index j = 0; j < 3; ++j) {
    for (Index o = 0; o < 6; ++o) {
      double sum = 0;
      for (Index i = 0; i < 4; ++i) sum += table.view()(i, o) * x.view()(i, j);
      CHECK(without.view()(o, j) == doctest::Approx(sum));
      CHECK(with.view()(o, j) == doctest::Approx(sum + bias.data()[o]));
    }
  }
}

TEST_CASE("LayerNorm: PyTorch's names and start, on columns and on a sequence") {
  vc::Layout layout;
  const vc::LayerNorm norm(layout, "norm", {.width = 4});
  check_entry(layout, "norm.weight", vc::Shape<1>{{4}}, vc::Init::Kind::constant, 1);
  check_entry(layout, "norm.bias", vc::Shape<1>{{4}}, vc::Init::Kind::zeros, 0);
  CHECK(layout.entries().size() == 2);
  CHECK(norm.width() == 4);
  CHECK(norm.epsilon() == 1e-5);

  const vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Workspace<double> workspace(parameters);
  Eigen::Tensor<double, 2> x(4, 3);
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<double>(i));
  const auto input = workspace.constant(x);
  const auto y = norm(workspace, input);
  for (Index j = 0; j < 3; ++j) {
    double mean = 0, variance = 0;
    for (Index i = 0; i < 4; ++i) mean += x(i, j) / 4;
    for (Index i = 0; i < 4; ++i) variance += (x(i, j) - mean) * (x(i, j) - mean) / 4;
    std::vector<double> expected;
    for (Index i = 0; i < 4; ++i) {
      expected.push_back((x(i, j) - mean) / std::sqrt(variance + norm.epsilon()));
    }
    CHECK(greatest_difference(column(y, j), expected) < 1e-14);
  }
  const vc::SequencePlan plan(std::vector<Index>{1, 2});
  const auto states = norm(workspace, vc::Sequence<double>{input, &plan});
  CHECK(states.plan == &plan);
  CHECK(vaecollapse_test::values(states.columns) == vaecollapse_test::values(y));
}

TEST_CASE("LayerNorm: an epsilon that is negative or not finite is refused, by layer and op") {
  const double no_number = std::nan("");
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(vc::LayerNorm(layout, "norm", {4, -0.5}),
                       "layer_norm: epsilon is -0.500000, it must be finite, 0 or more", vc::Error);
  vc::Layout other;
  CHECK_THROWS_AS(vc::LayerNorm(other, "norm", {4, no_number}), vc::Error);

  const vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Workspace<double> workspace(parameters);
  const auto x = workspace.make<2>(vc::Shape<2>{{4, 3}});
  std::fill_n(x.data(), x.size(), 1.0);
  const auto of_rows = vc::sum(workspace, x, vc::Axis::columns);
  for (const double epsilon : {-1e-5, no_number, HUGE_VAL}) {
    CAPTURE(epsilon);
    CHECK_THROWS_AS(vc::layer_norm(workspace, x, of_rows, of_rows, epsilon), vc::Error);
  }
  CHECK_NOTHROW(vc::layer_norm(workspace, x, of_rows, of_rows, 0));
}

TEST_CASE("Embedding: a column for each symbol, sums for tags") {
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embed", {5, 3});
  check_entry(layout, "embed.weight", vc::Shape<2>{{3, 5}}, vc::Init::Kind::normal, 1);
  CHECK(embedding.width() == 3);
  CHECK(embedding.symbols() == 5);

  const vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Workspace<double> workspace(parameters);
  const auto table = workspace.parameter(embedding.table());
  const vc::SequencePlan plan(std::vector<Index>{1, 2});
  const std::vector<Symbol> ids{4, 0, vc::no_symbol};
  const auto columns = embedding.columns(workspace, vc::Symbols{&plan, ids});
  CHECK(columns.plan == &plan);
  CHECK(column(columns.columns, 0) == column(table, 4));
  CHECK(column(columns.columns, 1) == column(table, 0));
  CHECK(column(columns.columns, 2) == std::vector<double>(3, 0.0));

  const std::vector<Index> first{0, 2, 2};
  const std::vector<Symbol> tags{1, 3};
  const auto sums = embedding.sum(workspace, vc::TagSets{first, tags});
  for (Index i = 0; i < 3; ++i) {
    CHECK(sums.view()(i, 0) == doctest::Approx(table.view()(i, 1) + table.view()(i, 3)));
  }
  CHECK(column(sums, 1) == std::vector<double>(3, 0.0));
}

TEST_CASE("layers that share a slot share weights and gradients") {
  vc::Layout layout;
  const vc::Embedding embedding(layout, "embed", {5, 3});
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  vc::Tape<double> tape(parameters);
  const vc::Scope scope(tape);
  // A tied output layer: the logits are E^T h, whose weights [width x symbols] are the table.
  const auto table = tape.parameter(embedding.table());
  const vc::SequencePlan plan(std::vector<Index>{1});
  const std::vector<Symbol> ids{2};
  const auto h = embedding.columns(tape, vc::Symbols{&plan, ids}).columns;
  Eigen::Tensor<double, 1> zeros(5);
  zeros.setZero();
  const auto logits = vc::affine(tape, table, tape.constant(zeros), h);
  double norm = 0;
  for (const double e : column(h, 0)) norm += e * e;
  CHECK(logits.view()(2, 0) == doctest::Approx(norm));
  logits.gradient_data()[2] = 1;
  tape.run_backward();
  // d(e . e)/de = 2 e
  for (Index i = 0; i < 3; ++i)
    CHECK(table.gradient_view()(i, 2) == doctest::Approx(2 * h.view()(i, 0)));
}

TEST_CASE("initialisers are PyTorch's") {
  CHECK(vc::init::by_fan_in(16).kind == vc::Init::Kind::uniform);
  CHECK(vc::init::by_fan_in(16).scale == 0.25);
  CHECK(vc::init::embedding().kind == vc::Init::Kind::normal);
  CHECK(vc::init::embedding().scale == 1);
  vc::Layout layout;
  const auto slot = layout.add("gains", vc::Shape<1>{{3}}, vc::init::constant(-2.5));
  const vc::Parameters<float> parameters(layout, vc::Seed{1});
  CHECK(slot.offset == 0);
  for (const float value : parameters.values()) CHECK(value == -2.5f);
}
