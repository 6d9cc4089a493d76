// `reinflect export`: a trained model for programs that do without this one.
#pragma once

#include <string>

namespace reinflection {

struct ExportArguments {
  std::string model;
  std::string cpp_header;  ///< the file to write
  std::string name = "inflection";
};

/// Writes the header, all or nothing, and replaces one that is there. May throw Error.
int export_command(const ExportArguments& arguments);

}  // namespace reinflection
