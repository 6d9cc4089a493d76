// Standard output, each write of which is checked: a result that nobody can read is an error. No
// other source writes to it.
#pragma once

#include <string_view>

namespace kit {

/// Keeps the descriptors 0, 1 and 2 from files that are opened later. A stream that was closed
/// becomes one on which each read or write fails. To be called before anything is opened.
void reserve_standard_streams();

/// Writes text to standard output, by way of its buffer.
/// \throws Error that says why it cannot be written
void print(std::string_view text);

/// Writes what the buffer holds, so that a reader has it now. \throws Error as `print`
void flush_output();

/// Writes what the buffer holds and closes the stream, for some file systems report a failed write
/// only here. To be called when all is printed. \throws Error as `print`
void close_output();

}  // namespace kit
