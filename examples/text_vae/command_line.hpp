// From the arguments of the program to the command that they ask for. A new command is a function
// in command_line.cpp that describes its options.
#pragma once

#include "kit/command_line.hpp"

namespace text_vae {

/// \throws Error for what cannot be understood
kit::Command parse_command_line(int count, const char* const* arguments);

}  // namespace text_vae
