// The safetensors codec: what is read can be written, and is then the same.
#include <vaecollapse/io/safetensors.hpp>

#include "fuzz/support.hpp"

namespace vc = vaecollapse;

namespace {

/// A double holds whatever a float does.
void widen(const vc::Tensor& tensor) {
  const std::size_t count = tensor.bytes.size() / vc::size_of(tensor.dtype);
  std::vector<double> wide(count);
  vc::copy_values<double>(tensor, wide);
  if (tensor.dtype == vc::Dtype::f64) return;
  std::vector<float> narrow(count);
  vc::copy_values<float>(tensor, narrow);
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_number = wide[i] == wide[i];
    fuzz::require(is_number ? wide[i] == static_cast<double>(narrow[i]) : narrow[i] != narrow[i],
                  "floats and doubles are the same numbers");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::as_bytes(data, size);
  vc::Safetensors content;
  if (!fuzz::takes([&] { content = vc::parse_safetensors("f", bytes); }, "f: ")) return 0;

  std::size_t held = 0;
  for (const vc::Tensor& tensor : content.tensors) {
    fuzz::require(content.find(tensor.name) == &tensor, "names are unique");
    held += tensor.bytes.size();
    if (vc::is_floating(tensor.dtype)) widen(tensor);
  }
  for (const vc::SkippedTensor& tensor : content.skipped) {
    fuzz::require(content.find_skipped(tensor.name) == &tensor, "names of skipped ones are too");
    fuzz::require(content.find(tensor.name) == nullptr, "what is skipped is not read");
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
