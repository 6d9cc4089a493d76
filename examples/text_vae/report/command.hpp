// `text_vae report`: runs and comparisons as one HTML file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/diagnosis.hpp>

#include "text_vae/compare/scores.hpp"

namespace text_vae {

struct ReportArguments {
  std::vector<std::string> runs;
  std::string data;  ///< sentences to look at runs by; not needed for comparisons
  std::string out;
  std::uint64_t points = 500;
  vaecollapse::DiagnosisOptions options;
  std::uint64_t threads = 0;
};

/// Which methods did not use z, and the best run, in a sentence. \pre there are results
std::string sentence_of(const std::vector<RunResult>& results);

/// \return the program's exit status \throws Error
int report_command(const ReportArguments& arguments);

}  // namespace text_vae
