// A handle to a value on a tape or workspace: an Eigen tensor over arena memory, with its gradient
// beside it where there is a tape. Eigen itself is not included here, for it is most of what a
// small program costs to compile: <vaecollapse/autodiff/eigen.hpp> has what its views need.
#pragma once

#include <vaecollapse/autodiff/scope_clock.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

template <class Scalar, int Rank>
class Var;

namespace detail {
template <class Scalar, int Rank>
struct EigenViews;  // to use them include <vaecollapse/autodiff/eigen.hpp>

template <class T>
inline constexpr bool is_var = false;
template <class Scalar, int Rank>
inline constexpr bool is_var<Var<Scalar, Rank>> = true;

template <class A, class B>
inline constexpr bool has_var = is_var<A> || is_var<B>;

/// Candidates that a compiler names where an operator is used on a Var, and which say what to write
/// instead: a Var does not know where to compute.
struct NoOperators {
  template <class A, class B>
  requires has_var<A, B>
  friend void operator+(const A&, const B&) = delete;  // write add(cx, a, b), cx being a tape
  template <class A, class B>
  requires has_var<A, B>
  friend void operator-(const A&, const B&) = delete;  // write subtract(cx, a, b)
  template <class A, class B>
  requires has_var<A, B>
  friend void operator*(const A&, const B&) = delete;  // write multiply(cx, a, b), or matmul
  template <class A, class B>
  requires has_var<A, B>
  friend void operator/(const A&, const B&) = delete;  // write divide(cx, a, b)
  template <class A>
  requires is_var<A>
  friend void operator-(const A&) = delete;  // write scale(cx, a, -1)
  template <class A, class B>
  requires is_var<A>
  friend void operator+=(A&, const B&) = delete;  // write a = add(cx, a, b)
  template <class A, class B>
  requires is_var<A>
  friend void operator-=(A&, const B&) = delete;  // write a = subtract(cx, a, b)
  template <class A, class B>
  requires is_var<A>
  friend void operator*=(A&, const B&) = delete;  // write a = multiply(cx, a, b)
  template <class A, class B>
  requires is_var<A>
  friend void operator/=(A&, const B&) = delete;  // write a = divide(cx, a, b)
};

/// Never inlined: where there is a value, its check costs a comparison.
[[noreturn]] __attribute__((noinline, cold)) inline void refuse_missing_value() {
  raise(
      Error("a scalar Var without a value was used: it was declared, and no op's result was "
            "assigned to it"));
}
[[noreturn]] __attribute__((noinline, cold)) inline void refuse_missing_gradient() {
  raise(
      Error("the gradient of a Var was used that has none: it is a constant, is frozen or depends "
            "on nothing that moves. An op's pullback asks x.has_gradient() of each operand first"));
}
}  // namespace detail

/// A trivially copyable handle. Valid while the `Scope` that was innermost when it was created is
/// open; checked builds raise an Error on any later use.
/// \shape rank 0 to 3, column-major; by convention a column is one example at one step.
template <class Scalar, int Rank>
class Var : detail::NoOperators {
 public:
  using scalar_type = Scalar;
  static constexpr int rank = Rank;

  Var() = default;
  /// For contexts: `gradient` is null where none is wanted.
  Var(Scalar* value, Scalar* gradient, const Shape<Rank>& shape, ScopeStamp stamp)
      : value_(value), gradient_(gradient), shape_(shape), stamp_(stamp) {}

  Shape<Rank> shape() const { return shape_; }
  Index size() const { return shape_.size(); }
  Index rows() const { return Rank >= 1 ? shape_.extents[0] : 1; }
  /// Rank 2: its columns; a vector is one column; rank 3: its last two axes as columns.
  Index columns() const {
    Index product = 1;
    for (int axis = 1; axis < Rank; ++axis) product *= shape_[axis];
    return product;
  }
  bool has_gradient() const { return gradient_ != nullptr; }
  /// The same value as a constant: see `stop_gradient`.
  Var without_gradient() const { return {value_, nullptr, shape_, stamp_}; }
  /// The same memory, value and gradient, as another shape: for ops. \pre equal sizes
  template <int NewRank>
  Var<Scalar, NewRank> as_shape(const Shape<NewRank>& shape) const {
    return {data(), gradient_or_null(), shape, stamp_};
  }
  /// Columns first .. first + count, in the same memory, value and gradient: for ops.
  /// \pre they lie in it
  Var middle_columns(Index first, Index count) const requires(Rank == 2) {
    Scalar* const gradient = gradient_or_null();
    return {data() + first * rows(),
            gradient == nullptr ? nullptr : gradient + first * rows(),
            {{rows(), count}},
            stamp_};
  }

  /// The value as an `Eigen::TensorMap<const Eigen::Tensor<Scalar, Rank>>`.
  /// \pre this one and the next two: <vaecollapse/autodiff/eigen.hpp> is included
  auto tensor() const { return detail::EigenViews<Scalar, Rank>::tensor(data(), shape_); }
  /// The same memory as an `Eigen::Map` of a matrix (a vector is one column; rank 3 has its last
  /// two axes as columns).
  auto matrix() const { return detail::EigenViews<Scalar, Rank>::matrix(view()); }
  /// The gradient, filled by `backward`, as `tensor()` shows the value.
  auto gradient() const {
    return detail::EigenViews<Scalar, Rank>::tensor(gradient_data(), shape_);
  }
  /// The value of a scalar.
  Scalar item() const requires(Rank == 0) { return *data(); }

  /// The memory that kernels read and write: for ops. \throws Error for the value of a scalar that
  /// has none, and for the gradient of what has none
  View<const Scalar> view() const { return {data(), rows(), columns()}; }
  View<Scalar> value_view() const { return {data(), rows(), columns()}; }
  View<Scalar> gradient_view() const { return {gradient_data(), rows(), columns()}; }
  Scalar* data() const {
    stamp_.check();
    if constexpr (Rank == 0) {
      if (value_ == nullptr) detail::refuse_missing_value();
    }
    return value_;
  }
  Scalar* gradient_data() const {
    if (gradient_ == nullptr) detail::refuse_missing_gradient();
    return gradient_or_null();
  }
  /// The same for kernels that leave out what is not wanted: null where there is no gradient.
  Scalar* gradient_or_null() const {
    stamp_.check();
    return gradient_;
  }
  ScopeStamp stamp() const { return stamp_; }

 private:
  Scalar* value_ = nullptr;
  Scalar* gradient_ = nullptr;
  Shape<Rank> shape_{};
  [[no_unique_address]] ScopeStamp stamp_{};
};

/// Whether something is wanted of a backward pass. In checked builds it also knows which tape
/// carries the gradients back.
class AnyGradient {
 public:
  AnyGradient(bool any) : any_(any) {}
  template <class... Values>
  explicit AnyGradient(const Values&... values) : any_((values.has_gradient() || ...)) {
#if VAECOLLAPSE_CHECKED
    (join(values), ...);
#endif
  }
  operator bool() const { return any_; }

#if VAECOLLAPSE_CHECKED
  /// Whether some gradient belongs to another tape than that of a clock.
  bool is_beyond(const ScopeClock& clock) const {
    return are_of_several_ || (carrier_ != nullptr && carrier_ != &clock);
  }

 private:
  template <class Value>
  void join(const Value& value) {
    const ScopeClock* carrier = value.has_gradient() ? value.stamp().carrier() : nullptr;
    if (carrier == nullptr) return;
    are_of_several_ = are_of_several_ || (carrier_ != nullptr && carrier_ != carrier);
    carrier_ = carrier;
  }

  const ScopeClock* carrier_ = nullptr;
  bool are_of_several_ = false;
#else
  bool is_beyond(const ScopeClock&) const { return false; }

 private:
#endif
  bool any_;
};

/// Whether some of the values have gradients: what an op gives to `make`.
template <class Scalar, int... Ranks>
AnyGradient any_gradient(const Var<Scalar, Ranks>&... values) {
  return AnyGradient(values...);
}

/// A ragged sequence of vectors: features x sum of lengths, time-major on its plan.
template <class Scalar>
struct Sequence {
  Var<Scalar, 2> columns;
  const SequencePlan* plan = nullptr;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
