// `attention_rows`: the weights of tags that it shows are those by which the decoder mixes
// them when it decodes.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/evaluate/decode.hpp>
#include <vaecollapse/evaluate/evaluation.hpp>
#include <vaecollapse/tasks/reinflection/network.hpp>

#include "support/tiny_corpus.hpp"

using namespace vaecollapse;
using vaecollapse_test::TinyTask;

namespace {

constexpr Index hidden = 20, embedding = 8;

reinflection::Sizes attending(const TinyTask& task) {
  return {.symbols = task.vocabulary.symbols(),
          .tags = task.features.size(),
          .embedding = embedding,
          .encoder_hidden = 12,
          .decoder_hidden = hidden,
          .latent = 6,
          .attention = 5};
}

struct Bench {
  TinyTask task;
  Layout layout;
  reinflection::Network network = reinflection::make_network(layout, attending(task));
  Parameters<float> parameters{layout, Seed{3}};
  Team team;

  Bench() {
    for (float& value : parameters.values()) value *= 4;  // so that states choose between tags
  }
  std::vector<std::vector<float>> attention(Index batch) {
    Evaluation<reinflection::Network> evaluation(network, parameters, team, {.batch = batch});
    return attention_rows(evaluation, task.corpus);
  }
  /// A parameter as it lies in memory, column by column.
  Eigen::Map<const Eigen::MatrixXf> matrix(const std::string& name, Index rows) const {
    const Layout::Entry& entry = *layout.find(name);
    const float* first = std::as_const(parameters).values().data() + entry.offset;
    return {first, rows, entry.shape.size() / rows};
  }
};

std::size_t tags_of(const Corpus& corpus, Row row) { return corpus.tags(row).size(); }

/// The logits of [state; tags mixed by these weights].
Eigen::VectorXf logits_of(const Bench& bench, const Eigen::VectorXf& state,
                          std::span<const Symbol> tags, const float* weights) {
  const auto table = bench.matrix("decoder.tags.weight", embedding);
  const auto output = bench.matrix("decoder.output.weight", hidden + embedding);
  Eigen::VectorXf said(hidden + embedding);
  said << state, Eigen::VectorXf::Zero(embedding);
  for (const Symbol tag : tags) said.tail(embedding) += *weights++ * table.col(tag);
  return output.transpose() * said + bench.matrix("decoder.output.bias", output.cols());
}

/// How far the logits of decoding row `row` are from those made of the weights that are shown.
float distance_from_decoding(const Bench& bench, Row row, const std::vector<float>& weights) {
  const std::vector<Row> only{row};
  const Batch batch(bench.task.corpus, only);
  Workspace<float> workspace(bench.parameters);
  const Scope scope(workspace);
  const auto z = bench.network.posterior().mean(bench.network.encode(workspace, batch));
  const auto steps = bench.network.decoder().steps(workspace, {z, batch.tags()});
  const Symbols inputs = batch.inputs();
  const std::vector<Index> column{0};
  Eigen::VectorXf before(hidden), after(hidden), logits(bench.task.vocabulary.symbols());
  std::copy_n(steps.start().column(0), hidden, before.data());
  float distance = 0;
  for (std::size_t t = 0; t < inputs.ids.size(); ++t) {
    steps.step(workspace, inputs.ids.subspan(t, 1), column, {before.data(), hidden, 1},
               {after.data(), hidden, 1}, {logits.data(), logits.size(), 1});
    const float* of_step = weights.data() + t * tags_of(bench.task.corpus, row);
    const auto expected = logits_of(bench, after, batch.tags().of(0), of_step);
    distance = std::max(distance, (logits - expected).norm());
    before = after;
  }
  return distance;
}

}  // namespace

TEST_CASE("attention: a weight for each tag before each symbol and the end; they sum to 1") {
  Bench bench;
  const auto found = bench.attention(16);
  REQUIRE(static_cast<Index>(found.size()) == bench.task.corpus.size());
  double least = 1, most = 0;
  for (Row row = 0; row < found.size(); ++row) {
    CAPTURE(row);
    const std::size_t tags = tags_of(bench.task.corpus, row);
    const std::size_t steps = bench.task.corpus.target(row).size() + 1;
    REQUIRE(found[row].size() == tags * steps);
    for (std::size_t step = 0; step < steps; ++step) {
      const auto first = found[row].begin() + static_cast<std::ptrdiff_t>(step * tags);
      CHECK(std::accumulate(first, first + static_cast<std::ptrdiff_t>(tags), 0.0) ==
            doctest::Approx(1).epsilon(1e-6));
      if (tags < 2) continue;
      least = std::min(least, static_cast<double>(*first));
      most = std::max(most, static_cast<double>(*first));
    }
  }
  CHECK(most - least > 0.2);  // states choose: equal weights would not pass for these
}

TEST_CASE("attention: by these weights the decoder mixes its tags") {
  Bench bench;
  const auto found = bench.attention(16);
  for (Row row = 0; row < found.size(); ++row) {
    CAPTURE(row);
    CHECK(distance_from_decoding(bench, row, found[row]) < 1e-4F);
    if (tags_of(bench.task.corpus, row) < 2) continue;
    std::vector<float> exchanged = found[row];
    std::reverse(exchanged.begin(), exchanged.end());
    CHECK(distance_from_decoding(bench, row, exchanged) > 1e-2F);
  }
}

TEST_CASE("attention: the same however the corpus is cut") {
  Bench bench;
  const auto one = bench.attention(16), other = bench.attention(7);
  REQUIRE(one.size() == other.size());
  for (std::size_t row = 0; row < one.size(); ++row) {
    REQUIRE(one[row].size() == other[row].size());
    for (std::size_t i = 0; i < one[row].size(); ++i) {
      CHECK(one[row][i] == doctest::Approx(other[row][i]).epsilon(1e-5));
    }
  }
}

TEST_CASE("attention: a decoder without it is refused") {
  const TinyTask task;
  const Parameters<float> parameters(task.layout, Seed{3});
  Team team;
  Evaluation<reinflection::Network> evaluation(task.network, parameters, team);
  CHECK_THROWS_WITH_AS((void)attention_rows(evaluation, task.corpus),
                       "attention: this decoder has no attention over the tags", Error);
}
