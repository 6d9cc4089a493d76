#include "export_command.hpp"

#include <filesystem>

#include <vaecollapse/io/file.hpp>
#include <vaecollapse/io/safetensors.hpp>
#include <vaecollapse/runs/run_folder.hpp>

#include "cpp_header.hpp"
#include "kit/standard_output.hpp"

namespace reinflection {

int export_command(const ExportArguments& arguments) {
  const std::filesystem::path file = vaecollapse::find_model(arguments.model);
  const auto content = vaecollapse::read_safetensors(file);
  const std::string text = to_cpp_header(file.string(), content, arguments.name);
  vaecollapse::write_file(arguments.cpp_header, text);
  kit::print(arguments.cpp_header + ": " + arguments.name + "::inflect(source, msd)\n");
  return 0;
}

}  // namespace reinflection
