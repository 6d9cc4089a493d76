// Queries that attend to a ragged sequence: 64 rows of 4 to 20 positions and as many queries each,
// width 128, values of 256 rows; or one query a row, as a decoder asks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <vaecollapse/core/at.hpp>
#include <vaecollapse/kernels/sequence_attention.hpp>

#include "support/eigen.hpp"
#include "support/numbers.hpp"

namespace vaecollapse::bench {

namespace attention {

inline constexpr Index batch = 64, width = 128, value_rows = 256;
using Numbers = std::vector<float>;
using Matrix = Eigen::MatrixXf;

inline std::vector<Index> lengths() {
  std::vector<Index> all;
  for (Index row = 0; row < batch; ++row) all.push_back(4 + row * 7 % 17);
  return all;
}

/// A matrix of given columns of another.
inline Matrix gathered(const Numbers& numbers, Index rows, std::span<const Index> columns) {
  Matrix result(rows, Index(columns.size()));
  for (Index i = 0; i < result.cols(); ++i) {
    std::copy_n(numbers.data() + at(columns, i) * rows, rows, result.col(i).data());
  }
  return result;
}

/// Inputs, and what the passes compute from them.
struct AttentionProblem {
  SequencePlan plan{lengths()};
  std::vector<Index> rows;  ///< of the queries
  std::vector<Index> first_position = std::vector<Index>(batch + 1), first_pair,
                     first_query = std::vector<Index>(batch + 1), queries;
  std::vector<Symbol> positions = std::vector<Symbol>(std::size_t(plan.columns()));
  kernels::AttendedPositions attended;
  Numbers keys, values, asked, dout, pairs, dpairs, out, dkeys, dvalues, dasked;

  explicit AttentionProblem(bool is_a_step) {
    const SequencePlan by_step{is_a_step ? std::vector<Index>(batch, 1) : lengths()};
    rows.resize(std::size_t(by_step.columns()));
    kernels::column_rows(by_step, rows);
    first_pair.resize(rows.size() + 1);
    queries.resize(rows.size());
    attended = kernels::attended_positions(
        plan, rows, {first_position, positions, first_pair, first_query, queries});
    const Index m = Index(rows.size());
    keys = uniform(1, -1, 1, width * plan.columns());
    values = uniform(2, -1, 1, value_rows * plan.columns());
    asked = uniform(3, -1, 1, width * m);
    dout = uniform(4, -1, 1, value_rows * m);
    pairs = dpairs = Numbers(std::size_t(attended.pairs()));
    out = Numbers(dout.size());
    dkeys = Numbers(keys.size());
    dvalues = Numbers(values.size());
    dasked = Numbers(asked.size());
  }
  AttentionProblem(const AttentionProblem&) = delete;

  Index count() const { return Index(rows.size()); }
  View<const float> of(const Numbers& numbers, Index height) const {
    return {numbers.data(), height, Index(numbers.size()) / height};
  }
  View<float> of(Numbers& numbers, Index height) const {
    return {numbers.data(), height, Index(numbers.size()) / height};
  }
  static float factor() { return 1 / std::sqrt(float(width)); }
};

}  // namespace attention

}  // namespace vaecollapse::bench
