// Errors: what the library throws, and the one place where it throws.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <vaecollapse/config.hpp>

#ifndef VAECOLLAPSE_NO_EXCEPTIONS
#ifdef __cpp_exceptions
#define VAECOLLAPSE_NO_EXCEPTIONS 0
#else
#define VAECOLLAPSE_NO_EXCEPTIONS 1
#endif
#endif

#if VAECOLLAPSE_NO_EXCEPTIONS
#include <cstdio>
#include <cstdlib>
#endif

/// Asserts an internal invariant in checked builds; never used for what a caller can get wrong.
#if VAECOLLAPSE_CHECKED
#define VAECOLLAPSE_ASSERT(condition) \
  ((condition) ? void() : ::vaecollapse::detail::broken_invariant(#condition))
#else
#define VAECOLLAPSE_ASSERT(condition) void()
#endif

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Base of every error that the library reports.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A text input that cannot be read: `file:line: found X, expected Y` (line 0: the whole file,
/// and then no line is shown).
class InputError : public Error {
 public:
  InputError(std::string_view file, long line, std::string_view found, std::string_view expected)
      : Error(message(file, line, found, expected)) {}

 private:
  static std::string message(std::string_view file, long line, std::string_view found,
                             std::string_view expected) {
    std::string text(file);
    if (line > 0) text.append(":").append(std::to_string(line));
    text.append(": found ").append(found).append(", expected ").append(expected);
    return text;
  }
};

/// Throws `error`; without exceptions prints its text and aborts.
template <class E>
[[noreturn]] void raise(const E& error) {
#if VAECOLLAPSE_NO_EXCEPTIONS
  std::fprintf(stderr, "%s\n", error.what());
  std::abort();
#else
  throw error;
#endif
}

namespace detail {

/// Never inlined: kernels assert in their innermost loops, and must stay small.
[[noreturn]] __attribute__((noinline, cold)) inline void broken_invariant(const char* condition) {
  raise(Error(std::string("vaecollapse: broken invariant ") + condition));
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
