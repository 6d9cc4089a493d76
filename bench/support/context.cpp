#include "support/context.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string_view>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/simd/gate.hpp>
#include <vaecollapse/version.hpp>

#include "support/build.hpp"
#include "support/eigen.hpp"
#include "support/meter.hpp"

namespace vaecollapse::bench {

namespace {

/// What Linux calls the processor.
std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    return line.substr(std::min(line.find(':') + 2, line.size()));
  }
  return "unknown";
}

std::string version(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string peak(Team& team) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", best_fma_gflops(team, 200));
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_context() {
  Team one(1), all(0);
  return {
      {"processor", processor()},
      {"instruction_set", simd::instruction_set_name()},
      {"compiler", build::compiler},
      {"flags", build::flags},
      {"vaecollapse", VAECOLLAPSE_VERSION_STRING},
      {"commit", build::commit},
      {"eigen", version(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
      {"xsimd", version(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH)},
      {"google_benchmark", build::google_benchmark},
      {"threads", std::to_string(all.size())},
      {"fma_peak_gflops_1_thread", peak(one)},
      {"fma_peak_gflops_all_threads", peak(all)},
  };
}

}  // namespace vaecollapse::bench
