// The end of a training step: the norm that clipping needs, and Adam or AdamW, each one pass over
// the flat buffers of a model of 0.91 million parameters.
//   optimise/<what>/<who>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/parameters.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/optimise.hpp>
#include <vaecollapse/optim/adam.hpp>
#include <vaecollapse/optim/adamw.hpp>
#include <vaecollapse/optim/clip.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

constexpr Index count = 911784;

Layout flat() {
  Layout layout;
  layout.add("all", Shape<1>{{count}}, Init::uniform(0.1));
  return layout;
}

void set_gradients(Parameters<float>& parameters) {
  fill_uniform(1, -1, 1, count, parameters.gradients().data());
}

/// One step of the twin from zero moments, and one of ours.
template <class Optimiser>
bool is_right(Team& team) {
  Optimiser optimiser;
  const auto options = optimiser.options();
  double decay = 0;
  if constexpr (std::is_same_v<Optimiser, AdamW<float>>) decay = options.weight_decay;
  Parameters<float> ours(flat(), Seed{1}), twin(flat(), Seed{1});
  set_gradients(ours);
  set_gradients(twin);
  optimiser.step(ours, {.team = &team});
  std::vector<float> first(count), second(count);
  const auto rate = static_cast<float>(options.learning_rate / (1 - options.beta1));
  kernels::naive::adamw_step<float>(
      count,
      {.gradient_scale = 1,
       .keep_first = static_cast<float>(options.beta1),
       .take_first = static_cast<float>(1 - options.beta1),
       .keep_second = static_cast<float>(options.beta2),
       .take_second = static_cast<float>(1 - options.beta2),
       .rate = rate,
       .second_factor = static_cast<float>(1 / std::sqrt(1 - options.beta2)),
       .epsilon = static_cast<float>(options.epsilon),
       .keep_value = static_cast<float>(1 - options.learning_rate * decay)},
      twin.values().data(), twin.gradients().data(), first.data(), second.data());
  return disagreement(count, ours.values().data(), twin.values().data()) < 1e-5;
}

template <class Optimiser>
void time_adam(benchmark::State& state, int threads) {
  Team team(threads);
  if (!is_right<Optimiser>(team)) return state.SkipWithError("not as its twin");
  Parameters<float> parameters(flat(), Seed{1});
  set_gradients(parameters);
  // A step leaves gradients of zero behind: by these, moments last for all iterations, and do not
  // become denormal.
  Optimiser optimiser({.beta1 = 0.999999, .beta2 = 0.999999});
  Meter meter = measure(state, team, [&] { optimiser.step(parameters, {.team = &team}); });
  // Value, gradient and both moments, read and written.
  meter.report_per_second("GB_per_second", 8.0 * sizeof(float) * double(count) * 1e-9);
  meter.report_ns_per("ns_per_parameter", static_cast<double>(count));
}

void time_norm(benchmark::State& state, int threads) {
  Team team(threads);
  Parameters<float> parameters(flat(), Seed{1});
  set_gradients(parameters);
  const double expected =
      std::sqrt(kernels::naive::squared_norm<float>(count, parameters.gradients().data()));
  if (std::abs(clip_by_norm(parameters, 1, &team).norm - expected) > 1e-9 * expected) {
    return state.SkipWithError("not as its twin");
  }
  Meter meter = measure(
      state, team, [&] { benchmark::DoNotOptimize(clip_by_norm(parameters, 1, &team).scale); });
  meter.report_per_second("GB_per_second", sizeof(float) * double(count) * 1e-9);
  meter.report_ns_per("ns_per_parameter", static_cast<double>(count));
}

const bool registered = [] {
  for (const int threads : {1, 2}) {
    const std::string who = threads == 1 ? "ours" : "ours_2_threads";
    add_benchmark("optimise/adam/" + who, threads,
                  [=](benchmark::State& state) { time_adam<Adam<float>>(state, threads); });
    add_benchmark("optimise/adamw/" + who, threads,
                  [=](benchmark::State& state) { time_adam<AdamW<float>>(state, threads); });
    add_benchmark("optimise/clip/" + who, threads,
                  [=](benchmark::State& state) { time_norm(state, threads); });
  }
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
