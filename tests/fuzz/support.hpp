// What the fuzzers share. A fuzzer is one `LLVMFuzzerTestOneInput`: it hands the bytes to a reader
// and checks what must hold of whatever was read. Beside a value only an `Error` may come out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include <vaecollapse/core/check.hpp>

/// libFuzzer's name; called by libFuzzer, and by replay.cpp where that is not linked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view()
                   : std::string_view(reinterpret_cast<const char*>(data), size);
}

inline std::span<const std::byte> as_bytes(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

/// Ends the program, which is what a fuzzer takes for a finding.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: this does not hold: %s\n", what);
  std::abort();
}

/// Whether `read` took its input; a refusal must be an error of ours that begins with `begin` and
/// says what was found and what was expected.
template <class Read>
bool takes(Read&& read, std::string_view begin) {
  try {
    read();
    return true;
  } catch (const vaecollapse::InputError& error) {
    const std::string_view text = error.what();
    require(text.starts_with(begin), "an InputError begins with the file");
    require(text.find("found ") != text.npos, "an InputError says what was found");
    require(text.find(", expected ") != text.npos, "an InputError says what was expected");
    return false;
  }
}

/// A file in memory with these bytes, for readers that want a path.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "a file can be made in memory");
    require(::write(descriptor_, data, size) == static_cast<::ssize_t>(size), "it can be written");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace fuzz
