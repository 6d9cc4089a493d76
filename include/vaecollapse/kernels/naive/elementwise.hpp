// Straightforward twins of the elementwise kernels and of the sums: one number after the other, by
// the standard library, and slopes by formulas that use x alone.
#pragma once

#include <cmath>

#include <vaecollapse/core/view.hpp>
#include <vaecollapse/kernels/arithmetic.hpp>
#include <vaecollapse/kernels/functions.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive {

inline double value(Exp, double x) { return std::exp(x); }
inline double value(Log, double x) { return std::log(x); }
inline double value(Square, double x) { return x * x; }
inline double value(Sqrt, double x) { return std::sqrt(x); }
inline double value(Sigmoid, double x) { return 1 / (1 + std::exp(-x)); }
inline double value(Softplus, double x) {
  return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
}
inline double value(Abs, double x) { return std::fabs(x); }

inline double slope(Exp, double x) { return std::exp(x); }
inline double slope(Log, double x) { return 1 / x; }
inline double slope(Square, double x) { return 2 * x; }
inline double slope(Sqrt, double x) { return 1 / (2 * std::sqrt(x)); }
inline double slope(Sigmoid, double x) { return 1 / ((1 + std::exp(-x)) * (1 + std::exp(x))); }
inline double slope(Softplus, double x) { return 1 / (1 + std::exp(-x)); }
inline double slope(Abs, double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

inline double value(Add, double a, double b) { return a + b; }
inline double value(Subtract, double a, double b) { return a - b; }
inline double value(Multiply, double a, double b) { return a * b; }
inline double value(Divide, double a, double b) { return a / b; }

/// dy/da and dy/db.
struct Slopes {
  double a;
  double b;
};

inline Slopes slopes(Add, double, double) { return {1, 1}; }
inline Slopes slopes(Subtract, double, double) { return {1, -1}; }
inline Slopes slopes(Multiply, double a, double b) { return {b, a}; }
inline Slopes slopes(Divide, double a, double b) { return {1 / b, -a / (b * b)}; }

/// The reference of `map_forward`.
template <class F>
void map_forward(Index n, const double* x, double* y) {
  for (Index i = 0; i < n; ++i) y[i] = value(F{}, x[i]);
}

/// The reference of `map_backward`.
template <class F>
void map_backward(Index n, const double* x, const double* dy, double* dx) {
  for (Index i = 0; i < n; ++i) dx[i] += dy[i] * slope(F{}, x[i]);
}

/// Where the number of an operand stands that belongs to element (i, j) of [rows x columns].
inline Index place(Spread spread, Index i, Index j, Index rows) {
  switch (spread) {
    case Spread::one:
      return 0;
    case Spread::column:
      return i;
    case Spread::row:
      return j;
    case Spread::each:
      break;
  }
  return i + j * rows;
}

/// The reference of `pair_forward`.
template <class Op, Spread A, Spread B>
void pair_forward(const Pair<A, B, double>& pair, double* y) {
  for (Index j = 0; j < pair.columns; ++j) {
    for (Index i = 0; i < pair.rows; ++i) {
      y[i + j * pair.rows] =
          value(Op{}, pair.a[place(A, i, j, pair.rows)], pair.b[place(B, i, j, pair.rows)]);
    }
  }
}

/// The reference of `pair_backward`, for both operands.
template <class Op, Spread A, Spread B>
void pair_backward(const Pair<A, B, double>& pair, const double* dy, double* da, double* db) {
  for (Index j = 0; j < pair.columns; ++j) {
    for (Index i = 0; i < pair.rows; ++i) {
      const Index at_a = place(A, i, j, pair.rows), at_b = place(B, i, j, pair.rows);
      const Slopes by = slopes(Op{}, pair.a[at_a], pair.b[at_b]);
      da[at_a] += dy[i + j * pair.rows] * by.a;
      db[at_b] += dy[i + j * pair.rows] * by.b;
    }
  }
}

/// The reference of `sum_rows_forward`, `sum_columns_forward` and `sum_forward`: a number for each
/// column, for each row, and for all.
inline void sums_forward(View<const double> x, double* of_columns, double* of_rows,
                         double* of_all) {
  *of_all = 0;
  for (Index i = 0; i < x.rows; ++i) of_rows[i] = 0;
  for (Index j = 0; j < x.columns; ++j) {
    of_columns[j] = 0;
    for (Index i = 0; i < x.rows; ++i) {
      of_columns[j] += x(i, j);
      of_rows[i] += x(i, j);
      *of_all += x(i, j);
    }
  }
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::kernels::naive
