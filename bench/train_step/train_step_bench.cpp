// Whole training steps of a small reinflection model: how fast on how many threads, with the sum of
// the tags and with attention over them, and what becomes of it with other sizes.
//   train_step/<tags>/<words>/threads:<n>/B:<batch>/T:<steps>/H:<hidden>
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <thread>

#include <benchmark/benchmark.h>

#include "support/memory.hpp"
#include "support/meter.hpp"
#include "support/program.hpp"
#include "support/train_step.hpp"

namespace vaecollapse::bench {

// All but the one that is there for a quick test.
const char* const default_filter = "-/threads:2/B:16/T:14/H:64/";

namespace {

std::string name_of(const TrainStepOptions& options) {
  return std::string("train_step/") + (options.attention > 0 ? "attention" : "sum") + "/" +
         (options.ragged ? "ragged" : "even") + "/threads:" + std::to_string(options.threads) +
         "/B:" + std::to_string(options.batch) + "/T:" + std::to_string(options.steps) +
         "/H:" + std::to_string(options.hidden);
}

/// What is wrong with the first steps, or nothing: the loss must be a number and fall, and be the
/// same to the last bit whatever the number of threads.
std::string complaint(const TrainStepOptions& options) {
  TrainStepOptions alone = options;
  alone.threads = 1;
  TrainStep step(options), same(alone);
  double first = 0, last = 0;
  for (int i = 0; i < 3; ++i) {
    last = step.run().nll;
    if (i == 0) first = last;
    if (last != same.run().nll) return "the loss depends on the number of threads";
  }
  return std::isfinite(last) && last < first ? "" : "the loss does not fall";
}

void time_step(benchmark::State& state, const TrainStepOptions& options) {
  const std::string wrong = complaint(options);
  if (!wrong.empty()) return state.SkipWithError(wrong.c_str());
  reset_peak_memory();
  TrainStep step(options);
  Meter meter = measure(state, step.team(), [&] { step.run(); });
  const auto examples = static_cast<double>(step.examples());
  meter.report_flops(examples * step.flops_per_example());
  meter.report_per_second("examples_per_second", examples);
  meter.report_per_second("tokens_per_second", static_cast<double>(step.tokens()));
  meter.report("peak_memory_MB", peak_memory() * 1e-6);
  meter.report("tape_MB", static_cast<double>(step.tape_bytes()) * 1e-6);
  meter.report("parameters", static_cast<double>(step.parameters()));
}

const bool registered = [] {
  std::set<std::string> names;
  const auto add = [&](const TrainStepOptions& options) {
    if (!names.insert(name_of(options)).second) return;
    add_benchmark(name_of(options), options.threads,
                  [=](benchmark::State& state) { time_step(state, options); });
  };
  const int cores = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  for (int threads = 1; threads <= cores; threads = threads < 4 ? threads + 1 : 2 * threads) {
    for (const Index attention : {0, 64}) {
      for (const bool ragged : {false, true}) {
        add({.attention = attention, .threads = threads, .ragged = ragged});
      }
    }
  }
  add({.batch = 16, .hidden = 64, .attention = 64, .threads = 2, .ragged = true});
  // One size at a time, for the plot.
  for (const Index batch : {1, 4, 16, 64, 256}) add({.batch = batch});
  for (const Index steps : {7, 14, 28, 56}) add({.steps = steps});
  for (const Index hidden : {64, 128, 256, 512, 1024}) add({.hidden = hidden});
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
