#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/model/decoder.hpp>

namespace vc = vaecollapse;
using vc::Index;

namespace {

constexpr Index symbols = 7, tag_count = 5, embedding = 4, hidden = 6, latent = 3;

/// Rows for a decoder: its inputs, its tags, and z by row.
struct Rows {
  std::vector<Index> lengths, first{0};
  std::vector<vc::Symbol> tag_ids;
  vc::SequencePlan plan;
  std::vector<vc::Symbol> ids;
  Eigen::Tensor<double, 2> z;

  /// Rows numbered as in the whole batch, so that each is the same wherever it stands.
  explicit Rows(const std::vector<Index>& numbers) : z(latent, Index(numbers.size())) {
    constexpr std::array<Index, 6> length{4, 1, 6, 3, 6, 2}, tags{1, 0, 5, 3, 2, 5};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto row = static_cast<std::size_t>(numbers[i]);
      lengths.push_back(length[row]);
      for (Index tag = 0; tag < tags[row]; ++tag) {
        tag_ids.push_back(static_cast<vc::Symbol>((numbers[i] + tag) % tag_count));
      }
      first.push_back(Index(tag_ids.size()));
      for (Index d = 0; d < latent; ++d) {
        z(d, Index(i)) = std::sin(static_cast<double>(1 + d + 7 * numbers[i]));
      }
    }
    plan.assign(lengths);
    ids.resize(static_cast<std::size_t>(plan.columns()));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      for (Index step = 0; step < lengths[i]; ++step) {
        ids[static_cast<std::size_t>(plan.column(Index(i), step))] = symbol(numbers[i], step);
      }
    }
  }
  static vc::Symbol symbol(Index row, Index step) {
    return static_cast<vc::Symbol>((2 * row + 3 * step) % symbols);
  }
  vc::TagSets tags() const { return {first, tag_ids}; }
  vc::Symbols inputs() const { return {&plan, ids}; }
};

const std::vector<Index> everyone{0, 1, 2, 3, 4, 5};

struct Model {
  vc::Layout layout;
  vc::GruDecoder decoder;
  vc::Parameters<double> parameters;

  explicit Model(Index attention = 5)
      : decoder(layout, "decoder", {symbols, tag_count, embedding, hidden, latent, attention}),
        parameters(layout, vc::Seed{3}) {
    for (double& x : parameters.values()) x *= 1.5;
  }

  template <vc::Context C>
  auto logits(C& cx, const Rows& rows) const {
    return decoder(cx, {cx.constant(rows.z), rows.tags()}, rows.inputs()).columns;
  }
};

}  // namespace

TEST_CASE("attention adds its parameters behind the decoder's, which stay what they were") {
  const Model plain(0), attending(5);
  const auto& few = plain.layout.entries();
  const auto& many = attending.layout.entries();
  REQUIRE(many.size() == few.size() + 4);
  for (std::size_t i = 0; i < few.size(); ++i) {
    CHECK(many[i].name == few[i].name);
    CHECK(many[i].shape == few[i].shape);
  }
  const std::array<std::string, 4> names{"query.weight", "key.weight", "key.bias", "score.weight"};
  const std::array<vc::AnyShape, 4> shapes{vc::Shape<2>{{hidden, 5}}, vc::Shape<2>{{embedding, 5}},
                                           vc::Shape<1>{{5}}, vc::Shape<1>{{5}}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(many[few.size() + i].name == "decoder.attention." + names[i]);
    CHECK(many[few.size() + i].shape == shapes[i]);
  }
}

TEST_CASE("an attending decoder's whole sequence equals its single steps") {
  for (const Index attention : {0, 1, 5}) {
    CAPTURE(attention);
    const Model model(attention);
    const Rows rows(everyone);
    vc::Workspace<double> workspace(model.parameters);
    const vc::Scope scope(workspace);
    const auto logits = model.logits(workspace, rows);
    const auto steps = model.decoder.steps(workspace, {workspace.constant(rows.z), rows.tags()});

    // Every row stands twice, as in a beam, and in an order of its own.
    const std::vector<Index> beam{5, 0, 2, 2, 1, 3, 4, 0, 5, 1, 3, 4};
    const Index n = Index(beam.size());
    Eigen::MatrixXd before(hidden, n), after(hidden, n), out(symbols, n);
    for (Index i = 0; i < n; ++i) {
      std::copy_n(steps.start().column(beam[static_cast<std::size_t>(i)]), hidden,
                  before.col(i).data());
    }
    for (Index step = 0; step < rows.plan.steps(); ++step) {
      std::vector<vc::Symbol> ids;
      for (const Index row : beam) ids.push_back(Rows::symbol(row, step));
      steps.step(workspace, ids, beam, vc::View<const double>(before.data(), hidden, n),
                 vc::View<double>(after.data(), hidden, n),
                 vc::View<double>(out.data(), symbols, n));
      for (Index i = 0; i < n; ++i) {
        const Index row = beam[static_cast<std::size_t>(i)];
        if (step >= rows.plan.length(row)) continue;
        const auto expected = logits.matrix().col(rows.plan.column(row, step));
        CHECK((out.col(i) - expected).cwiseAbs().maxCoeff() < 1e-12);
      }
      before = after;
    }
  }
}

TEST_CASE("a row of a batch is that row alone") {
  const Model model;
  const Rows batch(everyone);
  vc::Workspace<double> workspace(model.parameters);
  const vc::Scope scope(workspace);
  const auto together = model.logits(workspace, batch);
  for (const Index row : everyone) {
    CAPTURE(row);
    const Rows single({row});
    const auto alone = model.logits(workspace, single);
    REQUIRE(alone.columns() == batch.plan.length(row));
    for (Index step = 0; step < alone.columns(); ++step) {
      const auto expected = together.matrix().col(batch.plan.column(row, step));
      CHECK((alone.matrix().col(step) - expected).cwiseAbs().maxCoeff() < 1e-12);
    }
  }
}

TEST_CASE("tags that are absent do not matter, those that are present do") {
  Model model;
  const Rows rows({4});  // tags 4 and 0
  vc::Workspace<double> workspace(model.parameters);
  const auto logits = [&] {
    const vc::Scope scope(workspace);
    return Eigen::MatrixXd(model.logits(workspace, rows).matrix());
  };
  const Eigen::MatrixXd before = logits();
  const auto* entry = model.layout.find("decoder.tags.weight");
  REQUIRE(entry != nullptr);
  auto* table = model.parameters.values().data() + entry->offset;
  for (Index i = 0; i < embedding; ++i) table[2 * embedding + i] += 1;
  CHECK(logits() == before);
  table[4 * embedding] += 1;
  CHECK((logits() - before).cwiseAbs().maxCoeff() > 1e-3);
}

TEST_CASE("attention looks elsewhere as the state changes") {
  // With one tag there is nothing to choose, so attention with zero scores is the same; with
  // several there is.
  Model model;
  vc::Workspace<double> workspace(model.parameters);
  const auto difference = [&](Index row) {
    const Rows rows({row});
    const auto logits = [&] {
      const vc::Scope scope(workspace);
      return Eigen::MatrixXd(model.logits(workspace, rows).matrix());
    };
    const Eigen::MatrixXd before = logits();
    const auto* entry = model.layout.find("decoder.attention.score.weight");
    const std::span<double> score =
        model.parameters.values().subspan(static_cast<std::size_t>(entry->offset), 5);
    const std::vector<double> kept(score.begin(), score.end());
    std::fill(score.begin(), score.end(), 0.0);
    const Eigen::MatrixXd after = logits();
    std::copy(kept.begin(), kept.end(), score.begin());
    return (after - before).cwiseAbs().maxCoeff();
  };
  CHECK(difference(1) < 1e-15);  // no tag
  CHECK(difference(0) < 1e-12);  // one tag
  CHECK(difference(2) > 1e-3);   // five tags
}

TEST_CASE("gradcheck: an attending decoder, every parameter") {
  Model model;
  const Rows rows(everyone);
  const auto result = vc::gradcheck(
      model.parameters, [&](vc::Tape<double>& tape) { return model.logits(tape, rows); });
  INFO(result.message());
  CHECK(result.error < 1e-7);
  CHECK(result.checked > 350);
}
