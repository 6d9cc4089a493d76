// The peak that the machine reaches right now: fused multiply-adds on registers, nothing else.
// Benchmarks state what they reach as a share of it, and probe it around a measurement to see
// whether the machine was theirs.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/simd/gate.hpp>

namespace vaecollapse::bench {

namespace detail {

/// Enough independent sums to hide the latency of two 512-bit units of 4 or 5 cycles, few enough
/// for 16 registers with both constants beside them.
inline constexpr int fma_chains = 12;
/// About ten microseconds: rare looks at the clock, and an end close to the deadline.
inline constexpr int fma_rounds = 4096;

/// Runs one block of multiply-adds and says how many flops that were.
template <class Scalar>
double fma_block() {
  using Pack = simd::Pack<Scalar>;
  // Read at run time, or the compiler would know the result. The sums tend to 1.
  const volatile Scalar scale_now = Scalar(0.75), offset_now = Scalar(0.25);
  const Pack scale = simd::broadcast<Scalar>(scale_now);
  const Pack offset = simd::broadcast<Scalar>(offset_now);
  std::array<Pack, fma_chains> sums;
  for (int i = 0; i < fma_chains; ++i) {
    sums[static_cast<std::size_t>(i)] = simd::broadcast<Scalar>(static_cast<Scalar>(i));
  }
  for (int round = 0; round < fma_rounds; ++round) {
    for (Pack& sum : sums) sum = simd::fma(sum, scale, offset);
  }
  Pack total = offset;
  for (const Pack& sum : sums) total = total + sum;
  [[maybe_unused]] const volatile Scalar used = simd::reduce_add(total);
  return 2.0 * fma_chains * fma_rounds * static_cast<double>(simd::lanes<Scalar>);
}

using Clock = std::chrono::steady_clock;

template <class Scalar>
double fma_flops_until(Clock::time_point deadline) {
  double flops = 0;
  do {
    flops += fma_block<Scalar>();
  } while (Clock::now() < deadline);
  return flops;
}

inline Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace detail

/// What the caller's core reaches over the next `seconds`, in GFLOP/s.
template <class Scalar = float>
double fma_gflops(double seconds = 0.002) {
  const auto start = detail::Clock::now();
  const double flops = detail::fma_flops_until<Scalar>(start + detail::to_duration(seconds));
  return flops / detail::seconds_since(start) * 1e-9;
}

/// What all threads of a team reach together over the next `seconds`, in GFLOP/s.
template <class Scalar = float>
double fma_gflops(Team& team, double seconds = 0.002) {
  std::atomic<int> missing{team.size()};
  std::atomic<double> gflops{0};
  team.split(team.size(), [&](Index, Index) {
    --missing;
    while (missing > 0) std::this_thread::yield();  // all at once, or it is not their peak
    gflops.fetch_add(fma_gflops<Scalar>(seconds), std::memory_order_relaxed);
  });
  return gflops;
}

}  // namespace vaecollapse::bench
