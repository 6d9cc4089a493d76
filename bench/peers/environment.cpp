// What makes the other libraries slower than they can be: settings for older chips, limits on
// threads and instruction sets, a BLAS that is not made for speed.
#include "peers/environment.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <malloc.h>
#include <optional>
#include <system_error>
#include <unistd.h>

namespace vaecollapse::bench {
namespace {

struct Setting {
  const char* name;
  /// Nothing: the variable must not be set.
  std::optional<std::string> value;
};

bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

bool holds(const Setting& setting) {
  const char* now = std::getenv(setting.name);
  return setting.value ? now != nullptr && *setting.value == now : now == nullptr;
}

void apply(const Setting& setting) {
  if (setting.value) {
    setenv(setting.name, setting.value->c_str(), 1);
  } else {
    unsetenv(setting.name);
  }
}

template <class Function>
Function* find(const char* name) {
  void* const symbol = dlsym(RTLD_DEFAULT, name);
  Function* function = nullptr;
  static_assert(sizeof(symbol) == sizeof(function));
  std::memcpy(&function, &symbol, sizeof(symbol));
  return function;
}

}  // namespace

void use_best_environment(int threads, char** arguments) {
  std::optional<std::string> aten;
  if (has_avx512()) aten = "avx512";
  const std::array settings{
      Setting{"OPENBLAS_CORETYPE", {}},
      Setting{"OPENBLAS_L2_SIZE", {}},
      Setting{"OPENBLAS_NUM_THREADS", {}},
      Setting{"GOTO_NUM_THREADS", {}},
      Setting{"OPENBLAS_VERBOSE", {}},
      Setting{"DNNL_MAX_CPU_ISA", {}},
      Setting{"ONEDNN_MAX_CPU_ISA", {}},
      Setting{"DNNL_VERBOSE", {}},
      Setting{"ONEDNN_VERBOSE", {}},
      Setting{"OMP_WAIT_POLICY", {}},
      Setting{"GOMP_SPINCOUNT", {}},
      Setting{"OMP_DYNAMIC", {}},
      Setting{"OMP_THREAD_LIMIT", {}},
      Setting{"OMP_PROC_BIND", {}},
      Setting{"OMP_PLACES", {}},
      Setting{"GOMP_CPU_AFFINITY", {}},
      Setting{"ATEN_CPU_CAPABILITY", aten},
      Setting{"OMP_NUM_THREADS", std::to_string(threads)},
  };
  bool right = true;
  for (const Setting& setting : settings) {
    if (holds(setting)) continue;
    apply(setting);
    right = false;
  }
  if (right) return;
  execv("/proc/self/exe", arguments);
  throw std::system_error(errno, std::generic_category(), "cannot start anew");
}

void keep_freed_memory() {
  constexpr int a_gigabyte = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, a_gigabyte);
  mallopt(M_TRIM_THRESHOLD, a_gigabyte);
}

std::string describe_blas() {
  auto* const config = find<char*()>("openblas_get_config");
  return config == nullptr ? "unknown BLAS" : config();
}

std::string complaint_about_blas(int threads) {
  auto* const parallel = find<int()>("openblas_get_parallel");
  if (parallel == nullptr) {
    return "libtorch runs on a BLAS that is not OpenBLAS (Debian: libopenblas0-openmp); if it is "
           "the reference BLAS, libtorch is many times slower than it can be";
  }
  constexpr int openmp = 2;
  if (threads > 1 && parallel() != openmp) {
    return "OpenBLAS is not the openmp build (Debian: libopenblas0-openmp), so its threads and "
           "libtorch's get in each other's way";
  }
  return {};
}

}  // namespace vaecollapse::bench
