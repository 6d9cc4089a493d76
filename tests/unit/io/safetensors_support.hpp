// What the tests of safetensors files share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/io/safetensors.hpp>

namespace safetensors_test {

namespace vc = vaecollapse;

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// A file with this header and so many bytes of data.
inline std::vector<std::byte> file(std::string_view header, std::size_t data = 0) {
  const std::uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return bytes_of(text.append(header).append(data, '\1'));
}

inline std::string parse_error(const std::vector<std::byte>& bytes) {
  try {
    (void)vc::parse_safetensors("f", bytes);
  } catch (const vc::InputError& error) {
    return error.what();
  }
  return "no error";
}

template <class T>
vc::Tensor tensor(std::string name, vc::FileShape shape, const std::vector<T>& values) {
  return vc::make_tensor<T>(std::move(name), std::move(shape), values);
}

}  // namespace safetensors_test
