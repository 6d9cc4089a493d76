// A mean of rows, and how far it may be off.
#pragma once

#include <cmath>
#include <span>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A mean with its standard error, s / sqrt(N).
struct Estimate {
  double value = 0;
  double standard_error = 0;  ///< not a number for a single row
};

/// The mean of independent rows. \throws Error if there are none
inline Estimate mean_of_rows(std::span<const double> rows) {
  if (rows.empty()) raise(Error("mean_of_rows: there are no rows"));
  const auto count = static_cast<double>(rows.size());
  double sum = 0, squares = 0;
  for (const double row : rows) sum += row;
  const double mean = sum / count;
  for (const double row : rows) squares += (row - mean) * (row - mean);
  if (rows.size() == 1) return {mean, not_a_number<double>()};
  return {mean, std::sqrt(squares / (count - 1) / count)};
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
