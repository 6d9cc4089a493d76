// The safetensors format: named tensors and string metadata in one file that other tools read.
// The reader trusts nothing that it is given.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/io/file.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

static_assert(std::endian::native == std::endian::little,
              "safetensors are little-endian, and values are copied as they lie in memory");

/// What a tensor of a file holds; the format's other types are refused by name.
enum class Dtype { f32, f64, i64, u64 };

/// The name in the format: `F32`.
constexpr std::string_view to_string(Dtype dtype) {
  constexpr std::array<std::string_view, 4> names{"F32", "F64", "I64", "U64"};
  return names[static_cast<std::size_t>(dtype)];
}

/// The bytes of one value.
constexpr std::size_t size_of(Dtype dtype) { return dtype == Dtype::f32 ? 4 : 8; }

/// The Dtype of float, double, std::int64_t and std::uint64_t.
template <class T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::f32;
  if constexpr (std::is_same_v<T, double>) return Dtype::f64;
  if constexpr (std::is_same_v<T, std::int64_t>) return Dtype::i64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return Dtype::u64;
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

/// What a file says about itself.
using Metadata = std::map<std::string, std::string>;

/// All that a file holds.
struct Safetensors {
  Metadata metadata;
  std::vector<Tensor> tensors;

  /// The tensor of that name, or null.
  const Tensor* find(std::string_view name) const {
    for (const Tensor& tensor : tensors) {
      if (tensor.name == name) return &tensor;
    }
    return nullptr;
  }
};

namespace detail {

/// No file needs a longer header; the format's own reader has the same limit.
inline constexpr std::uint64_t header_limit = 100'000'000;
inline constexpr std::size_t length_field = 8;
inline constexpr std::size_t rank_limit = 32;
inline constexpr std::string_view metadata_name = "__metadata__";

/// Foreign text for a message: quoted, escaped, and cut where it is long.
inline std::string in_quotes(const std::string& text) {
  constexpr std::size_t longest = 80;
  std::string shown =
      nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (shown.size() > longest) shown.replace(longest, std::string::npos, "...");
  return shown;
}

/// The bytes of so many values, if that can be counted at all.
inline std::optional<std::uint64_t> byte_count(const FileShape& shape, Dtype dtype) {
  std::uint64_t count = size_of(dtype);
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count)) {
      return std::nullopt;
    }
  }
  return count;
}

/// A tensor as the header describes it: still without its bytes.
struct Described {
  Tensor tensor;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Takes the events of the JSON parser and accepts nothing but a safetensors header. The depth is
/// bounded because a value in the wrong place ends the reading.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view file) : file_(file) {}

  Metadata metadata;
  std::vector<Described> described;

  bool null() { return refuse("null"); }
  bool boolean(bool value) { return refuse(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { return refuse("the number " + std::to_string(value)); }
  bool number_float(double, const std::string& text) { return refuse("the number " + text); }
  bool binary(nlohmann::json::binary_t&) { return refuse("binary data"); }

  bool number_unsigned(std::uint64_t value) {
    if (place_ == Place::shape) return extent(value);
    if (place_ == Place::offsets) return offset(value);
    return refuse("the number " + std::to_string(value));
  }

  bool string(std::string& text) {
    if (place_ == Place::metadata) {
      metadata[key_] = std::move(text);
      return true;
    }
    if (place_ == Place::tensor && key_ == "dtype") return dtype(text);
    return refuse("the string " + in_quotes(text));
  }

  bool start_object(std::size_t) {
    if (place_ == Place::outside) {
      place_ = Place::names;
    } else if (place_ == Place::names && name_ == metadata_name) {
      place_ = Place::metadata;
    } else if (place_ == Place::names) {
      place_ = Place::tensor;
      described.emplace_back().tensor.name = name_;
      fields_.clear();
    } else {
      refuse("an object");
    }
    return true;
  }

  bool key(std::string& text) {
    if (place_ == Place::names) {
      if (!names_.insert(text).second) fail("two entries named " + in_quotes(text), "one of each");
      name_ = std::move(text);
      return true;
    }
    key_ = std::move(text);
    if (place_ == Place::metadata) {
      if (metadata.count(key_) != 0) fail("two values of " + where(), "one");
      return true;
    }
    if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets") {
      fail(where() + ", which the format does not know", "dtype, shape and data_offsets");
    }
    if (!fields_.insert(key_).second) fail(where() + " given twice", "it once");
    return true;
  }

  bool end_object() {
    if (place_ == Place::tensor) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (fields_.count(field) == 0) fail(tensor() + " without " + field, "it to be given");
      }
    }
    place_ = place_ == Place::names ? Place::outside : Place::names;
    return true;
  }

  bool start_array(std::size_t) {
    if (place_ == Place::tensor && key_ == "shape") {
      place_ = Place::shape;
    } else if (place_ == Place::tensor && key_ == "data_offsets") {
      place_ = Place::offsets;
      offsets_ = 0;
    } else {
      refuse("a list");
    }
    return true;
  }

  bool end_array() {
    if (place_ == Place::offsets && offsets_ != 2) {
      fail(std::to_string(offsets_) + " data_offsets of " + tensor(), "two, begin and end");
    }
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    return fail("a header that stops being JSON at its byte " + std::to_string(position),
                "one JSON object");
  }

 private:
  enum class Place { outside, names, metadata, tensor, shape, offsets };

  [[noreturn]] bool fail(std::string_view found, std::string_view expected) const {
    raise(InputError(file_, 0, found, expected));
  }

  /// A value that does not belong where the reader stands.
  [[noreturn]] bool refuse(const std::string& value) const {
    fail(value + " as " + where(), expected());
  }

  std::string tensor() const { return "tensor " + in_quotes(name_); }

  std::string where() const {
    switch (place_) {
      case Place::outside:
        return "the header";
      case Place::names:
        return name_ == metadata_name ? std::string(metadata_name) : tensor();
      case Place::metadata:
        return "the metadata " + in_quotes(key_);
      case Place::tensor:
        return "the field " + in_quotes(key_) + " of " + tensor();
      case Place::shape:
        return "an extent of " + tensor();
      case Place::offsets:
        break;
    }
    return "a data offset of " + tensor();
  }

  std::string_view expected() const {
    switch (place_) {
      case Place::outside:
        return "one JSON object";
      case Place::names:
        return name_ == metadata_name ? "an object of strings"
                                      : "an object with dtype, shape and data_offsets";
      case Place::metadata:
        return "a string";
      case Place::tensor:
        return key_ == "dtype" ? "a string" : "a list of whole numbers";
      default:
        return "a whole number, 0 or more";
    }
  }

  bool dtype(const std::string& text) {
    for (const Dtype known : {Dtype::f32, Dtype::f64, Dtype::i64, Dtype::u64}) {
      if (text == to_string(known)) {
        described.back().tensor.dtype = known;
        return true;
      }
    }
    fail(tensor() + " with dtype " + in_quotes(text), "F32, F64, I64 or U64");
  }

  bool extent(std::uint64_t value) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    if (value > static_cast<std::uint64_t>(largest)) {
      fail(std::to_string(value) + " as " + where(), "at most " + std::to_string(largest));
    }
    FileShape& shape = described.back().tensor.shape;
    if (shape.size() == rank_limit) {
      fail(tensor() + " with more than " + std::to_string(rank_limit) + " extents", "fewer");
    }
    shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool offset(std::uint64_t value) {
    (offsets_ == 0 ? described.back().begin : described.back().end) = value;
    ++offsets_;
    return true;
  }

  std::string_view file_;
  Place place_ = Place::outside;
  std::string name_;
  std::string key_;
  std::set<std::string> names_;
  std::set<std::string> fields_;
  std::size_t offsets_ = 0;
};

/// The header's text, whose length is in the first bytes of the file.
inline std::string_view header_text(std::string_view file, std::span<const std::byte> bytes) {
  const auto fail = [file](const std::string& found, const std::string& expected) {
    raise(InputError(file, 0, found, expected));
  };
  if (bytes.size() < length_field) {
    fail("a file of " + std::to_string(bytes.size()) + " bytes", "a safetensors file");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), length_field);
  const std::uint64_t most =
      std::min<std::uint64_t>(header_limit, std::uint64_t{bytes.size()} - length_field);
  if (length > most) {
    fail("a header length of " + std::to_string(length) + " bytes",
         "at most " + std::to_string(most) + " (no safetensors file, or one cut short)");
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + length_field,
                              static_cast<std::size_t>(length));
  if (text.empty() || text.front() != '{') fail("a header that does not begin with {", "one");
  // The JSON parser takes a zero byte for the end and would not see what is behind it.
  if (const auto zero = text.find('\0'); zero != text.npos) {
    fail("a zero byte in the header, its byte " + std::to_string(zero), "JSON text");
  }
  return text;
}

/// Each tensor's place must fit its shape, and together they must cover the data exactly once.
inline void check_places(std::string_view file, const std::vector<Described>& in_file_order,
                         std::uint64_t data_size) {
  std::uint64_t reached = 0;
  for (const Described& each : in_file_order) {
    const Tensor& tensor = each.tensor;
    const auto fail = [&](const std::string& found, const std::string& expected) {
      raise(InputError(file, 0, "tensor " + in_quotes(tensor.name) + " " + found, expected));
    };
    const std::string offsets =
        "at [" + std::to_string(each.begin) + ", " + std::to_string(each.end) + "]";
    const auto size = byte_count(tensor.shape, tensor.dtype);
    if (!size) fail("of shape " + to_string(tensor.shape), "a size that 64 bits can count");
    if (each.begin > each.end) fail(offsets, "a begin that is not after the end");
    if (each.end > data_size) {
      fail(offsets, "an end of at most " + std::to_string(data_size) + ", the bytes of data");
    }
    if (each.end - each.begin != *size) {
      fail(offsets, std::to_string(*size) + " bytes for " + std::string(to_string(tensor.dtype)) +
                        " of shape " + to_string(tensor.shape));
    }
    if (each.begin != reached) {
      fail(offsets, "a begin at " + std::to_string(reached) + " (no gap, no overlap)");
    }
    reached = each.end;
  }
  if (reached != data_size) {
    raise(InputError(file, 0, std::to_string(data_size) + " bytes of data",
                     std::to_string(reached) + " bytes, where the last tensor ends"));
  }
}

}  // namespace detail

/// Reads a safetensors file from memory; `file` names it in errors. Tensors come in the order of
/// their data. Memory is bounded by a small multiple of the input's size, whatever it holds.
/// \throws InputError for anything that the format does not allow and for dtypes not in `Dtype`
/// \source https://github.com/huggingface/safetensors, section Format; stricter in that unknown
/// fields and duplicate keys are errors
inline Safetensors parse_safetensors(std::string_view file, std::span<const std::byte> bytes) {
  const std::string_view text = detail::header_text(file, bytes);
  detail::HeaderReader header(file);
  nlohmann::json::sax_parse(text.begin(), text.end(), &header);

  auto& described = header.described;
  std::sort(described.begin(), described.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const auto data = bytes.subspan(detail::length_field + text.size());
  detail::check_places(file, described, data.size());

  Safetensors result{std::move(header.metadata), {}};
  result.tensors.reserve(described.size());
  for (detail::Described& each : described) {
    const auto place = data.subspan(static_cast<std::size_t>(each.begin),
                                    static_cast<std::size_t>(each.end - each.begin));
    each.tensor.bytes.assign(place.begin(), place.end());
    result.tensors.push_back(std::move(each.tensor));
  }
  return result;
}

namespace detail {

inline void check_text(const std::string& text, std::string_view what) {
  if (utf8::validate(text)) {
    raise(Error("safetensors: " + std::string(what) + " " + in_quotes(text) + " is not UTF-8"));
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
      raise(Error(name + " has " + std::to_string(tensor.bytes.size()) + " bytes for " +
                  std::string(to_string(tensor.dtype)) + " of shape " + to_string(tensor.shape)));
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
    raise(Error("safetensors: a header of " + std::to_string(header.size()) + " bytes: at most " +
                std::to_string(header_limit) + " are allowed"));
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

/// Reads a safetensors file. \throws InputError as `read_file` and `parse_safetensors`
inline Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(path.string(), read_file(path));
}

/// Writes a safetensors file, all or nothing. \throws Error as `serialise` and `write_file`
inline void write_safetensors(const std::filesystem::path& path, const Safetensors& content) {
  write_file(path, serialise(content));
}

/// A tensor of these values, which lie in row-major order for `shape`.
template <class T>
Tensor make_tensor(std::string name, FileShape shape, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {std::move(name), dtype_of<T>(), std::move(shape), {bytes.begin(), bytes.end()}};
}

/// Copies the values of `tensor` to `values`. \throws Error unless dtype and count are the same
template <class T>
void copy_values(const Tensor& tensor, std::span<T> values) {
  if (tensor.dtype != dtype_of<T>() || tensor.bytes.size() != values.size_bytes()) {
    raise(Error("tensor " + detail::in_quotes(tensor.name) + " is " +
                std::string(to_string(tensor.dtype)) + " of shape " + to_string(tensor.shape) +
                ", expected " + std::to_string(values.size()) + " values of " +
                std::string(to_string(dtype_of<T>()))));
  }
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
