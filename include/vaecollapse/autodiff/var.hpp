// A handle to a value on a tape or workspace: an Eigen tensor over arena memory, with its gradient
// beside it where there is a tape.
#pragma once

#include <type_traits>

#include <Eigen/Core>
#include <unsupported/Eigen/CXX11/Tensor>

#include <vaecollapse/autodiff/scope_clock.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/view.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// A trivially copyable handle. Valid while the `Scope` that was innermost when it was made is
/// open; checked builds raise an Error on any later use.
/// \shape rank 0 to 3, column-major; by convention a column is one example at one step.
template <class Scalar, int Rank>
class Var {
 public:
  using scalar_type = Scalar;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Tensor = Eigen::Tensor<Scalar, Rank>;
  static constexpr int rank = Rank;

  Var() = default;
  /// For contexts: `gradient` is null where none is wanted.
  Var(Scalar* value, Scalar* gradient, const Shape<Rank>& shape, ScopeStamp stamp)
      : value_(value), gradient_(gradient), shape_(shape), stamp_(stamp) {}

  const Shape<Rank>& shape() const { return shape_; }
  Index size() const { return shape_.size(); }
  Index rows() const { return Rank >= 1 ? shape_.extents[0] : 1; }
  /// Rank 2: its columns; a vector is one column.
  Index columns() const { return rows() == 0 ? 0 : size() / rows(); }
  bool has_gradient() const { return gradient_ != nullptr; }

  /// The value as an Eigen tensor.
  Eigen::TensorMap<const Tensor> tensor() const { return {data(), dimensions()}; }
  /// The same memory as an Eigen matrix (a vector is one column; rank 3 has its last two axes
  /// as columns).
  Eigen::Map<const Matrix> matrix() const { return {data(), rows(), columns()}; }
  /// The gradient, filled by `backward`.
  Eigen::TensorMap<const Tensor> gradient() const { return {gradient_data(), dimensions()}; }
  /// The value of a scalar.
  Scalar item() const requires(Rank == 0) { return *data(); }

  /// For those who write ops: the memory that kernels read and write.
  View<const Scalar> view() const { return {data(), rows(), columns()}; }
  View<Scalar> value_view() const { return {data(), rows(), columns()}; }
  View<Scalar> gradient_view() const { return {gradient_data(), rows(), columns()}; }
  Scalar* data() const {
    stamp_.check();
    return value_;
  }
  Scalar* gradient_data() const {
    stamp_.check();
    return gradient_;
  }

 private:
  typename Tensor::Dimensions dimensions() const {
    typename Tensor::Dimensions result;
    for (int axis = 0; axis < Rank; ++axis) result[static_cast<std::size_t>(axis)] = shape_[axis];
    return result;
  }

  Scalar* value_ = nullptr;
  Scalar* gradient_ = nullptr;
  Shape<Rank> shape_{};
  [[no_unique_address]] ScopeStamp stamp_{};
};

/// A ragged sequence of vectors: features x sum of lengths, time-major as its plan says.
template <class Scalar>
struct Sequence {
  Var<Scalar, 2> columns;
  const SequencePlan* plan = nullptr;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
