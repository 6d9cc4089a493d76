// Files of ours that are changed by hand, and the errors that they lead to.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/safetensors_content.hpp>

namespace vaecollapse::test {

/// What an error says; "no error" if there is none.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// The content with this tensor put in the place of the one of that name.
inline Safetensors with(Safetensors content, Tensor tensor) {
  std::erase_if(content.tensors, [&](const Tensor& each) { return each.name == tensor.name; });
  content.tensors.push_back(std::move(tensor));
  return content;
}

inline Tensor floats(std::string name, FileShape shape, const std::vector<float>& values) {
  return make_tensor<float>(std::move(name), std::move(shape), values);
}

}  // namespace vaecollapse::test
