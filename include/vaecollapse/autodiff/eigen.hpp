// Values of a tape as Eigen tensors and matrices over the same memory: what `Var::tensor()`,
// `matrix()` and `gradient()` need. Apart, so that programs that do not look at values with Eigen
// need not compile it.
#pragma once

#include <cstddef>

#include <vaecollapse/config.hpp>

VAECOLLAPSE_BEGIN_QUIET
#include <Eigen/Core>
#include <unsupported/Eigen/CXX11/Tensor>
VAECOLLAPSE_END_QUIET

#include <vaecollapse/autodiff/var.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::detail {

template <class Scalar, int Rank>
struct EigenViews {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Tensor = Eigen::Tensor<Scalar, Rank>;

  static Eigen::TensorMap<const Tensor> tensor(const Scalar* data, const Shape<Rank>& shape) {
    typename Tensor::Dimensions dimensions;
    for (std::size_t axis = 0; axis < shape.extents.size(); ++axis) {
      dimensions[axis] = shape.extents[axis];
    }
    return {data, dimensions};
  }
  static Eigen::Map<const Matrix> matrix(View<const Scalar> view) {
    return {view.data, view.rows, view.columns};
  }
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::detail
