// The metadata of this library's own files: their kind, format and version; and the errors for
// other files.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/safetensors_content.hpp>
#include <vaecollapse/version.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A file of a format that this version does not know yet: it is whole, but not for us.
class NewerFormatError : public InputError {
  using InputError::InputError;
};

namespace detail {

/// How a file of ours describes itself, beside the caller's own metadata.
inline constexpr std::string_view own_prefix = "vaecollapse_";
inline constexpr const char* kind_key = "vaecollapse_kind";
inline constexpr const char* format_key = "vaecollapse_format";
inline constexpr const char* version_key = "vaecollapse_version";
inline constexpr const char* checksum_key = "vaecollapse_checksum";

/// Raised when a file of this format could not be read by the library of the format before.
inline constexpr std::uint64_t format_version = 1;

inline std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

inline Metadata with_own(Metadata metadata, std::string_view kind) {
  for (const auto& [key, value] : metadata) {
    if (std::string_view(key).starts_with(own_prefix)) {
      raise_error({"metadata ", in_quotes(key), ": names that begin with ", own_prefix,
                   " are the library's own"});
    }
  }
  metadata[kind_key] = std::string(kind);
  metadata[format_key] = std::to_string(format_version);
  metadata[version_key] = VAECOLLAPSE_VERSION_STRING;
  return metadata;
}

inline Metadata without_own(Metadata metadata) {
  std::erase_if(metadata, [](const auto& entry) {
    return std::string_view(entry.first).starts_with(own_prefix);
  });
  return metadata;
}

/// Refuses another kind of file and formats of the future.
inline void check_kind(std::string_view file, const Metadata& metadata, std::string_view kind) {
  const auto value = [&metadata](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  if (const std::string found = value(kind_key); found != kind) {
    const bool there = metadata.count(kind_key) != 0;
    refuse_input(file, {there ? "the kind " : "no metadata ", in_quotes(there ? found : kind_key)},
                 {"a ", kind, " of vaecollapse"});
  }
  const std::string written = value(format_key);
  const auto format = whole_number(written);
  if (!format) refuse_input(file, {"the format ", in_quotes(written)}, {"a whole number"});
  if (*format > format_version) {
    raise(NewerFormatError(
        file, 0,
        message_of({"format ", *format, ", written by version ", in_quotes(value(version_key))}),
        message_of({"at most format ", format_version,
                    ", which version " VAECOLLAPSE_VERSION_STRING " reads"})));
  }
}

/// `F32 [64, 128]`, for messages.
inline std::string described(Dtype dtype, const FileShape& shape) {
  return message_of({to_string(dtype), " ", to_string(shape)});
}

/// Which types a tensor may have: the one that is asked for, or those that convert to it too.
enum class Types { same, convertible };

/// The tensor `name` of a file, which must have this shape and a fitting type.
inline const Tensor& require_tensor(std::string_view file, const Safetensors& content,
                                    const std::string& name, Dtype dtype, const FileShape& shape,
                                    Types types = Types::same) {
  const std::string expected = described(dtype, shape);
  const Tensor* tensor = content.find(name);
  if (const SkippedTensor* skipped = content.find_skipped(name); skipped != nullptr) {
    refuse_input(file,
                 {"tensor ", in_quotes(name), " of type ", in_quotes(skipped->dtype),
                  ", which is not read, and of shape ", to_string(skipped->shape)},
                 {expected});
  }
  if (tensor == nullptr) {
    refuse_input(file, {"no tensor ", in_quotes(name)}, {"one of ", expected});
  }
  const bool fits =
      types == Types::same ? tensor->dtype == dtype : converts_exactly(tensor->dtype, dtype);
  if (!fits || tensor->shape != shape) {
    refuse_input(file,
                 {"tensor ", in_quotes(name), " to be ", described(tensor->dtype, tensor->shape)},
                 {expected});
  }
  return *tensor;
}

}  // namespace detail

/// A text of a file's metadata. \throws InputError with `expected` where it is missing
inline const std::string& metadata_text(std::string_view file, const Metadata& metadata,
                                        const char* key, std::string_view expected) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    raise(InputError(file, 0, "no metadata " + detail::in_quotes(key), expected));
  }
  return found->second;
}

/// The version of the library that wrote a file; empty for a file of another tool.
inline std::string library_version(const Metadata& metadata) {
  const auto found = metadata.find(detail::version_key);
  return found == metadata.end() ? std::string() : found->second;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
