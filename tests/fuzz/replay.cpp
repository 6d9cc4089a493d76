// Runs a fuzzer without libFuzzer, under any compiler: on every file of the folders that are named,
// and on every file cut short at some places.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

#include <vaecollapse/io/file.hpp>

#include "fuzz/support.hpp"

namespace {

void run(std::span<const std::byte> bytes) {
  // A copy of just this size, so that a sanitizer sees the first byte that is read behind it.
  const std::vector<std::byte> copy(bytes.begin(), bytes.end());
  (void)LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size());
}

/// The file, and 16 beginnings of it.
void replay(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = vaecollapse::read_file(path);
  run(bytes);
  constexpr std::size_t cuts = 16;
  for (std::size_t cut = 0; cut < std::min(cuts, bytes.size()); ++cut) {
    run(std::span(bytes).first(bytes.size() * cut / cuts));
  }
}

}  // namespace

int main(int count, char** arguments) {
  int files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);  // the last line names the file that ended the program
      replay(entry.path());
      ++files;
    }
  }
  std::printf("%d files\n", files);
  return files > 0 ? 0 : 1;
}
