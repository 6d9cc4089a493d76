// reinflect: trains, scores and uses a sequence VAE for morphological reinflection.
#include <cstdio>
#include <exception>
#include <new>

#include <vaecollapse/core/check.hpp>

#include "command_line.hpp"
#include "kit/standard_output.hpp"

namespace {

/// Exit status for bad input, for options that make no sense, and for results that cannot be
/// written; nothing was overwritten then.
constexpr int refused = 2;

}  // namespace

int main(int count, char** arguments) {
  try {
    kit::reserve_standard_streams();
    const int status = reinflection::parse_command_line(count, arguments)();
    kit::close_output();
    return status;
  } catch (const vaecollapse::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return refused;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr,
                 "reinflect: memory is short: narrower networks and smaller batches need less\n");
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reinflect: %s\n", error.what());
    return 1;
  }
}
