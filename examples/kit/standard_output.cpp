#include "kit/standard_output.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

#include <vaecollapse/core/check.hpp>

namespace kit {

namespace {

void require(bool is_written, int reason) {
  if (is_written) return;
  vaecollapse::raise(vaecollapse::Error("standard output: cannot be written: " +
                                        std::generic_category().message(reason)));
}

}  // namespace

void reserve_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // Opened the wrong way round, so that its use fails with the reason of a closed one. The
    // lowest free descriptor is this one, for those below are open.
    const int opened = ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened == stream) continue;
    vaecollapse::raise(
        vaecollapse::Error("a standard stream is closed, and /dev/null cannot be "
                           "opened in its place"));
  }
}

void print(std::string_view text) {
  errno = 0;
  const std::size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  require(written == text.size(), errno);
}

void flush_output() {
  errno = 0;
  const bool is_written = std::fflush(stdout) == 0;
  require(is_written, errno);
}

void close_output() {
  flush_output();
  const bool is_written = std::fclose(stdout) == 0;
  require(is_written, errno);
}

}  // namespace kit
