// What kernels see of memory: a column-major matrix as pointer, rows, columns and leading
// dimension. A view owns nothing and is passed by value.
#pragma once

#include <type_traits>

#include <vaecollapse/core/shape.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A column-major matrix; column j starts at `data + j * leading`.
template <class T>
struct View {
  T* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index leading = 0;

  constexpr View() = default;
  constexpr View(T* memory, Index row_count, Index column_count)
      : View(memory, row_count, column_count, row_count) {}
  constexpr View(T* memory, Index row_count, Index column_count, Index leading_dimension)
      : data(memory), rows(row_count), columns(column_count), leading(leading_dimension) {}

  /// A mutable view is also a constant one.
  constexpr operator View<const T>() const requires(!std::is_const_v<T>) {
    return {data, rows, columns, leading};
  }

  constexpr T* column(Index j) const { return data + j * leading; }
  constexpr T& operator()(Index i, Index j) const { return data[i + j * leading]; }

  /// Columns first .. first + count.
  constexpr View middle_columns(Index first, Index count) const {
    return {data + first * leading, rows, count, leading};
  }
  /// Rows first .. first + count.
  constexpr View middle_rows(Index first, Index count) const {
    return {data + first, count, columns, leading};
  }
  constexpr Shape<2> shape() const { return {{rows, columns}}; }
};

/// A leading dimension that puts columns an odd number of cache lines apart, so that a walk along a
/// row meets every set of a cache: columns a power of two apart would share a few of them.
template <class Scalar>
constexpr Index spaced_leading(Index rows) {
  constexpr Index line = 64 / Index(sizeof(Scalar));
  return (((rows + line - 1) / line) | 1) * line;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
