// reinflect: trains, scores and uses a sequence VAE for morphological reinflection.
#include <cstdio>
#include <exception>

#include <vaecollapse/core/check.hpp>

#include "command_line.hpp"

namespace {

/// Exit status for bad input and for options that make no sense; nothing was overwritten then.
constexpr int bad_input = 2;

}  // namespace

int main(int count, char** arguments) {
  try {
    return reinflection::parse_command_line(count, arguments)();
  } catch (const vaecollapse::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return bad_input;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reinflect: %s\n", error.what());
    return 1;
  }
}
