// A stranger's program of two sources that links vaecollapse::compiled.
#include "compiled_stranger.hpp"

#include <cmath>
#include <cstdio>

int main() {
  const float norm = gradient_norm();
  std::printf("norm of the gradient: %.3f\n", static_cast<double>(norm));
  return std::isfinite(norm) && norm > 0 ? 0 : 1;
}
