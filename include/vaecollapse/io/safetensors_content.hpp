// What a safetensors file holds: named tensors and string metadata.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/half.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

static_assert(std::endian::native == std::endian::little,
              "safetensors are little-endian, and values are copied as they lie in memory");

/// What a tensor of a file holds; the format's other types are not read.
enum class Dtype { f32, f64, i64, u64, f16, bf16 };

/// The name in the format: `F32`.
constexpr std::string_view to_string(Dtype dtype) {
  constexpr std::array<std::string_view, 6> names{"F32", "F64", "I64", "U64", "F16", "BF16"};
  return names[static_cast<std::size_t>(dtype)];
}

/// The bytes of one value.
constexpr std::size_t size_of(Dtype dtype) {
  constexpr std::array<std::size_t, 6> sizes{4, 8, 8, 8, 2, 2};
  return sizes[static_cast<std::size_t>(dtype)];
}

/// Whether its values are floating, as weights are.
constexpr bool is_floating(Dtype dtype) { return dtype != Dtype::i64 && dtype != Dtype::u64; }

/// The Dtype of float, double, std::int64_t and std::uint64_t.
template <class T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::f32;
  if constexpr (std::is_same_v<T, double>) return Dtype::f64;
  if constexpr (std::is_same_v<T, std::int64_t>) return Dtype::i64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return Dtype::u64;
}

/// Whether each value of the type `from` is one of `to`.
constexpr bool converts_exactly(Dtype from, Dtype to) {
  if (from == to) return true;
  if (to == Dtype::f64) return is_floating(from);
  return to == Dtype::f32 && (from == Dtype::f16 || from == Dtype::bf16);
}

/// A shape as the format has it: row-major, the *last* axis contiguous, as in PyTorch.
using FileShape = std::vector<std::int64_t>;

/// `[64, 128]`; a scalar is `[]`.
inline std::string to_string(const FileShape& shape) {
  std::string text = "[";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string(shape[axis]);
  }
  return text + "]";
}

/// One tensor of a file; its bytes are those of its values in row-major order.
struct Tensor {
  std::string name;
  Dtype dtype = Dtype::f32;
  FileShape shape;
  std::vector<std::byte> bytes;

  friend bool operator==(const Tensor&, const Tensor&) = default;
};

/// A tensor whose type is not read: its description, without its values.
struct SkippedTensor {
  std::string name;
  std::string dtype;  ///< `BOOL`
  FileShape shape;
};

/// How a file describes itself.
using Metadata = std::map<std::string, std::string>;

/// All that a file holds.
struct Safetensors {
  Metadata metadata;
  std::vector<Tensor> tensors;
  std::vector<SkippedTensor> skipped{};  ///< is not written again

  /// The tensor of that name, or null.
  const Tensor* find(std::string_view name) const& {
    for (const Tensor& tensor : tensors) {
      if (tensor.name == name) return &tensor;
    }
    return nullptr;
  }
  const Tensor* find(std::string_view) const&& = delete;  // give the Safetensors a name
  /// The tensor of that name that was skipped, or null.
  const SkippedTensor* find_skipped(std::string_view name) const& {
    for (const SkippedTensor& tensor : skipped) {
      if (tensor.name == name) return &tensor;
    }
    return nullptr;
  }
  const SkippedTensor* find_skipped(std::string_view) const&& = delete;  // likewise
};

namespace detail {

/// No file needs a longer header; the format's own reader has the same limit.
inline constexpr std::uint64_t header_limit = 100'000'000;
inline constexpr std::size_t length_field = 8;
inline constexpr std::string_view metadata_name = "__metadata__";

/// Foreign text for a message: quoted, escaped, and cut where it is long.
inline std::string in_quotes(const std::string& text) {
  constexpr std::size_t longest = 80;
  std::string shown =
      nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (shown.size() > longest) shown.replace(longest, std::string::npos, "...");
  return shown;
}

/// How many values a shape has, times `size`, if that can be counted at all.
inline std::optional<std::uint64_t> count_of(const FileShape& shape, std::uint64_t size = 1) {
  std::uint64_t count = size;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count)) {
      return std::nullopt;
    }
  }
  return count;
}

/// The bytes of so many values.
inline std::optional<std::uint64_t> byte_count(const FileShape& shape, Dtype dtype) {
  return count_of(shape, size_of(dtype));
}

/// Copies values of the type `From`, each widened by `widen`.
template <class From, class T, class Widen>
void copy_widened(const Tensor& tensor, std::span<T> values, Widen&& widen) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    From value;
    std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
    values[i] = static_cast<T>(widen(value));
  }
}

}  // namespace detail

/// A tensor of these values, which lie in row-major order for `shape`.
template <class T>
Tensor make_tensor(std::string name, FileShape shape, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {std::move(name), dtype_of<T>(), std::move(shape), {bytes.begin(), bytes.end()}};
}

/// Copies the values of `tensor` to `values`, widened where their type is a narrower floating one.
/// \throws Error unless the counts are the same and the type converts exactly
template <class T>
void copy_values(const Tensor& tensor, std::span<T> values) {
  if (!converts_exactly(tensor.dtype, dtype_of<T>()) ||
      tensor.bytes.size() != values.size() * size_of(tensor.dtype)) {
    detail::raise_error({"tensor ", detail::in_quotes(tensor.name), " is ", to_string(tensor.dtype),
                         " of shape ", to_string(tensor.shape), ", expected ", values.size(),
                         " values of ", to_string(dtype_of<T>())});
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (tensor.dtype == Dtype::f16) {
      return detail::copy_widened<std::uint16_t>(tensor, values, float_from_f16);
    }
    if (tensor.dtype == Dtype::bf16) {
      return detail::copy_widened<std::uint16_t>(tensor, values, float_from_bf16);
    }
    if (tensor.dtype != dtype_of<T>()) {
      return detail::copy_widened<float>(tensor, values, [](float value) { return value; });
    }
  }
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
