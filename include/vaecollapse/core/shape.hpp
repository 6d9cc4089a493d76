// Shapes of tensors of rank 0 to 3, and the error that names an operation and its operands.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include <vaecollapse/core/check.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// Signed, like Eigen's.
using Index = std::ptrdiff_t;

/// The extents of a tensor, first axis contiguous in memory.
template <int Rank>
struct Shape {
  static_assert(Rank >= 0 && Rank <= 3, "a tensor of this library has rank 0 to 3");
  std::array<Index, static_cast<std::size_t>(Rank)> extents{};

  constexpr Index operator[](int axis) const { return extents[static_cast<std::size_t>(axis)]; }
  constexpr Index size() const {
    Index product = 1;
    for (int axis = 0; axis < Rank; ++axis) product *= (*this)[axis];
    return product;
  }
  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    for (int axis = 0; axis < Rank; ++axis) {
      if (a[axis] != b[axis]) return false;
    }
    return true;
  }
};

namespace detail {

/// Whether a tensor of these extents can be: none is negative, and all its elements together have
/// fewer bytes than memory has addresses.
template <class Scalar, std::size_t N>
constexpr bool can_be_allocated(const std::array<Index, N>& extents) {
  Index bytes = Index(sizeof(Scalar));
  bool can_be = true;
  for (const Index extent : extents) {
    can_be = can_be && extent >= 0 && !__builtin_mul_overflow(bytes, extent, &bytes);
  }
  return can_be;
}

}  // namespace detail

/// A shape whose rank is known at run time only: for listings, layouts and messages.
struct AnyShape {
  std::array<Index, 3> extents{1, 1, 1};
  int rank = 0;

  constexpr AnyShape() = default;
  template <int Rank>
  constexpr AnyShape(const Shape<Rank>& shape) : rank(Rank) {
    for (int axis = 0; axis < Rank; ++axis) extents[static_cast<std::size_t>(axis)] = shape[axis];
  }
  constexpr Index size() const { return extents[0] * extents[1] * extents[2]; }
  friend constexpr bool operator==(const AnyShape&, const AnyShape&) = default;
};

/// `[64 x 128]`; a scalar is `[]`.
inline std::string to_string(const AnyShape& shape) {
  std::string text = "[";
  for (int axis = 0; axis < shape.rank; ++axis) {
    if (axis > 0) text += " x ";
    text += std::to_string(shape.extents[static_cast<std::size_t>(axis)]);
  }
  return text + "]";
}

/// One operand in the message of a `ShapeError`.
struct Operand {
  std::string_view name;
  AnyShape shape;
};

/// Sizes that do not fit: `affine: weight is [3 x 4], input is [5 x 2]: the rows of input must
/// equal the rows of weight`.
class ShapeError : public Error {
 public:
  ShapeError(std::string_view op, std::initializer_list<Operand> operands, std::string_view rule)
      : Error(message(op, operands, rule)) {}

 private:
  static std::string message(std::string_view op, std::initializer_list<Operand> operands,
                             std::string_view rule) {
    std::string text(op);
    const char* separator = ": ";
    for (const Operand& operand : operands) {
      text.append(separator).append(operand.name).append(" is ").append(to_string(operand.shape));
      separator = ", ";
    }
    return text.append(": ").append(rule);
  }
};

namespace detail {

/// Never inlined: a check that holds costs its comparisons only.
[[noreturn]] __attribute__((noinline, cold)) inline void refuse_extents(std::string_view op,
                                                                        const AnyShape& shape) {
  raise(ShapeError(op, {{"the new value", shape}},
                   "no extent may be negative, and memory must have room for all elements"));
}

/// Raises a `ShapeError` that names `op` unless a tensor of that shape can be.
template <class Scalar, int Rank>
void require_extents(std::string_view op, const Shape<Rank>& shape) {
  if (!can_be_allocated<Scalar>(shape.extents)) refuse_extents(op, shape);
}

}  // namespace detail

/// Raises a `ShapeError` unless `holds`.
inline void require_shapes(bool holds, std::string_view op, std::initializer_list<Operand> operands,
                           std::string_view rule) {
  if (!holds) raise(ShapeError(op, operands, rule));
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
