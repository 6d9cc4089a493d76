// The program of docs/tutorials/first_gradient.md: a line fitted to three points by a tape and
// plain descent.
#include <cstdio>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

int main() {
  vc::Layout layout;
  const vc::Linear line(layout, "line", {.input = 1, .output = 1});
  vc::Parameters<double> parameters(layout, vc::Seed{1});

  Eigen::Tensor<double, 2> x(1, 3), y(1, 3);
  x.setValues({{0, 1, 2}});
  y.setValues({{1, 3, 5}});  // y = 2 x + 1

  vc::Tape tape(parameters);
  for (int step = 0; step < 400; ++step) {
    const vc::Scope scope(tape);
    const auto predicted = line(tape, tape.constant(x));
    const auto loss = vc::mean_squared_error(tape, predicted, tape.constant(y));
    parameters.zero_gradients();
    tape.backward(loss);
    const auto values = parameters.values(), gradients = parameters.gradients();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= 0.2 * gradients[i];
  }

  const auto values = parameters.values();
  std::printf("y = %.3f x + %.3f\n", values[0], values[1]);
  return 0;
}
