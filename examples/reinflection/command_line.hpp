// From the arguments of the program to the command that they ask for. A new command is a function
// in command_line.cpp that describes its options.
#pragma once

#include <functional>

namespace reinflection {

/// Runs what was asked for and returns the program's exit status. May throw Error.
using Command = std::function<int()>;

/// \throws Error for what cannot be understood
Command parse_command_line(int count, const char* const* arguments);

}  // namespace reinflection
