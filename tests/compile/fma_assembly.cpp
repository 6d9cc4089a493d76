// Compiled to assembly by fma_assembly.cmake, which looks for fused multiply-adds in it.
#include <vaecollapse/simd/gate.hpp>

namespace simd = vaecollapse::simd;

void multiply_add(const float* a, const float* b, float* c) {
  simd::store(c, simd::fma(simd::load(a), simd::load(b), simd::load(c)));
}

void multiply_subtract(const double* a, const double* b, double* c) {
  simd::store(c, simd::fnma(simd::load(a), simd::load(b), simd::load(c)));
}
