// Batch normalisation of the posterior's means: a rate below which no batch of training can fall.
#pragma once

#include <string>

#include <vaecollapse/autodiff/ops/batch_norm.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/literal.hpp>
#include <vaecollapse/latent/gaussian.hpp>
#include <vaecollapse/latent/head_pass.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// The numbers of a `BatchNormMean` besides gamma.
struct BatchNormMeanOptions {
  /// Added to the variances. Where the mean is worth less than gamma asks for, a long training can
  /// shrink the variances to it, and the bound with them: the smaller, the harder.
  double epsilon = 1e-5;
  /// What of the running moments a step replaces.
  double momentum = 0.1;
};

/// mu_d <- gamma (mu_d - mean_d) / sqrt(v_d + epsilon) + b_d, mean and biased variance those of the
/// batch, gamma fixed and b learnt: `BatchNormMean<0.6>{}` or `BatchNormMean<>{0.6}`. On a batch of
/// training the mean KL is at least 1/2 sum_d (gamma^2 v_d / (v_d + epsilon) + b_d^2): gamma^2 Z /
/// 2 as long as the v_d are far above epsilon. Evaluation, and a batch of one, take running moments
/// and are under no such bound. The bound is on the rate, and not on what the decoder reads of z:
/// means of the variance gamma^2 count as active units by construction. Parameters `name.bias`,
/// statistics `name.running_mean` and `name.running_var`. \source Zhu et al. 2020, "A Batch
/// Normalized Inference Network Keeps the KL Vanishing Away"; epsilon and momentum are PyTorch's
template <Literal Gamma = at_run_time>
class BatchNormMean {
  static_assert(!Gamma.given || (Gamma.value() > 0 && Gamma.value() <= 1000),
                "BatchNormMean<gamma> needs a gamma above 0 and at most 1000");

 public:
  /// \throws Error for a number out of range
  explicit BatchNormMean(BatchNormMeanOptions options = {}) requires(Gamma.given)
      : options_(options) {
    check();
  }
  explicit BatchNormMean(double gamma, BatchNormMeanOptions options = {}) requires(!Gamma.given)
      : gamma_(gamma), options_(options) {
    check();
  }

  double gamma() const { return gamma_.value(); }

  void declare(Layout& layout, const std::string& name, Index latent) {
    const Shape<1> shape{{latent}};
    bias_ = layout.add(name + ".bias", shape, Init::zeros());
    mean_ = layout.add_statistic(name + ".running_mean", shape, 0, options_.momentum);
    variance_ = layout.add_statistic(name + ".running_var", shape, 1, options_.momentum);
  }

  template <Context C, class Scalar = typename C::scalar_type>
  Gaussian<Scalar> operator()(C& cx, const Gaussian<Scalar>& q, const HeadPass& pass) const {
    const RunningMoments<Scalar> running{cx.parameter(mean_), cx.parameter(variance_)};
    return {batch_norm(cx, q.mu, cx.parameter(bias_), running, pass.mode(),
                       {.scale = gamma(), .epsilon = options_.epsilon}),
            q.logvar};
  }

 private:
  void check() const {
    require("gamma", gamma(), 1000);
    require("epsilon", options_.epsilon, 1);
    require("momentum", options_.momentum, 1);
  }
  static void require(const char* name, double value, int most) {
    if (is_positive(value) && value <= most) return;
    detail::raise_error(
        {"BatchNormMean: ", name, " is ", value, ", it must be above 0 and at most ", most});
  }

  Number<Gamma> gamma_;
  BatchNormMeanOptions options_;
  Slot<1> bias_, mean_, variance_;
};

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
