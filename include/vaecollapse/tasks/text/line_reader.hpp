// Reading sentences from a stream, one a line.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>
#include <vaecollapse/tasks/text/reading.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::text {

/// No line of real data comes near this; a file that goes beyond it is no such file, and would only
/// end in a want of memory. \unit bytes
inline constexpr std::size_t longest_line = std::size_t{1} << 20U;

/// What was left out of a text.
struct LeftOut {
  Index empty_lines = 0;  ///< lines without any token, which are no sentences
  Index truncated = 0;    ///< sentences whose end was cut off
  Index cut_off = 0;      ///< the tokens of those ends
};

/// A file that is open for reading; `-` is standard input.
class InputStream {
 public:
  /// \throws InputError with the reason where it cannot be opened
  explicit InputStream(const std::string& name) {
    if (name == "-") {
      stream_ = stdin;
      return;
    }
    errno = 0;
    owned_.reset(std::fopen(name.c_str(), "rb"));
    stream_ = owned_.get();
    if (stream_ != nullptr) return;
    raise(InputError(name, 0, "no readable file (" + std::generic_category().message(errno) + ")",
                     "sentences, one a line"));
  }

  std::FILE* get() const { return stream_; }

 private:
  struct Close {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };
  std::unique_ptr<std::FILE, Close> owned_;
  std::FILE* stream_ = nullptr;
};

/// Where a line begins in a file.
struct LinePlace {
  long byte = 0;   ///< from 0
  long lines = 0;  ///< before it
};

/// Reads sentences from an open stream, standard input for instance, one at a time and as soon as
/// their lines are complete. Lines without any token hold none: they are counted and skipped.
class LineReader {
 public:
  /// `stream` stays the caller's; `file` is its name in messages. \throws Error as `Tokenizer`
  LineReader(std::FILE* stream, std::string file, const Reading& reading)
      : stream_(stream), file_(std::move(file)), tokenizer_(reading) {}

  /// Reads the next sentence; false at the end. \throws InputError as `Tokenizer`, for a line of
  /// more than `longest_line` bytes, and if the stream cannot be read
  bool next() {
    while (next_line()) {
      tokens_ = tokenizer_(file_, place_.lines, text_);
      if (tokens_.empty()) {
        ++left_out_.empty_lines;
        continue;
      }
      if (tokenizer_.cut_off() > 0) {
        ++left_out_.truncated;
        left_out_.cut_off += tokenizer_.cut_off();
      }
      return true;
    }
    return false;
  }

  /// The tokens of the sentence read last, valid until the next is read.
  std::span<const std::string_view> tokens() const { return tokens_; }
  /// The number of its line, from 1; 0 before the first.
  long line() const { return place_.lines; }
  /// What was left out up to here.
  const LeftOut& left_out() const { return left_out_; }
  const std::string& file() const { return file_; }
  const Reading& reading() const { return tokenizer_.reading(); }

  /// Where the line after the last one begins.
  LinePlace place() const { return place_; }
  /// Goes on from a place, of which it had been told. \throws InputError for a stream that cannot
  /// go there, such as a pipe
  void go_to(const LinePlace& place) {
    errno = 0;
    if (std::fseek(stream_, place.byte, SEEK_SET) != 0) {
      raise(InputError(file_, 0,
                       "what cannot be read twice (" + std::generic_category().message(errno) + ")",
                       "a file"));
    }
    place_ = place;
  }

 private:
  bool next_line() {
    text_.clear();
    errno = 0;
    int byte = std::getc(stream_);
    const bool ended = byte == EOF;
    if (!ended) ++place_.lines;
    for (; byte != EOF && byte != '\n'; byte = std::getc(stream_)) {
      if (text_.size() == longest_line) refuse_line();
      text_.push_back(static_cast<char>(byte));
    }
    place_.byte += long(text_.size()) + (byte == '\n' ? 1 : 0);
    if (byte == EOF) check_stream();
    return !ended;
  }

  [[noreturn]] void refuse_line() {
    if (place_.lines == 1) tokenizer_(file_, 1, text_);
    raise(InputError(file_, place_.lines,
                     "a line of more than " + std::to_string(longest_line) + " bytes",
                     "sentences, one a line"));
  }

  /// A stream that broke is not one that ended.
  void check_stream() const {
    if (std::ferror(stream_) == 0) return;
    raise(InputError(file_, 0, "a read error (" + std::generic_category().message(errno) + ")",
                     "sentences, one a line"));
  }

  std::FILE* stream_;
  std::string file_;
  Tokenizer tokenizer_;
  std::string text_;
  std::span<const std::string_view> tokens_;
  LinePlace place_;
  LeftOut left_out_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::text
