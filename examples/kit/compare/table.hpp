// What a comparison shows: a CSV with a row for each run, and tables with a row for each method.
// What is measured, the program says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kit {

/// How a measure is shown.
struct Form {
  double unit = 1;  ///< 100 for shares in per cent
  int digits = 2;
  bool has_sign = false;
};

/// A line of a terminal has room for a few columns only.
enum class Where { nowhere, in_file, everywhere };

struct Measure {
  std::string_view title;
  std::string_view column;  ///< of compare.csv
  Form form;
  Where shown;
  Where compared;  ///< with the plain ELBO, in a column of its own
};

/// A run as far as it is compared.
struct ComparedRun {
  std::string method;
  std::uint64_t seed = 0;
  /// Of each measure a value for each row, or a single one of the whole run; none where it was not
  /// asked for.
  std::vector<std::vector<double>> values;
  double seconds = 0;
  bool has_collapsed = false;
  std::string verdict{};  ///< in words, where the program says it
};

struct Comparison {
  std::vector<Measure> measures;
  std::vector<ComparedRun> runs;
  /// Each a row of the tables behind the methods; compare.csv is of runs alone. What is not
  /// measured of an ensemble has no values.
  std::vector<ComparedRun> ensembles{};
};

/// The mean of some values, of which there must be some.
double mean(const std::vector<double>& values);

/// The whole of compare.csv. Numbers are the shortest that read back as the same bits, and nothing
/// stands where a measure was not asked for.
std::string comparison_csv(const Comparison& comparison);

/// The methods in the order of their first runs: means, with 95 % intervals from resampling seeds
/// and rows, and the differences from the plain ELBO on the same seeds and rows, if it is there.
/// \pre all runs are of the same rows
std::string comparison_markdown(const Comparison& comparison);

/// The same as cells: the titles, then a row for each method.
std::vector<std::vector<std::string>> comparison_cells(const Comparison& comparison);

/// The most important columns, aligned.
std::string comparison_text(const Comparison& comparison);

/// Writes compare.csv and compare.md, and prints the most important columns. \throws Error
void write_comparison(const std::filesystem::path& folder, const Comparison& comparison);

}  // namespace kit
