// `reinflect explain`: what a method is, in words.
#pragma once

#include <string>

namespace reinflection {

struct ExplainArguments {
  std::string method;  ///< nothing: a list of all
  bool markdown = false;
};

/// \return the program's exit status \throws Error for an unknown name
int explain_command(const ExplainArguments& arguments);

}  // namespace reinflection
