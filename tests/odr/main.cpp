// Runs both objects in one program. Exit code 77: this processor lacks AVX2.
#include <cmath>
#include <cstdio>
#include <cstring>

#include "probe.hpp"

namespace {

bool correct(const odr::Result& result, const char* instruction_set) {
  bool good = std::strcmp(result.instruction_set, instruction_set) == 0 &&
              std::strcmp(result.shape, "[3 x 4]") == 0;
  for (int i = 0; i < 32; ++i) {
    const double x = 0.0625 * i;
    const double expected = std::exp(x * x + std::sqrt(x));
    good = good && std::abs(result.values[i] - expected) <= 2e-6 * expected;
  }
  std::printf("%s object: says %s, %s\n", instruction_set, result.instruction_set,
              good ? "right" : "WRONG");
  return good;
}

}  // namespace

int main() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 77;
  const bool first = correct(odr::baseline(), "sse2");
  const bool second = correct(odr::avx2(), "avx2");
  return first && second ? 0 : 1;
}
