// The safetensors format: named tensors and string metadata in one file that other tools read.
// This header gives the content, its reader and its writer too.
#pragma once

#include <filesystem>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/safetensors_content.hpp>
#include <vaecollapse/io/safetensors_reader.hpp>
#include <vaecollapse/io/safetensors_writer.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Reads a safetensors file. \throws InputError as `read_file` and `parse_safetensors`
inline Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(path.string(), read_file(path));
}

/// Writes a safetensors file, all or nothing. \throws Error as `serialise` and `write_file`
inline void write_safetensors(const std::filesystem::path& path, const Safetensors& content) {
  write_file(path, serialise(content));
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
