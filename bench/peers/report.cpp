// The lines of bench_peers.
#include "peers/report.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>

namespace vaecollapse::bench {
namespace {

/// What a run's time is divided by: tokens of all examples, or of training steps examples.
double units(const PeerOptions& options, const PeerShape& shape) {
  const auto batch = static_cast<double>(shape.batch);
  return is_step(options.mode) ? batch : batch * static_cast<double>(shape.steps);
}

double percent_of_peak(const ShapeTimes& times) {
  return 100 * times.flops / times.contenders.front().seconds / times.peak;
}

std::string mode_name(const PeerOptions& options) {
  const std::string cell = options.cell == PeerCell::gru ? "" : to_string(options.cell) + "_";
  const std::string kind = options.attention          ? "_attention"
                           : options.source_attention ? "_source_attention"
                                                      : "";
  return cell + to_string(options.mode) + kind;
}

long long whole(std::int64_t size) { return size; }

void print_tsv(const PeerOptions& options, const ShapeTimes& times) {
  const PeerShape& shape = times.shape;
  const PeerTime& ours = times.contenders.front();
  const double nanoseconds = 1e9 / units(options, shape);
  for (std::size_t i = 1; i < times.contenders.size(); ++i) {
    const PeerTime& peer = times.contenders[i];
    std::printf("%s\t%d\t%lld\t%lld\t%lld\t%lld\t%s\t%.1f\t%.1f\t%.3f\t%.1f\t%d\n",
                mode_name(options).c_str(), options.threads, whole(shape.steps), whole(shape.batch),
                whole(shape.input), whole(shape.hidden), peer.name.c_str(),
                ours.seconds * nanoseconds, peer.seconds * nanoseconds, peer.seconds / ours.seconds,
                percent_of_peak(times), std::min(ours.samples, peer.samples));
  }
}

void print_line(const PeerOptions& options, const ShapeTimes& times) {
  const PeerShape& shape = times.shape;
  const PeerTime& ours = times.contenders.front();
  const double nanoseconds = 1e9 / units(options, shape);
  std::printf("%4lld %4lld %4lld %5lld  %10.0f %5.1f%%", whole(shape.steps), whole(shape.batch),
              whole(shape.input), whole(shape.hidden), ours.seconds * nanoseconds,
              percent_of_peak(times));
  int samples = ours.samples;
  for (std::size_t i = 1; i < times.contenders.size(); ++i) {
    const PeerTime& peer = times.contenders[i];
    std::printf("  %8.0f %6.2fx", peer.seconds * nanoseconds, peer.seconds / ours.seconds);
    samples = std::min(samples, peer.samples);
  }
  std::printf("  %7d\n", samples);
}

}  // namespace

void print_header(const PeerOptions& options) {
  if (options.tsv) {
    std::puts("mode\tthreads\tT\tB\tI\tH\tpeer\tours_ns\tpeer_ns\tratio\tpercent_of_peak\tsamples");
    return;
  }
  const bool step = is_step(options.mode);
  std::printf("%s, %d thread%s, nanoseconds per %s (ratio: how much faster ours is)\n",
              mode_name(options).c_str(), options.threads, options.threads == 1 ? "" : "s",
              step ? "example" : "token and example");
  std::printf("   T    B    I     H        ours  peak  %17s", "libtorch");
  if (!step && options.mode != Mode::output_layer)
    std::printf(" %17s %17s", "onednn", "onednn_kernels");
  std::puts("  samples");
}

void print_times(const PeerOptions& options, const ShapeTimes& times) {
  options.tsv ? print_tsv(options, times) : print_line(options, times);
  std::fflush(stdout);
}

}  // namespace vaecollapse::bench
