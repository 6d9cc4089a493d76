// A very small and a large GRU: forward and backward in both, and the derivatives of a few numbers
// against differences in double.
#include <cmath>
#include <cstdio>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/data/words.hpp>
#include <vaecollapse/nn/embedding.hpp>
#include <vaecollapse/nn/gru.hpp>

namespace vc = vaecollapse;

namespace {

bool agrees(vc::Index hidden) {
  const auto words = vc::Words::from({"e", "evler", "kitaplar"});
  vc::Layout layout;
  const vc::Embedding embed(layout, "embed", {.symbols = words.symbols(), .width = 3});
  const vc::Gru gru(layout, "gru", {.input = 3, .hidden = hidden});
  vc::Parameters<double> parameters(layout, vc::Seed{1});
  const auto model = [&](auto& cx) { return gru(cx, embed(cx, words)).last(); };
  const auto result = vc::gradcheck(parameters, model, {.elements = 6});
  std::printf("hidden %d: %d derivatives, error %.1e\n", static_cast<int>(hidden),
              static_cast<int>(result.checked), result.error);
  return result.checked > 0 && result.error < 1e-6;
}

}  // namespace

int main() { return agrees(3) && agrees(1024) ? 0 : 1; }
