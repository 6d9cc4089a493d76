// Means over the places of ragged rows, forward and backward, and vectors before them: 64 rows of 5
// to 16 places of 48 dimensions, and a global z of 128.
//   places/<what>/<who>
#include <algorithm>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/naive/places.hpp>
#include <vaecollapse/kernels/places.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

constexpr Index dimensions = 48, rows = 64, global = 128;
using Numbers = std::vector<float>;

const SequencePlan& plan() {
  static const SequencePlan made = [] {
    std::vector<Index> lengths;
    for (Index row = 0; row < rows; ++row) lengths.push_back(5 + (row * 7) % 12);
    return SequencePlan(lengths);
  }();
  return made;
}

/// Columns of the places, and a vector for each row.
struct Problem {
  Index n = dimensions * plan().columns();
  Numbers places = uniform(1, -2, 2, n), means = uniform(2, -1, 1, dimensions*rows);
  Numbers vectors = uniform(3, -1, 1, global* rows);
  Team team{1};

  View<float> columns() { return {places.data(), dimensions, plan().columns()}; }
  View<float> of_rows() { return {means.data(), dimensions, rows}; }
  View<float> globals() { return {vectors.data(), global, rows}; }

  double disagreement_with(const Problem& other) const {
    return std::max({disagreement(n, places.data(), other.places.data()),
                     disagreement(dimensions * rows, means.data(), other.means.data()),
                     disagreement(global * rows, vectors.data(), other.vectors.data())});
  }
};

using Kernel = void (*)(Problem&);
using kernels::OverPlaces;

struct Pair {
  const char* name;
  Kernel ours, naive;
};

const Pair pairs[] = {
    {"mean_forward",
     [](Problem& p) {
       kernels::reduce_places_forward<float>({plan(), 3}, OverPlaces::mean, p.columns(),
                                             p.of_rows(), p.team);
     },
     [](Problem& p) {
       kernels::naive::reduce_places_forward<float>({plan(), 3}, OverPlaces::mean, p.columns(),
                                                    p.of_rows());
     }},
    {"mean_backward",
     [](Problem& p) {
       kernels::reduce_places_backward<float>({plan(), 3}, OverPlaces::mean, p.of_rows(),
                                              p.columns(), p.team);
     },
     [](Problem& p) {
       kernels::naive::reduce_places_backward<float>({plan(), 3}, OverPlaces::mean, p.of_rows(),
                                                     p.columns());
     }},
    {"fill_first_columns",
     [](Problem& p) {
       kernels::fill_first_columns<float>(plan(), p.globals(), p.columns(), p.team);
     },
     [](Problem& p) {
       kernels::naive::fill_first_columns<float>(plan(), p.globals(), p.columns());
     }},
};

void time_kernel(benchmark::State& state, const Pair& pair, Kernel run) {
  Problem problem, expected;
  run(problem);
  pair.naive(expected);
  if (problem.disagreement_with(expected) > 1e-5) return state.SkipWithError("not as its twin");
  Team team(1);
  Meter meter = measure(state, team, [&] { run(problem); });
  meter.report_ns_per("ns_per_element", static_cast<double>(problem.n));
}

const bool registered = [] {
  for (const Pair& pair : pairs) {
    const auto add = [&](const char* who, Kernel run) {
      add_benchmark("places/" + std::string(pair.name) + "/" + who, 1,
                    [&pair, run](benchmark::State& state) { time_kernel(state, pair, run); });
    };
    add("ours", pair.ours);
    add("naive", pair.naive);
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
