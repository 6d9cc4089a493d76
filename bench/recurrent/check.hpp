// Whether a recurrent layer computes what the naive twin does, at the very shape that is going to
// be timed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "recurrent/problem.hpp"

namespace vaecollapse::bench {

/// Rows of a batch that the twin computes too, spread evenly from the first to the last: as many as
/// it does in about a second. Only these get gradients from above, so that every gradient of the
/// whole batch is known from them.
/// \tparam Twin the naive layer of a scalar type
template <template <class> class Twin>
class RecurrentCheck {
 public:
  explicit RecurrentCheck(const RecurrentShape& shape) : data_(shape) {
    choose_rows();
    const RecurrentData<double> some = chosen_part();
    Twin<double> twin(some);
    twin.forward_backward();
    expected_ = twin.results();
    mask_gradients();
  }

  /// What a layer must be run on to be checked.
  const RecurrentData<float>& data() const { return data_; }

  /// What is wrong with its results, or nothing. States and dx must agree to 1e-5 of each one's
  /// largest entry, gradients that sum over all columns to 1e-4.
  std::string complaint(const RecurrentResults<float>& found) const {
    const auto& e = expected_;
    std::string text;
    const auto compare = [&](const char* name, const Matrix<float>& a, const Matrix<double>& b,
                             double tolerance) {
      const double error = disagreement(b.size(), a.data(), b.data());
      if (error <= tolerance) return;
      text += std::string(text.empty() ? "" : ", ") + name + " is off by " + std::to_string(error);
    };
    compare("h", chosen(found.h), e.h, 1e-5);
    compare("dx", chosen(found.dx), e.dx, 1e-5);
    compare("dW", found.dinput_weights, e.dinput_weights, 1e-4);
    compare("dU", found.drecurrent_weights, e.drecurrent_weights, 1e-4);
    compare("db", found.dinput_bias, e.dinput_bias, 1e-4);
    compare("db'", found.drecurrent_bias, e.drecurrent_bias, 1e-4);
    return text;
  }

 private:
  void choose_rows() {
    constexpr double affordable_flops = 1e9;
    const RecurrentShape& shape = data_.shape;
    const double row = 3 * shape.forward_flops() / static_cast<double>(shape.batch);
    const Index most = std::min(shape.batch, Index{64});
    const Index count =
        std::clamp(static_cast<Index>(affordable_flops / row), std::min<Index>(2, most), most);
    for (Index i = 0; i < count; ++i) {
      rows_.push_back(count == 1 ? 0 : i * (shape.batch - 1) / (count - 1));
    }
  }

  Index count() const { return static_cast<Index>(rows_.size()); }

  /// The columns of the chosen rows, in double or as they are.
  template <class Scalar>
  Matrix<Scalar> chosen(const Matrix<float>& all) const {
    Matrix<Scalar> some(all.rows(), data_.shape.steps * count());
    for (Index t = 0; t < data_.shape.steps; ++t) {
      for (Index i = 0; i < count(); ++i) {
        const Index row = rows_[static_cast<std::size_t>(i)];
        some.col(t * count() + i) = all.col(t * data_.shape.batch + row).template cast<Scalar>();
      }
    }
    return some;
  }
  Matrix<float> chosen(const Matrix<float>& all) const { return chosen<float>(all); }

  RecurrentData<double> chosen_part() const {
    const RecurrentShape& shape = data_.shape;
    RecurrentData<double> part(
        {shape.steps, count(), shape.input, shape.hidden, shape.gates_of_unit});
    part.x = chosen<double>(data_.x);
    part.dh = chosen<double>(data_.dh);
    return part;
  }

  void mask_gradients() {
    const Index batch = data_.shape.batch;
    for (Index column = 0; column < data_.dh.cols(); ++column) {
      const bool is_chosen = std::find(rows_.begin(), rows_.end(), column % batch) != rows_.end();
      if (!is_chosen) data_.dh.col(column).setZero();
    }
  }

  RecurrentData<float> data_;
  std::vector<Index> rows_;
  RecurrentResults<double> expected_{RecurrentShape{}};
};

}  // namespace vaecollapse::bench
