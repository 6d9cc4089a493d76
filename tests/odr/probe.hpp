// What both objects compute, each with its own instruction set.
#pragma once

#include <string>

#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/simd/gate.hpp>
#include <vaecollapse/simd/math.hpp>

namespace odr {

/// What one object gives: plain data, so that this struct brings no inline functions of its own.
struct Result {
  const char* instruction_set;
  char shape[16];
  float values[32];
};

Result baseline();
Result avx2();

/// Static, since an inline function would itself be shared; all it calls is the library's.
static Result compute() {
  namespace vc = vaecollapse;
  namespace simd = vaecollapse::simd;
  Result result{};
  result.instruction_set = simd::instruction_set_name();
  const std::string shape = vc::to_string(vc::Shape<2>{{3, 4}});
  shape.copy(result.shape, sizeof result.shape - 1);
  for (int i = 0; i < 32; ++i) result.values[i] = 0.0625f * static_cast<float>(i);
  for (vc::Index i = 0; i < 32; i += simd::lanes<float>) {
    const auto x = simd::load(result.values + i);
    simd::store(result.values + i, simd::fma(x, x, simd::sqrt(x)));
  }
  // Not inlined, unlike the above: the function of which the linker would keep one.
  simd::exp<float>(result.values, result.values);
  return result;
}

}  // namespace odr
