// SIGINT and SIGTERM: the first asks for an end that loses nothing, a second ends the program.
#pragma once

#include <atomic>
#include <csignal>
#include <unistd.h>

#include <vaecollapse/config.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

// A handler can see nothing else.
inline std::atomic<int> noted_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace detail

/// The signal that has asked for an end; 0: none has. A program has one answer.
inline int stop_signal() { return detail::noted_signal; }

/// The exit status of a program that ends because of a signal, as the shell shows it.
inline int signal_exit_status(int signal) { return 128 + signal; }

/// `SIGINT`.
inline const char* signal_name(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

namespace detail {

inline void note_signal(int signal) {
  if (noted_signal.exchange(signal) != 0) ::_exit(signal_exit_status(signal));
}

}  // namespace detail

/// While it lives, the first SIGINT or SIGTERM is noted for `stop_signal`, and whichever of them
/// comes second ends the program where it stands. One that was ignored before is ignored still.
class StopOnSignals {
 public:
  StopOnSignals() {
    struct ::sigaction noting {};
    noting.sa_handler = detail::note_signal;
    noting.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &noting, &interrupt_);
    ::sigaction(SIGTERM, &noting, &terminate_);
    // A program that a script started in the background ignores them, and goes on to.
    if (interrupt_.sa_handler == SIG_IGN) ::sigaction(SIGINT, &interrupt_, nullptr);
    if (terminate_.sa_handler == SIG_IGN) ::sigaction(SIGTERM, &terminate_, nullptr);
  }
  ~StopOnSignals() {
    ::sigaction(SIGINT, &interrupt_, nullptr);
    ::sigaction(SIGTERM, &terminate_, nullptr);
  }
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

 private:
  struct ::sigaction interrupt_ {
  }, terminate_{};  ///< as they were
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
