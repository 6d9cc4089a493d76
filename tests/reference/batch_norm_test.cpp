// Batch normalisation against PyTorch's BatchNorm1d.
#include "reference/batch_norm.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/batch_norm.hpp>

#include "reference/support.hpp"

using namespace reference_test;
using vc::Shape;
namespace stored = vaecollapse::reference::batch_norm;
namespace first = vaecollapse::reference::batch_norm_first;
namespace second = vaecollapse::reference::batch_norm_second;
namespace evaluated = vaecollapse::reference::batch_norm_evaluated;

namespace {

/// One batch of the stored ones.
struct Batch {
  std::span<const double> x, y, d_y, d_x, d_shift, running_mean, running_var;
};

/// A normalisation with its running moments, which move as PyTorch moves them.
template <class Scalar>
struct Normalisation {
  std::vector<Scalar> mean, variance;

  Normalisation() : mean(stored::latent, Scalar(0)), variance(stored::latent, Scalar(1)) {}

  void check(const Batch& batch, vc::Mode mode) {
    vc::Parameters<Scalar> none{vc::Layout()};
    vc::Tape<Scalar> tape(none);
    const vc::Scope scope(tape);
    const auto x = tape.template make<2>(Shape<2>{{stored::latent, stored::batch}});
    const auto shift = vector(tape), running_mean = vector(tape), running_variance = vector(tape);
    copy(batch.x, x.data());
    copy(stored::shift, shift.data());
    std::copy(mean.begin(), mean.end(), running_mean.data());
    std::copy(variance.begin(), variance.end(), running_variance.data());
    const auto y = vc::batch_norm(tape, x, shift, {running_mean, running_variance}, mode,
                                  {.scale = stored::scale, .epsilon = stored::epsilon});
    check_value<Scalar>(y, batch.y);
    copy(batch.d_y, y.gradient_data());
    tape.run_backward();
    check_gradient<Scalar>(x, batch.d_x);
    check_gradient<Scalar>(shift, batch.d_shift);
    move(mean, running_mean);
    move(variance, running_variance);
    check_near<Scalar>(mean, batch.running_mean);
    check_near<Scalar>(variance, batch.running_var);
  }

 private:
  static vc::Var<Scalar, 1> vector(vc::Tape<Scalar>& tape) {
    return tape.template make<1>(Shape<1>{{stored::latent}});
  }
  static void move(std::vector<Scalar>& moment, const vc::Var<Scalar, 1>& running) {
    for (std::size_t d = 0; d < moment.size(); ++d) {
      moment[d] -= static_cast<Scalar>(stored::momentum) * running.gradient_data()[d];
    }
  }
};

}  // namespace

TEST_CASE_TEMPLATE("reference: batch normalisation, two steps of training and an evaluation",
                   Scalar, double, float) {
  Normalisation<Scalar> normalisation;
  normalisation.check({first::x, first::y, first::d_y, first::d_x, first::d_shift,
                       first::running_mean, first::running_var},
                      vc::Mode::train);
  normalisation.check({second::x, second::y, second::d_y, second::d_x, second::d_shift,
                       second::running_mean, second::running_var},
                      vc::Mode::train);
  normalisation.check({evaluated::x, evaluated::y, evaluated::d_y, evaluated::d_x,
                       evaluated::d_shift, evaluated::running_mean, evaluated::running_var},
                      vc::Mode::evaluate);
}
