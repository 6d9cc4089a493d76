// bench_peers: the same recurrent layer, output layer and training step in this library, libtorch
// and oneDNN. First all must agree; then they take turns, so that a change of the machine's speed
// meets all.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/team.hpp>

#include "peers/agreement.hpp"
#include "peers/contender.hpp"
#include "peers/environment.hpp"
#include "peers/options.hpp"
#include "peers/report.hpp"
#include "support/context.hpp"
#include "support/guarded_timer.hpp"

namespace vaecollapse::bench {
namespace {

/// All who do one task, ours first.
struct Race {
  std::string task;
  std::vector<std::unique_ptr<Contender>> contenders;
  double flops;
};

Race layer_race(const PeerShape& shape, const PeerOptions& options) {
  const RecurrentProblem problem = make_recurrent_problem(options.cell, shape);
  Race race{to_string(options.mode) + " of a " + to_string(options.cell) +
                " of T,B,I,H = " + to_string(shape),
            {},
            0};
  race.contenders.push_back(make_our_layer(problem, options.mode, options.threads));
  race.contenders.push_back(make_libtorch_layer(problem, options.mode));
  const auto make_onednn = options.cell == PeerCell::lstm ? make_onednn_lstm : make_onednn_gru;
  race.contenders.push_back(make_onednn(problem, options.mode, true));
  race.contenders.push_back(make_onednn(problem, options.mode, false));
  const auto [steps, batch, input, hidden] = shape;
  race.flops = 2.0 * static_cast<double>(problem.gates() * hidden) *
               static_cast<double>(input + hidden) * static_cast<double>(steps * batch);
  if (options.mode == Mode::forward_backward) race.flops *= 3;
  return race;
}

std::unique_ptr<OurTrainStep> make_our_step(const PeerShape& shape, const PeerOptions& options) {
  if (options.mode == Mode::text_step) {
    return make_our_text_step(shape, options.cell, options.threads);
  }
  return options.source_attention ? make_our_places_train_step(shape, options.threads)
                                  : make_our_train_step(shape, options.attention, options.threads);
}

std::unique_ptr<TrainStepContender> make_libtorch_step(const TrainStepProblem& problem,
                                                       const PeerOptions& options) {
  if (options.mode == Mode::text_step) return make_libtorch_text_step(problem, options.cell);
  return options.source_attention ? make_libtorch_places_train_step(problem)
                                  : make_libtorch_train_step(problem);
}

Race train_step_race(const PeerShape& shape, const PeerOptions& options) {
  Race race{"training step of T,B,I,H = " + to_string(shape), {}, 0};
  auto ours = make_our_step(shape, options);
  auto libtorch = make_libtorch_step(ours->problem(), options);
  race.flops = ours->flops_per_example() * static_cast<double>(shape.batch);
  std::fprintf(stderr, "bench_peers: parameters: ours %lld, libtorch %lld\n",
               static_cast<long long>(ours->parameters()),
               static_cast<long long>(libtorch->parameters()));
  race.contenders.push_back(std::move(ours));
  race.contenders.push_back(std::move(libtorch));
  return race;
}

Race output_layer_race(const PeerShape& shape, const PeerOptions& options) {
  const OutputLayerProblem problem = make_output_layer_problem(shape);
  Race race{"output layer of T,B,V,H = " + to_string(shape), {}, 0};
  race.contenders.push_back(make_our_output_layer(problem, options.threads));
  race.contenders.push_back(make_libtorch_output_layer(problem));
  race.flops = 6.0 * static_cast<double>(problem.hidden) * static_cast<double>(problem.symbols) *
               static_cast<double>(problem.columns);
  return race;
}

Race make_race(const PeerShape& shape, const PeerOptions& options) {
  if (options.mode == Mode::output_layer) return output_layer_race(shape, options);
  return is_step(options.mode) ? train_step_race(shape, options) : layer_race(shape, options);
}

void require_agreement(const Race& race) {
  const std::vector<Agreed> ours = race.contenders.front()->outputs();
  for (std::size_t i = 1; i < race.contenders.size(); ++i) {
    require_agreement(race.task, race.contenders[i]->name(), ours, race.contenders[i]->outputs());
  }
}

/// Samples of each contender in turn, until each has enough that passed, or patience ends: on a
/// busy machine threads that wait for each other by spinning take a thousand times as long.
std::vector<std::vector<GuardedSample>> take_turns(GuardedTimer& timer, const Race& race,
                                                   int wanted) {
  constexpr int patience = 3;
  constexpr double patience_in_seconds = 60;
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::vector<GuardedSample>> samples(race.contenders.size());
  for (int round = 0; round < patience * wanted; ++round) {
    bool enough = true;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i].push_back(timer.sample([&] { race.contenders[i]->run(); }));
      enough = enough && guarded_median(timer, samples[i], wanted).passed >= wanted;
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (enough || spent.count() > patience_in_seconds) break;
  }
  return samples;
}

ShapeTimes time_race(GuardedTimer& timer, const PeerShape& shape, const Race& race, int wanted) {
  constexpr int fewest = 3;
  const auto samples = take_turns(timer, race, wanted);
  ShapeTimes times{shape, {}, race.flops, timer.peak() * 1e9};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::string name = race.contenders[i]->name();
    const auto median = guarded_median(timer, samples[i], std::min(fewest, wanted));
    if (median.unguarded) {
      std::fprintf(stderr,
                   "bench_peers: %s, %s: the machine was busy: %d of %d samples passed, so all "
                   "were taken\n",
                   race.task.c_str(), name.c_str(), median.passed,
                   static_cast<int>(samples[i].size()));
    }
    times.contenders.push_back({name, median.seconds, median.passed});
  }
  return times;
}

void print_context(const PeerOptions& options) {
  for (const auto& [name, value] : describe_context()) {
    std::fprintf(stderr, "bench_peers: %s: %s\n", name.c_str(), value.c_str());
  }
  std::fprintf(stderr, "bench_peers: %s; %s; %s; threads %d\n", describe_libtorch().c_str(),
               describe_blas().c_str(), describe_onednn().c_str(), options.threads);
  const std::string complaint = complaint_about_blas(options.threads);
  if (!complaint.empty()) std::fprintf(stderr, "bench_peers: %s\n", complaint.c_str());
}

void run(const PeerOptions& options) {
  set_libtorch_threads(options.threads);
  print_context(options);
  Team team(options.threads);
  GuardedTimer timer(team);
  print_header(options);
  for (const PeerShape& shape : options.shapes) {
    const Race race = make_race(shape, options);
    require_agreement(race);
    print_times(options, time_race(timer, shape, race, options.samples));
  }
}

}  // namespace
}  // namespace vaecollapse::bench

int main(int count, char** arguments) {
  namespace bench = vaecollapse::bench;
  try {
    const bench::PeerOptions options = bench::parse_options(count, arguments);
    bench::use_best_environment(options.threads, arguments);
    bench::keep_freed_memory();
    bench::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_peers: %s\n", error.what());
    return 1;
  }
  return 0;
}
