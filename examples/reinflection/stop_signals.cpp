#include "stop_signals.hpp"

#include <atomic>
#include <unistd.h>

namespace reinflection {

namespace {

// A handler can see nothing else.
std::atomic<int> noted{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void note(int signal) {
  if (noted.exchange(signal) != 0) ::_exit(exit_status(signal));
}

}  // namespace

int stop_signal() { return noted; }

const char* name_of(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

StopOnSignals::StopOnSignals() {
  struct ::sigaction noting {};
  noting.sa_handler = note;
  noting.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &noting, &interrupt_);
  ::sigaction(SIGTERM, &noting, &terminate_);
  // Who was started to ignore them, in the background of a script, goes on to.
  if (interrupt_.sa_handler == SIG_IGN) ::sigaction(SIGINT, &interrupt_, nullptr);
  if (terminate_.sa_handler == SIG_IGN) ::sigaction(SIGTERM, &terminate_, nullptr);
}

StopOnSignals::~StopOnSignals() {
  ::sigaction(SIGINT, &interrupt_, nullptr);
  ::sigaction(SIGTERM, &terminate_, nullptr);
}

}  // namespace reinflection
