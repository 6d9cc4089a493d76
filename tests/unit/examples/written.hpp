// What is written to a stream that is no terminal.
#pragma once

#include <cstdio>
#include <string>

#include <doctest/doctest.h>

namespace vaecollapse::test {

/// What `write` has written to a stream.
template <class Write>
std::string written(Write&& write) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  write(file);
  std::rewind(file);
  char text[512] = {};
  const std::size_t size = std::fread(text, 1, sizeof text, file);
  std::fclose(file);
  return {text, size};
}

}  // namespace vaecollapse::test
