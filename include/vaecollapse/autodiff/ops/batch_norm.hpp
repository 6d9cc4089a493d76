// Batch normalisation on the tape.
#pragma once

#include <algorithm>
#include <cmath>

#include <vaecollapse/autodiff/mode.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/kernels/batch_norm.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The numbers of a batch normalisation that are not learnt.
struct BatchNormOptions {
  double scale = 1;
  /// Added to each variance.
  double epsilon = 1e-5;
};

/// Mean and variance of many batches, which evaluation uses. \shape both [Z]
template <class Scalar>
struct RunningMoments {
  Var<Scalar, 1> mean;
  Var<Scalar, 1> variance;
};

namespace detail {

/// The numbers of one call, in the arena. \shape [Z] each
struct BatchNormCall {
  double* mean;
  double* variance;  ///< biased
  double* inverse;
  double scale;
  bool of_batch;

  kernels::RowNorms norms() const { return {mean, inverse, scale}; }
};

template <class Scalar>
BatchNormCall begin_batch_norm(Arena& arena, const Var<Scalar, 2>& x,
                               const RunningMoments<Scalar>& running, Mode mode,
                               const BatchNormOptions& options) {
  const auto row = [&] { return arena.template allocate<double>(x.rows()); };
  const BatchNormCall call{row(), row(), row(), options.scale,
                           mode == Mode::train && x.columns() > 1};
  if (call.of_batch) {
    kernels::row_moments(x.view(), call.mean, call.variance);
  } else {
    std::copy_n(running.mean.data(), x.rows(), call.mean);
    std::copy_n(running.variance.data(), x.rows(), call.variance);
  }
  for (Index d = 0; d < x.rows(); ++d) {
    call.inverse[d] = 1 / std::sqrt(call.variance[d] + options.epsilon);
  }
  return call;
}

/// running - batch, where the running moments have gradients: what `update_statistics` takes.
template <class Scalar>
void note_moments(const BatchNormCall& call, Index columns, const RunningMoments<Scalar>& running) {
  if (!call.of_batch || !running.mean.has_gradient()) return;
  const double unbiased = static_cast<double>(columns) / static_cast<double>(columns - 1);
  for (Index d = 0; d < running.mean.size(); ++d) {
    const double mean = call.mean[d], variance = unbiased * call.variance[d];
    running.mean.gradient_data()[d] +=
        static_cast<Scalar>(static_cast<double>(running.mean.data()[d]) - mean);
    running.variance.gradient_data()[d] +=
        static_cast<Scalar>(static_cast<double>(running.variance.data()[d]) - variance);
  }
}

}  // namespace detail

/// y_d = scale (x_d - mean_d) / sqrt(variance_d + epsilon) + shift_d. In `Mode::train` mean and
/// (biased) variance are those of the columns, and backward leaves running - batch in the gradients
/// of the running moments, the variance there without its bias, as in PyTorch. In evaluation, and
/// for a batch of one, they are the running ones. Mixes rows: the columns are those of a whole
/// batch, in the order of its rows. \shape x [Z x B], shift and running moments [Z] \throws
/// ShapeError \cost O(Z B) on one thread, in double \source Ioffe & Szegedy 2015
template <Context C, class Scalar = typename C::scalar_type>
Var<Scalar, 2> batch_norm(C& cx, const Var<Scalar, 2>& x, const Var<Scalar, 1>& shift,
                          const RunningMoments<Scalar>& running, Mode mode,
                          const BatchNormOptions& options = {}) {
  require_shapes(shift.size() == x.rows() && running.mean.size() == x.rows() &&
                     running.variance.size() == x.rows(),
                 "batch_norm",
                 {{"x", x.shape()},
                  {"shift", shift.shape()},
                  {"running mean", running.mean.shape()},
                  {"running variance", running.variance.shape()}},
                 "shift and the running moments must have an entry for each row of x");
  const auto call = detail::begin_batch_norm(cx.arena(), x, running, mode, options);
  const auto y =
      cx.template make<2>(x.shape(), any_gradient(x, shift, running.mean, running.variance));
  kernels::batch_norm_forward<Scalar>(x.view(), call.norms(), shift.data(), y.value_view());
  cx.template record<"batch_norm">(y, [=](BackwardContext& back) {
    const View<const Scalar> dy = y.gradient_view();
    const kernels::RowSums sums{back.arena.template allocate<double>(x.rows()),
                                back.arena.template allocate<double>(x.rows())};
    kernels::batch_norm_sums<Scalar>(x.view(), call.norms(), dy, sums, shift.gradient_or_null());
    detail::note_moments(call, x.columns(), running);
    if (!x.has_gradient()) return;
    if (call.of_batch) {
      kernels::batch_norm_backward<Scalar>(x.view(), call.norms(), dy, sums, x.gradient_view());
    } else {
      kernels::fixed_norm_backward<Scalar>(call.norms(), dy, x.gradient_view());
    }
  });
  return y;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
