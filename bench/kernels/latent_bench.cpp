// What stands between encoder and decoder: the Gaussian's KL and sample, forward and backward, for
// 64 examples of 64 dimensions, and the normal draws that a sample needs.
//   latent/<what>/<who>
#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <vaecollapse/core/rng.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/kernels/gaussian.hpp>

#include "support/meter.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace {

constexpr Index dimensions = 64, examples = 64, n = dimensions * examples;
using Numbers = std::vector<float>;

/// What is given, and what comes out: a value forward, two gradients backward.
struct Problem {
  Numbers mu = uniform(1, -2, 2, n), logvar = uniform(2, -4, 2, n), noise = uniform(3, -3, 3, n);
  Numbers d = uniform(4, -1, 1, n);
  Numbers value = Numbers(n), dmu = Numbers(n), dlogvar = Numbers(n);

  double disagreement_with(const Problem& other) const {
    return std::max({disagreement(n, value.data(), other.value.data()),
                     disagreement(n, dmu.data(), other.dmu.data()),
                     disagreement(n, dlogvar.data(), other.dlogvar.data())});
  }
};

using Kernel = void (*)(Problem&);

struct Pair {
  const char* name;
  Kernel ours, naive;
};

const Pair pairs[] = {
    {"kl_forward",
     [](Problem& p) {
       kernels::gaussian_kl_forward(n, p.mu.data(), p.logvar.data(), p.value.data());
     },
     [](Problem& p) {
       kernels::naive::gaussian_kl_forward(n, p.mu.data(), p.logvar.data(), p.value.data());
     }},
    {"kl_backward",
     [](Problem& p) {
       kernels::gaussian_kl_backward(n, p.mu.data(), p.logvar.data(), p.d.data(), p.dmu.data(),
                                     p.dlogvar.data());
     },
     [](Problem& p) {
       kernels::naive::gaussian_kl_backward(n, p.mu.data(), p.logvar.data(), p.d.data(),
                                            p.dmu.data(), p.dlogvar.data());
     }},
    {"sample_forward",
     [](Problem& p) {
       kernels::gaussian_sample_forward(n, p.mu.data(), p.logvar.data(), p.noise.data(),
                                        p.value.data());
     },
     [](Problem& p) {
       kernels::naive::gaussian_sample_forward(n, p.mu.data(), p.logvar.data(), p.noise.data(),
                                               p.value.data());
     }},
    {"sample_backward",
     [](Problem& p) {
       kernels::gaussian_sample_backward(n, p.logvar.data(), p.noise.data(), p.d.data(),
                                         p.dmu.data(), p.dlogvar.data());
     },
     [](Problem& p) {
       kernels::naive::gaussian_sample_backward(n, p.logvar.data(), p.noise.data(), p.d.data(),
                                                p.dmu.data(), p.dlogvar.data());
     }},
};

void time_kernel(benchmark::State& state, const Pair& pair, Kernel run) {
  Problem problem, expected;
  run(problem);
  pair.naive(expected);
  if (problem.disagreement_with(expected) > 1e-5) return state.SkipWithError("not as its twin");
  Team team(1);
  Meter meter = measure(state, team, [&] { run(problem); });
  meter.report_ns_per("ns_per_element", static_cast<double>(n));
}

void time_draws(benchmark::State& state) {
  std::array<std::uint32_t, examples> rows;
  std::iota(rows.begin(), rows.end(), 0u);
  Numbers noise(n);
  std::uint64_t step = 0;
  Team team(1);
  Meter meter = measure(state, team, [&] {
    fill_normal(Draws(1, step++), Stream::latent, rows, 0,
                View<float>(noise.data(), dimensions, examples));
  });
  meter.report_ns_per("ns_per_element", static_cast<double>(n));
}

const bool registered = [] {
  for (const Pair& pair : pairs) {
    const auto add = [&](const char* who, Kernel run) {
      add_benchmark("latent/" + std::string(pair.name) + "/" + who, 1,
                    [&pair, run](benchmark::State& state) { time_kernel(state, pair, run); });
    };
    add("ours", pair.ours);
    add("naive", pair.naive);
  }
  add_benchmark("latent/normal_draws/ours", 1, time_draws);
  return true;
}();

}  // namespace

}  // namespace vaecollapse::bench
