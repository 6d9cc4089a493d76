// SIGINT and SIGTERM: the first asks for an end that loses nothing, a second ends the program.
#pragma once

#include <csignal>

namespace reinflection {

/// The signal that has asked for an end; 0: none has. A program has one answer.
int stop_signal();

/// The exit status of a program that ends because of a signal, as the shell shows it.
inline int exit_status(int signal) { return 128 + signal; }

/// `SIGINT`.
const char* name_of(int signal);

/// While it lives, the first SIGINT or SIGTERM is noted for `stop_signal`, and whichever of them
/// comes second ends the program where it stands. One that was ignored before is ignored still.
class StopOnSignals {
 public:
  StopOnSignals();
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

 private:
  struct ::sigaction interrupt_ {
  }, terminate_{};  ///< as they were
};

}  // namespace reinflection
