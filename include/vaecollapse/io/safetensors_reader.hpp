// Safetensors from memory. The reader trusts nothing that it is given.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/json.hpp>
#include <vaecollapse/io/safetensors_content.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

inline constexpr std::size_t rank_limit = 32;

/// How many bits a value of a type takes that is not read; 0 for a type that is not known.
inline unsigned foreign_bits(std::string_view dtype) {
  struct Type {
    std::string_view name;
    unsigned bits;
  };
  constexpr std::array types{
      Type{"BOOL", 8},        Type{"U8", 8},      Type{"I8", 8},      Type{"U16", 16},
      Type{"I16", 16},        Type{"U32", 32},    Type{"I32", 32},    Type{"C64", 64},
      Type{"F8_E4M3", 8},     Type{"F8_E5M2", 8}, Type{"F8_E8M0", 8}, Type{"F8_E4M3FNUZ", 8},
      Type{"F8_E5M2FNUZ", 8}, Type{"F6_E2M3", 6}, Type{"F6_E3M2", 6}, Type{"F4", 4},
  };
  for (const Type& type : types) {
    if (type.name == dtype) return type.bits;
  }
  return 0;
}

/// A tensor as the header describes it: still without its bytes.
struct Described {
  Tensor tensor;
  std::string foreign{};  ///< the type, where it is not read
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Takes the events of the JSON parser and accepts nothing but a safetensors header. The depth is
/// bounded because a value in the wrong place ends the reading.
class HeaderReader final : public JsonEvents {
 public:
  explicit HeaderReader(std::string_view file) : file_(file) {}

  Metadata metadata;
  std::vector<Described> described;

  bool null() override { return refuse({"null"}); }
  bool boolean(bool value) override { return refuse({value ? "true" : "false"}); }
  bool number_integer(std::int64_t value) override { return refuse({"the number ", value}); }
  bool number_float(double, const std::string& text) override {
    return refuse({"the number ", text});
  }
  bool binary(nlohmann::json::binary_t&) override { return refuse({"binary data"}); }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::shape) return extent(value);
    if (place_ == Place::offsets) return offset(value);
    return refuse({"the number ", value});
  }

  bool string(std::string& text) override {
    if (place_ == Place::metadata) {
      metadata[key_] = std::move(text);
      return true;
    }
    if (place_ == Place::tensor && key_ == "dtype") return dtype(text);
    return refuse({"the string ", in_quotes(text)});
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::names;
    } else if (place_ == Place::names && name_ == metadata_name) {
      place_ = Place::metadata;
    } else if (place_ == Place::names) {
      place_ = Place::tensor;
      described.emplace_back().tensor.name = name_;
      fields_.clear();
    } else {
      refuse({"an object"});
    }
    return true;
  }

  bool key(std::string& text) override {
    if (place_ == Place::names) {
      if (!names_.insert(text).second)
        fail({"two entries named ", in_quotes(text)}, {"one of each"});
      name_ = std::move(text);
      return true;
    }
    key_ = std::move(text);
    if (place_ == Place::metadata) {
      if (metadata.count(key_) != 0) fail({"two values of ", where()}, {"one"});
      return true;
    }
    if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets") {
      fail({where(), ", which the format does not know"}, {"dtype, shape and data_offsets"});
    }
    if (!fields_.insert(key_).second) fail({where(), " given twice"}, {"it once"});
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (fields_.count(field) == 0) fail({tensor(), " without ", field}, {"it to be given"});
      }
    }
    place_ = place_ == Place::names ? Place::outside : Place::names;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::tensor && key_ == "shape") {
      place_ = Place::shape;
    } else if (place_ == Place::tensor && key_ == "data_offsets") {
      place_ = Place::offsets;
      offsets_ = 0;
    } else {
      refuse({"a list"});
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && offsets_ != 2) {
      fail({offsets_, " data_offsets of ", tensor()}, {"two, begin and end"});
    }
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    return fail({"a header that stops being JSON at its byte ", position}, {"one JSON object"});
  }

 private:
  enum class Place { outside, names, metadata, tensor, shape, offsets };

  [[noreturn]] bool fail(std::initializer_list<MessagePart> found,
                         std::initializer_list<MessagePart> expected) const {
    refuse_input(file_, found, expected);
  }

  /// A value that does not belong where the reader stands.
  [[noreturn]] bool refuse(std::initializer_list<MessagePart> value) const {
    fail({message_of(value), " as ", where()}, {expected()});
  }

  std::string tensor() const { return message_of({"tensor ", in_quotes(name_)}); }

  std::string where() const {
    switch (place_) {
      case Place::outside:
        return "the header";
      case Place::names:
        return name_ == metadata_name ? std::string(metadata_name) : tensor();
      case Place::metadata:
        return message_of({"the metadata ", in_quotes(key_)});
      case Place::tensor:
        return message_of({"the field ", in_quotes(key_), " of ", tensor()});
      case Place::shape:
        return message_of({"an extent of ", tensor()});
      case Place::offsets:
        break;
    }
    return message_of({"a data offset of ", tensor()});
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

  bool dtype(std::string& text) {
    if (text.empty()) fail({tensor(), " with an empty dtype"}, {"its name"});
    for (const Dtype known :
         {Dtype::f32, Dtype::f64, Dtype::i64, Dtype::u64, Dtype::f16, Dtype::bf16}) {
      if (text == to_string(known)) {
        described.back().tensor.dtype = known;
        return true;
      }
    }
    described.back().foreign = std::move(text);
    return true;
  }

  bool extent(std::uint64_t value) {
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    if (value > static_cast<std::uint64_t>(largest)) {
      fail({value, " as ", where()}, {"at most ", largest});
    }
    FileShape& shape = described.back().tensor.shape;
    if (shape.size() == rank_limit) {
      fail({tensor(), " with more than ", rank_limit, " extents"}, {"fewer"});
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
  if (bytes.size() < length_field) {
    refuse_input(file, {"a file of ", bytes.size(), " bytes"}, {"a safetensors file"});
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), length_field);
  const std::uint64_t most =
      std::min<std::uint64_t>(header_limit, std::uint64_t{bytes.size()} - length_field);
  if (length > most) {
    refuse_input(file, {"a header length of ", length, " bytes"},
                 {"at most ", most, " (no safetensors file, or one cut short)"});
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + length_field,
                              static_cast<std::size_t>(length));
  if (text.empty() || text.front() != '{') {
    refuse_input(file, {"a header that does not begin with {"}, {"one"});
  }
  // The JSON parser takes a zero byte for the end and would not see what is behind it.
  if (const auto zero = text.find('\0'); zero != text.npos) {
    refuse_input(file, {"a zero byte in the header, its byte ", zero}, {"JSON text"});
  }
  return text;
}

/// The tensors in the order of their data. Pointers, for tensors are slow to move.
inline std::vector<Described*> in_file_order(std::vector<Described>& described) {
  std::vector<Described*> order;
  order.reserve(described.size());
  for (Described& each : described) order.push_back(&each);
  std::sort(order.begin(), order.end(), [](const Described* a, const Described* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  return order;
}

/// The bytes of a tensor's values, or how the shape is at fault.
struct ByteCount {
  std::optional<std::uint64_t> bytes{};  ///< none: any number may be right
  const char* expected = nullptr;        ///< null: no fault
};

inline ByteCount byte_count(const Described& each) {
  constexpr const char* too_many = "a size that 64 bits can count";
  const FileShape& shape = each.tensor.shape;
  if (each.foreign.empty()) {
    const auto bytes = byte_count(shape, each.tensor.dtype);
    return {bytes, bytes ? nullptr : too_many};
  }
  const unsigned bits = foreign_bits(each.foreign);
  const auto size = count_of(shape, std::max(bits, 1u));
  if (!size) return {{}, too_many};
  if (bits == 0 && *size != 0) return {};
  if (*size % 8 != 0) return {{}, "values that fill whole bytes"};
  return {*size / 8};
}

/// Each tensor's place must fit its shape, and together they must cover the data exactly once.
inline void check_places(std::string_view file, std::span<const Described* const> in_file_order,
                         std::uint64_t data_size) {
  std::uint64_t reached = 0;
  for (const Described* one : in_file_order) {
    const Described& each = *one;
    const Tensor& tensor = each.tensor;
    const auto fail = [&](std::initializer_list<MessagePart> expected) {
      refuse_input(file,
                   {"tensor ", in_quotes(tensor.name), " at [", each.begin, ", ", each.end, "]"},
                   expected);
    };
    const auto [size, fault] = byte_count(each);
    if (fault != nullptr) {
      refuse_input(file, {"tensor ", in_quotes(tensor.name), " of shape ", to_string(tensor.shape)},
                   {fault});
    }
    if (each.begin > each.end) fail({"a begin that is not after the end"});
    if (each.end > data_size) fail({"an end of at most ", data_size, ", the bytes of data"});
    if (size && each.end - each.begin != *size) {
      const std::string type =
          each.foreign.empty() ? std::string(to_string(tensor.dtype)) : in_quotes(each.foreign);
      fail({*size, " bytes for ", type, " of shape ", to_string(tensor.shape)});
    }
    if (each.begin != reached) fail({"a begin at ", reached, " (no gap, no overlap)"});
    reached = each.end;
  }
  if (reached != data_size) {
    refuse_input(file, {data_size, " bytes of data"},
                 {reached, " bytes, where the last tensor ends"});
  }
}

}  // namespace detail

/// Reads a safetensors file from memory; `file` names it in errors. Tensors come in the order of
/// their data; those of a type that is not in `Dtype` are skipped: their places are checked, as far
/// as the size of their type is known, and their values are not read. Memory is bounded by a small
/// multiple of the input's size, whatever it holds.
/// \throws InputError for anything that the format does not allow
/// \source https://github.com/huggingface/safetensors, section Format; stricter in that unknown
/// fields and duplicate keys are errors
inline Safetensors parse_safetensors(std::string_view file, std::span<const std::byte> bytes) {
  const std::string_view text = detail::header_text(file, bytes);
  detail::HeaderReader header(file);
  detail::read_events(text, header);
  const auto described = detail::in_file_order(header.described);
  const auto data = bytes.subspan(detail::length_field + text.size());
  detail::check_places(file, described, data.size());

  Safetensors result{std::move(header.metadata), {}, {}};
  result.tensors.reserve(described.size());
  for (detail::Described* each : described) {
    if (!each->foreign.empty()) {
      result.skipped.push_back(
          {std::move(each->tensor.name), std::move(each->foreign), std::move(each->tensor.shape)});
      continue;
    }
    const auto place = data.subspan(static_cast<std::size_t>(each->begin),
                                    static_cast<std::size_t>(each->end - each->begin));
    each->tensor.bytes.assign(place.begin(), place.end());
    result.tensors.push_back(std::move(each->tensor));
  }
  return result;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
