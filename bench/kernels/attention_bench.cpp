// Attention over tags for one step of 64 rows with four tags each: scores and weights, the mix of
// the tags' projections, and the way back.
//   attention/<pass>/<who>
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/attention.hpp>
#include <vaecollapse/kernels/naive/attention.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

constexpr Index rows = 64, tags = 32, tags_per_row = 4, width = 64, gates = 768;
constexpr Index pairs = rows * tags_per_row;
using Numbers = std::vector<float>;

/// Keys, queries and projections of tags, and everything that a step computes from them.
struct Problem {
  Numbers keys = uniform(1, -1, 1, width*tags), score = uniform(2, -1, 1, width);
  Numbers query = uniform(3, -1, 1, width*rows), table = uniform(4, -1, 1, gates*tags);
  Numbers dmixed = uniform(5, -1, 1, gates* rows);
  Numbers weights = Numbers(pairs), activations = Numbers(width * pairs);
  Numbers mixed = Numbers(gates * rows);
  Numbers dweights = Numbers(pairs), dscores = Numbers(pairs), dquery = Numbers(width * rows);
  Numbers dkeys = Numbers(keys.size()), dscore = Numbers(width), dtable = Numbers(table.size());
  std::vector<Index> first_tag, row_of, first_pair = std::vector<Index>(rows + 1);
  std::vector<Symbol> tag_ids;

  Problem() {
    for (Index row = 0; row < rows; ++row) {
      first_tag.push_back(row * tags_per_row);
      row_of.push_back(row);
      for (Index j = 0; j < tags_per_row; ++j) {
        tag_ids.push_back(static_cast<Symbol>((row + j * tags / tags_per_row) % tags));
      }
    }
    first_tag.push_back(pairs);
  }

  kernels::ColumnTags columns() {
    return kernels::column_tags(TagSets{first_tag, tag_ids}, row_of, first_pair);
  }
  kernels::AttentionKeys<float> by() const { return {{keys.data(), width, tags}, score.data()}; }
  kernels::TagMix<float> mix() { return {columns(), weights.data()}; }
  View<const float> queries() const { return {query.data(), width, rows}; }
  View<const float> projections() const { return {table.data(), gates, tags}; }
  View<const float> dout() const { return {dmixed.data(), gates, rows}; }
  View<const float> answers() const { return {activations.data(), width, pairs}; }
};

void forward(Problem& p) {
  kernels::attention_forward<float>(p.by(), p.columns(), 0, p.queries(), p.weights.data(),
                                    {p.activations.data(), width, pairs});
  kernels::tag_mix_forward<float>(p.projections(), p.mix(), 0, {p.mixed.data(), gates, rows});
}

/// What runs inside the time loop.
void backward(Problem& p) {
  std::fill(p.dweights.begin(), p.dweights.end(), 0.0f);
  kernels::tag_mix_weights_backward<float>(p.projections(), p.columns(), 0, p.dout(),
                                           p.dweights.data());
  kernels::attention_backward<float>(p.by(), p.columns(), 0, p.weights.data(), p.answers(),
                                     p.dweights.data(), p.dscores.data(),
                                     {p.dquery.data(), width, rows});
}

/// What runs once after it.
void parameters_backward(Problem& p) {
  kernels::attention_parameters_backward<float>(p.by(), p.columns(), p.answers(), p.dscores.data(),
                                                p.dscore.data(), {p.dkeys.data(), width, tags});
  kernels::tag_mix_table_backward<float>(p.mix(), p.dout(), {p.dtable.data(), gates, tags});
}

void naive_forward(Problem& p) {
  kernels::naive::attention_forward<float>(p.by(), p.columns(), 0, p.queries(), p.weights.data());
  kernels::naive::tag_mix_forward<float>(p.projections(), p.mix(), {p.mixed.data(), gates, rows});
}

/// Both at once.
void naive_backward(Problem& p) {
  std::fill(p.dweights.begin(), p.dweights.end(), 0.0f);
  kernels::naive::tag_mix_backward<float>(p.projections(), p.mix(), p.dout(), p.dweights.data(),
                                          {p.dtable.data(), gates, tags});
  kernels::naive::attention_backward<float>(p.by(), p.columns(), p.queries(), p.weights.data(),
                                            p.dweights.data(), {p.dquery.data(), width, rows},
                                            p.dscore.data(), {p.dkeys.data(), width, tags});
}

bool is_right() {
  Problem ours, twin;
  forward(ours);
  backward(ours);
  parameters_backward(ours);
  naive_forward(twin);
  naive_backward(twin);
  const auto same = [](const Numbers& a, const Numbers& b) {
    return disagreement(static_cast<Index>(b.size()), a.data(), b.data()) < 1e-5;
  };
  return same(ours.weights, twin.weights) && same(ours.mixed, twin.mixed) &&
         same(ours.dquery, twin.dquery) && same(ours.dkeys, twin.dkeys) &&
         same(ours.dscore, twin.dscore) && same(ours.dtable, twin.dtable);
}

using Kernel = void (*)(Problem&);

void time_kernel(benchmark::State& state, Kernel run) {
  if (!is_right()) return state.SkipWithError("not as its twin");
  Problem problem;
  forward(problem);
  backward(problem);
  Team team(1);
  Meter meter = measure(state, team, [&] { run(problem); });
  meter.report_ns_per("ns_per_tag_of_a_column", static_cast<double>(pairs));
}

const bool registered = [] {
  const auto add = [](const std::string& name, Kernel run) {
    add_benchmark("attention/" + name, 1,
                  [=](benchmark::State& state) { time_kernel(state, run); });
  };
  add("forward/ours", forward);
  add("forward/naive", naive_forward);
  add("backward/ours", backward);
  add("parameters_backward/ours", parameters_backward);
  add("backward_and_parameters_backward/naive", naive_backward);
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
