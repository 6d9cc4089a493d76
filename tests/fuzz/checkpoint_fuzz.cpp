// Checkpoints: one that is refused leaves the state as it was, one that is taken fills it wholly.
#include <cstring>
#include <vector>

#include <vaecollapse/io/checkpoint.hpp>

#include "fuzz/support.hpp"

namespace vc = vaecollapse;

namespace {

/// State of every kind that a visitor can be shown.
struct State {
  std::uint64_t step = 7;
  double multiplier = 0.5;
  std::vector<float> moments{1, 2};
  std::vector<double> sums{3};

  void visit(vc::Visitor& visitor) {
    visitor("step", step);
    visitor("multiplier", multiplier);
    visitor("moments", std::span<float>(moments));
    visitor("sums", std::span<double>(sums));
  }
};

/// All of the state, as bytes: NaN is equal to itself here.
std::vector<vc::Tensor> tensors_of(State& state) {
  vc::Saver saver;
  state.visit(saver);
  return saver.tensors;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  State state;
  const auto before = tensors_of(state);
  if (!fuzz::takes([&] { (void)vc::load_checkpoint(file.path(), state); }, file.path())) {
    fuzz::require(tensors_of(state) == before, "a refused checkpoint changes nothing");
    return 0;
  }
  const vc::Safetensors content = vc::read_safetensors(file.path());
  for (const vc::Tensor& tensor : tensors_of(state)) {
    const vc::Tensor* found = content.find(tensor.name);
    fuzz::require(found != nullptr && found->bytes == tensor.bytes, "the state is the file's");
  }
  return 0;
}
