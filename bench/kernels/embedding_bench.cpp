// Gathering the columns of a table of 40 symbols for the 896 columns of a batch, and adding their
// gradients back: a table of embeddings (64 rows), and one that is projected already (768).
//   embedding/<pass>/<who>/K:<rows>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/embedding.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

constexpr Index symbols = 40, columns = 896;

struct Problem {
  Index rows;
  std::vector<float> table, out, dout, dtable;
  std::vector<Symbol> ids;

  explicit Problem(Index height)
      : rows(height),
        table(uniform(1, -1, 1, height * symbols)),
        out(static_cast<std::size_t>(height * columns)),
        dout(uniform(2, -1, 1, height * columns)),
        dtable(table.size()) {
    for (const float number : uniform(3, 0, static_cast<double>(symbols), columns)) {
      ids.push_back(static_cast<Symbol>(number));
    }
  }

  View<const float> given() const { return {table.data(), rows, symbols}; }
  View<float> gathered() { return {out.data(), rows, columns}; }
  View<const float> gradient() const { return {dout.data(), rows, columns}; }
  View<float> scattered() { return {dtable.data(), rows, symbols}; }
};

void gather(Problem& p) {
  kernels::embedding_forward<float>(p.given(), p.ids, p.gathered(), kernels::Output::replace);
}
void scatter(Problem& p) { kernels::embedding_backward<float>(p.ids, p.gradient(), p.scattered()); }
void naive_gather(Problem& p) {
  kernels::naive::embedding_forward<float>(p.given(), p.ids, p.gathered());
}
void naive_scatter(Problem& p) {
  kernels::naive::embedding_backward<float>(p.ids, p.gradient(), p.scattered());
}

bool is_right(Index rows) {
  Problem ours(rows), twin(rows);
  gather(ours);
  scatter(ours);
  naive_gather(twin);
  naive_scatter(twin);
  return disagreement(rows * columns, ours.out.data(), twin.out.data()) == 0 &&
         disagreement(rows * symbols, ours.dtable.data(), twin.dtable.data()) < 1e-5;
}

using Kernel = void (*)(Problem&);

void time_kernel(benchmark::State& state, Index rows, double bytes_moved, Kernel run) {
  if (!is_right(rows)) return state.SkipWithError("not as its twin");
  Problem problem(rows);
  Team team(1);
  Meter meter = measure(state, team, [&] { run(problem); });
  const auto elements = static_cast<double>(rows * columns);
  meter.report_ns_per("ns_per_element", elements);
  meter.report_per_second("GB_per_second", bytes_moved * elements * 1e-9);
}

const bool registered = [] {
  for (const Index rows : {64, 768}) {
    const auto add = [&](const char* name, double bytes_moved, Kernel run) {
      add_benchmark("embedding/" + std::string(name) + "/K:" + std::to_string(rows), 1,
                    [=](benchmark::State& state) { time_kernel(state, rows, bytes_moved, run); });
    };
    // An element read and one written; two read and one written.
    add("gather/ours", 8, gather);
    add("gather/naive", 8, naive_gather);
    add("scatter/ours", 12, scatter);
    add("scatter/naive", 12, naive_scatter);
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
