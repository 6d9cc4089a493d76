// `reinflect report`: one HTML file about runs and comparisons.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/diagnose/diagnosis.hpp>

#include "row_format.hpp"

namespace reinflection {

struct ReportArguments {
  std::vector<std::string> runs;  ///< folders of runs or of comparisons
  std::string data;               ///< needed where there are runs
  std::string latent_data;        ///< a file of task 1, or nothing
  std::string out;
  GivenFormat format;  ///< of `data`
  std::uint64_t points = 1500;
  vaecollapse::DiagnosisOptions options;
  std::uint64_t threads = 0;
};

/// \return the program's exit status \throws Error
int report_command(const ReportArguments& arguments);

}  // namespace reinflection
