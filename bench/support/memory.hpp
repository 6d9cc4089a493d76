// How much memory the process held at most, as Linux counts it.
#pragma once

#include <fstream>
#include <string>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace vaecollapse::bench {

/// Begins anew: from here on the peak is at least what is held now. What was freed is given back
/// to the system first.
inline void reset_peak_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
  std::ofstream("/proc/self/clear_refs") << "5";
}

/// The greatest resident size since `reset_peak_memory`, or since the start where the system does
/// not let that be. \unit bytes; 0 where it is not known
inline double peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return 1024.0 * std::stod(line.substr(6));
  }
  return 0;
}

}  // namespace vaecollapse::bench
