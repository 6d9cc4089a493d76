// What `reinflect compare` measures of each run.
#pragma once

#include <string>
#include <vector>

#include "compare/run.hpp"
#include "kit/compare/table.hpp"

namespace reinflection {

/// One run in a line, without its end.
std::string result_line(const RunResult& result);

/// \pre all results are of the same dev rows
kit::Comparison comparison_of(const std::vector<RunResult>& results);

}  // namespace reinflection
