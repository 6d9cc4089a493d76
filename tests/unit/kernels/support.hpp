// What the tests of kernels share: matrices with a gap below each column that must stay untouched,
// numbers that are the same on every machine, and comparisons that state their tolerance.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>

// This machine's kernels are those of `vaecollapse::compiled`; other processors' are compiled here.
#if VAECOLLAPSE_COMPILED
#include <vaecollapse/kernels/compiled.hpp>
#endif

namespace kernel_test {

using vaecollapse::Index;
using vaecollapse::Symbol;
using vaecollapse::View;

/// Numbers in (-1, 1), the same each time.
class Numbers {
 public:
  explicit Numbers(std::uint32_t seed) : state_(seed * 2654435761u + 12345u) {}
  double next() {
    state_ = state_ * 1664525u + 1013904223u;
    return (static_cast<double>(state_ >> 8) + 0.5) * 0x1p-23 - 1;
  }
  Index below(Index bound) {
    return static_cast<Index>((next() + 1) / 2 * static_cast<double>(bound));
  }

 private:
  std::uint32_t state_;
};

/// A matrix whose columns have a gap between them.
template <class Scalar>
class Matrix {
 public:
  static constexpr Scalar untouched = Scalar(-12345);

  Matrix(Index rows, Index columns, Index gap = 0)
      : rows_(rows),
        columns_(columns),
        leading_(rows + gap),
        numbers_(static_cast<std::size_t>(leading_ * columns + 1), untouched) {
    for (Index j = 0; j < columns; ++j) std::fill_n(view().column(j), rows, Scalar(0));
  }
  /// The numbers of another precision.
  template <class Other>
  explicit Matrix(const Matrix<Other>& other)
      : Matrix(other.rows(), other.columns(), other.view().leading - other.rows()) {
    for (Index j = 0; j < columns_; ++j) {
      for (Index i = 0; i < rows_; ++i) view()(i, j) = static_cast<Scalar>(other.view()(i, j));
    }
  }

  Index rows() const { return rows_; }
  Index columns() const { return columns_; }
  View<Scalar> view() { return {numbers_.data(), rows_, columns_, leading_}; }
  View<const Scalar> view() const { return {numbers_.data(), rows_, columns_, leading_}; }
  Scalar* data() { return numbers_.data(); }
  const Scalar* data() const { return numbers_.data(); }
  std::span<const Scalar> all() const { return numbers_; }

  /// Every number outside of the matrix is as it was made.
  bool gaps_untouched() const {
    for (std::size_t k = 0; k + 1 < numbers_.size(); ++k) {
      const bool gap = static_cast<Index>(k) % leading_ >= rows_;
      if (gap && numbers_[k] != untouched) return false;
    }
    return numbers_.back() == untouched;
  }

 private:
  Index rows_, columns_, leading_;
  std::vector<Scalar> numbers_;
};

/// Random numbers that a float holds exactly, so that both precisions compute the same problem.
template <class Scalar>
Matrix<Scalar> random(Index rows, Index columns, std::uint32_t seed, double scale = 1,
                      Index gap = 0) {
  Numbers numbers(seed);
  Matrix<Scalar> result(rows, columns, gap);
  for (Index j = 0; j < columns; ++j) {
    for (Index i = 0; i < rows; ++i) {
      result.view()(i, j) = static_cast<Scalar>(static_cast<float>(scale * numbers.next()));
    }
  }
  return result;
}

/// The greatest |a - b| / max(1, |b|).
template <class Scalar>
double difference(View<const Scalar> a, View<const double> b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (Index j = 0; j < a.columns; ++j) {
    for (Index i = 0; i < a.rows; ++i) {
      const double error = std::abs(static_cast<double>(a(i, j)) - b(i, j));
      const double relative = error / std::max(1.0, std::abs(b(i, j)));
      if (!(relative <= worst)) worst = std::isnan(relative) ? HUGE_VAL : relative;
    }
  }
  return worst;
}
template <class Scalar>
double difference(const Matrix<Scalar>& a, const Matrix<double>& b) {
  return difference<Scalar>(a.view(), b.view());
}

/// The same bits, also where they are no numbers.
template <class Scalar>
bool same_bits(View<const Scalar> a, View<const Scalar> b) {
  if (a.shape() != b.shape()) return false;
  for (Index j = 0; j < a.columns; ++j) {
    if (std::memcmp(a.column(j), b.column(j), static_cast<std::size_t>(a.rows) * sizeof(Scalar)) !=
        0) {
      return false;
    }
  }
  return true;
}
template <class Scalar>
bool same_bits(const Matrix<Scalar>& a, const Matrix<Scalar>& b) {
  return same_bits<Scalar>(a.view(), b.view());
}

/// A few roundings of numbers near one.
template <class Scalar>
constexpr double roundings(double count) {
  return count * (sizeof(Scalar) == 4 ? 0x1p-24 : 0x1p-53);
}

/// Symbols below `symbols`, every fifth or so being `no_symbol` where that is wanted.
inline std::vector<Symbol> random_symbols(Index count, Index symbols, std::uint32_t seed,
                                          bool with_gaps = true) {
  Numbers numbers(seed);
  std::vector<Symbol> ids(static_cast<std::size_t>(count));
  for (Symbol& id : ids) {
    id = with_gaps && numbers.below(5) == 0 ? vaecollapse::no_symbol
                                            : static_cast<Symbol>(numbers.below(symbols));
  }
  return ids;
}

}  // namespace kernel_test
