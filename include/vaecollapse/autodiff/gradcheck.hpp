// Checks gradients against central differences: every op and layer must pass this.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/core/at.hpp>
#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/rng.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

/// How finely and how widely gradients are checked.
struct GradcheckOptions {
  double step = 1e-5;
  /// How many elements of each parameter are tried; the others are skipped at even intervals.
  Index elements = 40;
  std::uint64_t seed = 1;
};

/// The worst disagreement found: |tape - difference| / max(1, |tape|, |difference|).
struct GradcheckResult {
  double error = 0;
  std::string parameter = "";
  Index element = 0;
  double tape = 0;
  double difference = 0;
  Index checked = 0;

  /// A sentence for a failed test.
  std::string message() const {
    return detail::message_of({"worst of ", checked, " derivatives: ", parameter, "[", element,
                               "] is ", tape, " on the tape and ", difference,
                               " by central differences"});
  }
};

namespace detail {

/// sum_i w_i y_i, y = f(tape) and w drawn from N(0, 1); and its gradients, if they are wanted.
template <class F>
double drawn_sum(Tape<double>& tape, F& f, std::uint64_t seed, bool backward) {
  const Scope scope(tape);
  const Draws draws(Seed{seed}, 0);
  const auto y = f(tape);
  std::vector<double> weights(static_cast<std::size_t>(y.size()));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = normal(draws.bits(Stream::user, static_cast<std::uint32_t>(i), 0, 0, 0)[0]);
  }
  const auto loss = weighted_sum(tape, y, std::span<const double>(weights));
  const double result = loss.item();
  if (backward) tape.backward(loss);
  return result;
}

/// The derivative of value() by x, which has its value again afterwards.
template <class Value>
double central_difference(double& x, double step, Value&& value) {
  const double before = x;
  x = before + step;
  const double above = value();
  x = before - step;
  const double below = value();
  x = before;
  return (above - below) / (2 * step);
}

}  // namespace detail

/// Differentiates sum_i w_i y_i, y = f(tape) and w drawn from N(0, 1), with respect to all
/// parameters, on the tape and by central differences in double. The parameters' gradients are
/// overwritten, their values left as they were.
/// \param f takes a Tape<double>& and returns a Var<double, Rank>; called several times, it must
/// compute the same function each time
template <class F>
GradcheckResult gradcheck(Parameters<double>& parameters, F&& f,
                          const GradcheckOptions& options = {}) {
  Tape<double> tape(parameters);
  parameters.zero_gradients();
  detail::drawn_sum(tape, f, options.seed, true);
  const auto value = [&] { return detail::drawn_sum(tape, f, options.seed, false); };
  GradcheckResult worst;
  for (const Layout::Entry& entry : parameters.layout().entries()) {
    const Index size = entry.shape.size();
    const Index stride = std::max<Index>(1, size / options.elements);
    for (Index i = 0; i < size; i += stride) {
      double& x = at(parameters.values(), entry.offset + i);
      const double difference = detail::central_difference(x, options.step, value);
      const double on_tape = at(parameters.gradients(), entry.offset + i);
      const double scale = std::max({1.0, std::abs(on_tape), std::abs(difference)});
      const double error = std::abs(on_tape - difference) / scale;
      ++worst.checked;
      // A derivative that is not a number is the worst of all.
      if ((is_nan(error) || error > worst.error) && !is_nan(worst.error)) {
        worst = {error, entry.name, i, on_tape, difference, worst.checked};
      }
    }
  }
  return worst;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
