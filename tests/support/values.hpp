// Values of Vars as plain vectors, for comparisons: exactly by ==, or by their greatest difference.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <vaecollapse/autodiff/var.hpp>

namespace vaecollapse_test {

using vaecollapse::Index;

template <class Scalar, int Rank>
std::vector<Scalar> values(const vaecollapse::Var<Scalar, Rank>& x) {
  return {x.data(), x.data() + x.size()};
}

template <class Scalar>
std::vector<Scalar> column(const vaecollapse::Var<Scalar, 2>& x, Index j) {
  return {x.view().column(j), x.view().column(j) + x.rows()};
}

/// Rows first .. first + count of all columns.
template <class Scalar>
std::vector<Scalar> rows(const vaecollapse::Var<Scalar, 2>& x, Index first, Index count) {
  std::vector<Scalar> result;
  for (Index j = 0; j < x.columns(); ++j) {
    const Scalar* from = x.view().column(j) + first;
    result.insert(result.end(), from, from + count);
  }
  return result;
}

/// Infinite where the sizes differ or something is not a number.
template <class Scalar>
double greatest_difference(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
  double greatest = a.size() == b.size() ? 0 : std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(difference <= greatest)) greatest = std::isnan(difference) ? HUGE_VAL : difference;
  }
  return greatest;
}

}  // namespace vaecollapse_test
