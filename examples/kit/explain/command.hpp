// The command `explain`: what a method is, in words.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "kit/explain/explanation.hpp"

namespace kit {

struct ExplainArguments {
  std::string method;  ///< nothing: a list of all
  bool markdown = false;
};

void describe_explain(CLI::App& app, ExplainArguments& arguments);

/// Prints the list of all, or one. \return the program's exit status
/// \throws Error for an unknown name
int explain(const Handbook& book, const ExplainArguments& arguments);

}  // namespace kit
