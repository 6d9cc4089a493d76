// The safetensors codec: what is read can be written, and is then the same.
#include <vaecollapse/io/safetensors.hpp>

#include "fuzz/support.hpp"

namespace vc = vaecollapse;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::as_bytes(data, size);
  vc::Safetensors content;
  if (!fuzz::takes([&] { content = vc::parse_safetensors("f", bytes); }, "f: ")) return 0;

  std::size_t held = 0;
  for (const vc::Tensor& tensor : content.tensors) {
    fuzz::require(content.find(tensor.name) == &tensor, "names are unique");
    held += tensor.bytes.size();
  }
  fuzz::require(held <= size, "tensors hold no more than the file");
  const auto written = vc::serialise(content);
  const vc::Safetensors again = vc::parse_safetensors("f", written);
  fuzz::require(again.metadata == content.metadata, "metadata survives");
  fuzz::require(again.tensors.size() == content.tensors.size(), "no tensor is lost");
  for (const vc::Tensor& tensor : content.tensors) {
    const vc::Tensor* found = again.find(tensor.name);
    fuzz::require(found != nullptr && *found == tensor, "tensors survive");
  }
  fuzz::require(vc::serialise(again) == written, "the same content gives the same bytes");
  return 0;
}
