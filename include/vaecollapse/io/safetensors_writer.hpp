// Safetensors to memory: the same content always gives the same bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/io/safetensors_content.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

inline void check_text(const std::string& text, std::string_view what) {
  if (utf8::validate(text)) {
    detail::raise_error({"safetensors: ", what, " ", in_quotes(text), " is not UTF-8"});
  }
}

/// The order in the file: widest values first, so that all are aligned, then by name.
inline std::vector<const Tensor*> file_order(const std::vector<Tensor>& tensors) {
  std::vector<const Tensor*> order;
  order.reserve(tensors.size());
  for (const Tensor& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const Tensor* a, const Tensor* b) {
    const std::size_t wide_a = size_of(a->dtype), wide_b = size_of(b->dtype);
    return wide_a != wide_b ? wide_a > wide_b : a->name < b->name;
  });
  return order;
}

inline void check_tensors(const std::vector<Tensor>& tensors) {
  std::set<std::string_view> names;
  for (const Tensor& tensor : tensors) {
    check_text(tensor.name, "the tensor name");
    const std::string name = "safetensors: tensor " + in_quotes(tensor.name);
    if (tensor.name == metadata_name) raise(Error(name + ": the format keeps this name"));
    if (!names.insert(tensor.name).second) raise(Error(name + " is given twice"));
    if (byte_count(tensor.shape, tensor.dtype) != tensor.bytes.size()) {
      detail::raise_error({name, " has ", tensor.bytes.size(), " bytes for ",
                           to_string(tensor.dtype), " of shape ", to_string(tensor.shape)});
    }
  }
}

inline std::string json_text(const std::string& text) { return nlohmann::json(text).dump(); }

inline std::string header_for(const Metadata& metadata, const std::vector<const Tensor*>& order) {
  std::string header = "{";
  if (!metadata.empty()) {
    header += json_text(std::string(metadata_name)) + ":{";
    for (const auto& [key, value] : metadata) {
      check_text(key, "the metadata key");
      check_text(value, "the value of metadata " + in_quotes(key) + ",");
      if (header.back() != '{') header += ',';
      header += json_text(key) + ':' + json_text(value);
    }
    header += '}';
  }
  std::size_t begin = 0;
  for (const Tensor* tensor : order) {
    if (header.size() > 1) header += ',';
    const std::size_t end = begin + tensor->bytes.size();
    header += json_text(tensor->name) + ":{\"dtype\":\"";
    header.append(to_string(tensor->dtype)).append("\",\"shape\":[");
    for (std::size_t axis = 0; axis < tensor->shape.size(); ++axis) {
      if (axis > 0) header += ',';
      header += std::to_string(tensor->shape[axis]);
    }
    header += "],\"data_offsets\":[" + std::to_string(begin) + ',' + std::to_string(end) + "]}";
    begin = end;
  }
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');
  if (header.size() > header_limit) {
    detail::raise_error({"safetensors: a header of ", header.size(), " bytes: at most ",
                         header_limit, " are allowed"});
  }
  return header;
}

}  // namespace detail

/// The bytes of a file. The same content gives the same bytes, in whatever order the tensors are
/// given: they are laid down by falling width and then by name, so every one is aligned.
/// \throws Error for two tensors of one name, text that is not UTF-8, or bytes that do not fit the
/// shape
inline std::vector<std::byte> serialise(const Safetensors& content) {
  detail::check_tensors(content.tensors);
  const std::vector<const Tensor*> order = detail::file_order(content.tensors);
  const std::string header = detail::header_for(content.metadata, order);
  const std::uint64_t length = header.size();

  std::size_t size = detail::length_field + header.size();
  for (const Tensor* tensor : order) size += tensor->bytes.size();
  std::vector<std::byte> bytes(size);
  auto append = [to = bytes.begin()](std::span<const std::byte> more) mutable {
    to = std::copy(more.begin(), more.end(), to);
  };
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(header)));
  for (const Tensor* tensor : order) append(tensor->bytes);
  return bytes;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
