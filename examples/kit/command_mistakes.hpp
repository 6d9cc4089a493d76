// What is wrong with a command line: the library that reads it stops at the first mistake.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "kit/mistakes.hpp"

namespace kit {

/// The program's arguments without its name. An empty value, `--name=`, becomes an argument of its
/// own, for the library takes the next one in its place.
std::vector<std::string> split_arguments(int count, const char* const* arguments);

/// Lets no option of the command take the name of another as its value, where a value was
/// forgotten, and no option that is needed an empty one.
void check_values(CLI::App& command);

/// Whether help was asked for, whatever stands beside it.
bool asks_for_help(CLI::App& app);

/// Keeps every mistake of the arguments that the library has refused with `first`.
void find_mistakes(CLI::App& app, const CLI::ParseError& first,
                   const std::vector<std::string>& arguments, Mistakes& mistakes);

}  // namespace kit
