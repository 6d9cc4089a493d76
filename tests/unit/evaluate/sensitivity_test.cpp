// The gradient of logits by z against finite differences, and the norm against the whole Jacobian.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/evaluate/probing.hpp>
#include <vaecollapse/evaluate/sensitivity.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;

namespace {

constexpr Index words = 3;

struct Bench {
  vaecollapse_test::TinyTask task;
  Parameters<double> parameters{task.layout, Seed{3}};
  Team team;
  Batch batch{task.corpus, std::vector<Row>{0, 1, 2}};

  /// The logits with z moved from the posterior's mean.
  std::vector<double> logits(const std::vector<double>& move) {
    Workspace<double> workspace(parameters, team);
    const Scope scope(workspace);
    const auto mean = task.network.posterior().mean(task.network.encode(workspace, batch));
    const auto z = workspace.make<2>(mean.shape());
    for (std::size_t i = 0; i < move.size(); ++i) {
      z.value_view().data[i] = mean.data()[i] + move[i];
    }
    const auto found = task.network.decoder()(workspace, {z, batch.tags()}, batch.inputs()).columns;
    return {found.data(), found.data() + found.size()};
  }

  /// d logits / dz, a column for each number of z.
  std::vector<std::vector<double>> jacobian() {
    constexpr double step = 1e-5;
    std::vector<std::vector<double>> columns;
    for (std::size_t i = 0; i < 6 * words; ++i) {
      std::vector<double> move(6 * words);
      move[i] = step;
      std::vector<double> slope = logits(move);
      move[i] = -step;
      const std::vector<double> below = logits(move);
      for (std::size_t k = 0; k < slope.size(); ++k) slope[k] = (slope[k] - below[k]) / (2 * step);
      columns.push_back(std::move(slope));
    }
    return columns;
  }
};

}  // namespace

TEST_CASE("sensitivity: the gradient of logits by z is that of finite differences") {
  Bench bench;
  Probing probing(bench.task.network, bench.parameters, bench.team);
  const Index symbols = bench.task.vocabulary.symbols();
  const auto seed_of = [](Index column, Index symbol) {
    return std::sin(static_cast<double>(3 * column + 7 * symbol));
  };
  const std::vector<double> found = logit_gradient(probing, bench.batch, seed_of);
  const auto jacobian = bench.jacobian();
  REQUIRE(found.size() == jacobian.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    double expected = 0;
    for (std::size_t k = 0; k < jacobian[i].size(); ++k) {
      const auto at = static_cast<Index>(k);
      expected += seed_of(at / symbols, at % symbols) * jacobian[i][k];
    }
    CHECK(found[i] == doctest::Approx(expected).epsilon(1e-6));
  }
  for (const double gradient : bench.parameters.gradients()) REQUIRE(gradient == 0);
}

TEST_CASE("sensitivity: the norm is that of the Jacobian") {
  Bench bench;
  Probing probing(bench.task.network, bench.parameters, bench.team);
  const DecoderSensitivity found = decoder_sensitivity(probing, bench.batch, 400);
  double squares = 0;
  std::size_t columns = 0;
  for (const auto& column : bench.jacobian()) {
    columns = column.size() / static_cast<std::size_t>(bench.task.vocabulary.symbols());
    for (const double slope : column) squares += slope * slope;
  }
  const double norm = std::sqrt(squares / static_cast<double>(columns));
  // The square's relative standard deviation is at most sqrt(2 / 400): 5 of them on the norm are
  // 18 %; a false alarm in a million.
  CHECK(found.norm == doctest::Approx(norm).epsilon(0.18));
  double sum = 0;
  for (const double one : found.per_dimension) sum += one * one;
  CHECK(std::sqrt(sum) == doctest::Approx(found.norm));
  CHECK(found.per_dimension.size() == 6);
}

TEST_CASE("sensitivity: as many directions as draws tell apart") {
  Bench bench;
  Probing probing(bench.task.network, bench.parameters, bench.team);
  for (const std::uint32_t directions : {0u, 8193u}) {
    CHECK_THROWS_WITH_AS(decoder_sensitivity(probing, bench.batch, directions),
                         ("decoder_sensitivity: directions are " + std::to_string(directions) +
                          ": there must be 1 at least and 8192 at most")
                             .c_str(),
                         Error);
  }
}

TEST_CASE("sensitivity: more symbols than 4096") {
  std::vector<reinflection::Example> rows(1);
  for (char32_t c = 0; c < 6000; ++c) rows[0].source += char32_t(0x4E00 + c);
  rows[0].target = U"\u4E00\u4E01";
  rows[0].has_target = true;
  rows[0].tags = reinflection::parse_msd("pos=N");
  const Vocabulary vocabulary = reinflection::vocabulary_of(rows);
  rows[0].source = U"\u4E00";
  const reinflection::Features features = reinflection::Features::of(rows);
  const reinflection::Corpus corpus(rows, vocabulary, features);
  Layout layout;
  const auto network = reinflection::make_network(layout, {.symbols = vocabulary.symbols(),
                                                           .tags = 1,
                                                           .embedding = 2,
                                                           .encoder_hidden = 2,
                                                           .decoder_hidden = 2,
                                                           .latent = 2});
  Parameters<float> parameters(layout, Seed{1});
  Team team(1);
  Probing probing(network, parameters, team);
  const std::vector<Row> row{0};
  CHECK(decoder_sensitivity(probing, Batch(corpus, row), 2).norm > 0);
}
