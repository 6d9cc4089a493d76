// Errors: what the library throws, and the one place where it throws.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

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

namespace detail {

/// One part of a message: a text, which must outlive the message's making, or a number.
class MessagePart {
 public:
  MessagePart(const char* text) : text_(text) {}
  MessagePart(std::string_view text) : text_(text) {}
  MessagePart(const std::string& text) : text_(text) {}
  template <std::integral Number>
  requires(!std::same_as<Number, char> && !std::same_as<Number, bool>) MessagePart(Number number)
      : kind_(std::cmp_less(number, 0) ? Kind::negative : Kind::number),
        number_(static_cast<std::uint64_t>(number)) {}

  template <std::floating_point Number>
  MessagePart(Number number) : kind_(Kind::real), real_(static_cast<double>(number)) {}

  void append_to(std::string& message) const {
    switch (kind_) {
      case Kind::text:
        message.append(text_);
        break;
      case Kind::number:
        message.append(std::to_string(number_));
        break;
      case Kind::negative:
        message.append("-").append(std::to_string(0 - number_));
        break;
      case Kind::real:
        message.append(std::to_string(real_));
        break;
    }
  }

 private:
  enum class Kind { text, number, negative, real };

  Kind kind_ = Kind::text;
  std::string_view text_{};
  std::uint64_t number_ = 0;
  double real_ = 0;
};

/// The parts, one after the other. Never inlined: messages are put together in many places, none of
/// which has to be fast, and each chain of operator+ is half a kilobyte of a small program.
__attribute__((noinline, cold)) inline std::string message_of(
    std::initializer_list<MessagePart> parts) {
  std::string message;
  for (const MessagePart& part : parts) part.append_to(message);
  return message;
}

}  // namespace detail

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
    if (line > 0) {
      return detail::message_of({file, ":", line, ": found ", found, ", expected ", expected});
    }
    return detail::message_of({file, ": found ", found, ", expected ", expected});
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

/// Raises an `Error` of several parts.
[[noreturn]] __attribute__((noinline, cold)) inline void raise_error(
    std::initializer_list<MessagePart> parts) {
  raise(Error(message_of(parts)));
}

/// Raises an `InputError` about a whole file.
[[noreturn]] __attribute__((noinline, cold)) inline void refuse_input(
    std::string_view file, std::initializer_list<MessagePart> found,
    std::initializer_list<MessagePart> expected) {
  raise(InputError(file, 0, message_of(found), message_of(expected)));
}

/// Never inlined: kernels assert in their innermost loops, and must stay small.
[[noreturn]] __attribute__((noinline, cold)) inline void broken_invariant(const char* condition) {
  raise(Error(std::string("vaecollapse: broken invariant ") + condition));
}

}  // namespace detail

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
