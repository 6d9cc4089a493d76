// The program of docs/tutorials/your_own_layer.md: a highway layer of ops that are there, and a
// layer with a parameter of its own. Checks their gradients, and fits a function that no line fits.
#include <cmath>
#include <cstdio>
#include <string>

#include <vaecollapse/vaecollapse.hpp>

namespace vc = vaecollapse;

namespace mine {

/// gate * changed + (1 - gate) * x: what the gate does not let through stays as it is.
class Highway {
 public:
  Highway(vc::Layout& layout, const std::string& name, vc::Index width)
      : change_(layout, name + ".change", {.input = width, .output = width}),
        gate_(layout, name + ".gate", {.input = width, .output = width}) {}

  template <vc::Context C>
  auto operator()(C& cx, const vc::Var<typename C::scalar_type, 2>& x) const {
    const auto changed = vc::tanh(cx, change_(cx, x));
    const auto gate = vc::sigmoid(cx, gate_(cx, x));
    return vc::add(cx, x, vc::multiply(cx, gate, vc::subtract(cx, changed, x)));
  }

 private:
  vc::Linear change_, gate_;
};

/// Each row of x times a number of its own, which is learnt and begins at 1.
class Gain {
 public:
  Gain(vc::Layout& layout, const std::string& name, vc::Index width)
      : gain_(layout.add(name + ".gain", vc::Shape<1>{{width}}, vc::Init::constant(1))) {}

  template <vc::Context C>
  auto operator()(C& cx, const vc::Var<typename C::scalar_type, 2>& x) const {
    return vc::multiply(cx, x, cx.parameter(gain_));
  }

 private:
  vc::Slot<1> gain_;
};

struct Network {
  vc::Linear input;
  Highway highway;
  Gain gain;
  vc::Linear output;

  explicit Network(vc::Layout& layout)
      : input(layout, "input", {.input = 1, .output = 16}),
        highway(layout, "highway", 16),
        gain(layout, "gain", 16),
        output(layout, "output", {.input = 16, .output = 1}) {}

  template <vc::Context C>
  auto operator()(C& cx, const vc::Var<typename C::scalar_type, 2>& x) const {
    return output(cx, gain(cx, highway(cx, input(cx, x))));
  }
};

/// Forty points of a sine, a column each.
template <class Scalar>
Eigen::Tensor<Scalar, 2> points(bool of_sine) {
  Eigen::Tensor<Scalar, 2> values(1, 40);
  for (vc::Index i = 0; i < 40; ++i) {
    const Scalar x = static_cast<Scalar>(i) / 10 - 2;
    values(0, i) = of_sine ? std::sin(2 * x) : x;
  }
  return values;
}

}  // namespace mine

int main() {
  vc::Layout layout;
  const mine::Network network(layout);

  vc::Parameters<double> exact(layout, vc::Seed{1});
  const vc::GradcheckResult checked = vc::gradcheck(exact, [&](auto& cx) {
    const auto y = network(cx, cx.constant(mine::points<double>(false)));
    return vc::mean_squared_error(cx, y, cx.constant(mine::points<double>(true)));
  });
  std::printf("%d derivatives agree with differences: %s\n", static_cast<int>(checked.checked),
              checked.error < 1e-6 ? "yes" : checked.message().c_str());

  vc::Parameters<float> parameters(layout, vc::Seed{1});
  vc::Tape tape(parameters);
  vc::Adam adam({.learning_rate = 1e-2});
  for (int step = 1; step <= 60; ++step) {
    const vc::Scope scope(tape);
    const auto y = network(tape, tape.constant(mine::points<float>(false)));
    const auto loss = vc::mean_squared_error(tape, y, tape.constant(mine::points<float>(true)));
    tape.backward(loss);
    adam.step(parameters);
    if (step % 20 == 0) std::printf("step %d: loss %.3f\n", step, double{loss.item()});
  }
  return 0;
}
