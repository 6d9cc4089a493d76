// What a comparison shows: a CSV with a row for each run, and tables with a row for each method.
#pragma once

#include <string>
#include <vector>

#include "compare/run.hpp"

namespace reinflection {

/// The whole of compare.csv. Numbers are the shortest that read back as the same bits;
/// lemma_purity is empty where it was not asked for.
std::string comparison_csv(const std::vector<RunResult>& results);

/// The methods in the order of their first runs: means, with 95 % intervals from resampling seeds
/// and dev rows, and the differences from the plain ELBO on the same seeds and rows, if it is
/// there. \pre all results are of the same dev rows
std::string comparison_markdown(const std::vector<RunResult>& results);

/// The same as cells: the titles, then a row for each method.
std::vector<std::vector<std::string>> comparison_cells(const std::vector<RunResult>& results);

/// The most important columns, aligned.
std::string comparison_text(const std::vector<RunResult>& results);

}  // namespace reinflection
