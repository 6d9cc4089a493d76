// The gradient checker must find what is wrong, and say where.
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/gradcheck.hpp>

namespace vc = vaecollapse;
using vc::Index;
using Tape = vc::Tape<double>;

namespace {

/// y = x^2 with a derivative of `slope` x at element `wrong` and 2 x elsewhere: an op as a user
/// would write it.
vc::Var<double, 2> square(Tape& tape, const vc::Var<double, 2>& x, Index wrong, double slope) {
  const auto y = tape.make<2>(x.shape());
  for (Index i = 0; i < x.size(); ++i) y.data()[i] = x.data()[i] * x.data()[i];
  tape.record<"square">(y, [=](vc::BackwardContext&) {
    for (Index i = 0; i < x.size(); ++i) {
      const double factor = i == wrong ? slope : 2;
      x.gradient_data()[i] += factor * x.data()[i] * y.gradient_data()[i];
    }
  });
  return y;
}

struct Model {
  vc::Layout layout;
  vc::Slot<2> unused = layout.add("unused", vc::Shape<2>{{1, 2}}, vc::Init::normal(1));
  vc::Slot<2> x = layout.add("x", vc::Shape<2>{{2, 3}}, vc::Init::normal(1));
  vc::Parameters<double> parameters{layout, vc::Seed{2}};

  vc::GradcheckResult check(Index wrong, double slope, const vc::GradcheckOptions& options = {}) {
    return vc::gradcheck(
        parameters, [&](Tape& tape) { return square(tape, tape.parameter(x), wrong, slope); },
        options);
  }
};

}  // namespace

TEST_CASE("gradcheck: passes what is right, and leaves the values as they were") {
  Model model;
  const std::vector<double> before(model.parameters.values().begin(),
                                   model.parameters.values().end());
  const auto result = model.check(-1, 0);
  CHECK(result.error < 1e-9);
  CHECK(result.checked == 8);
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(model.parameters.values()[i] == before[i]);
}

TEST_CASE("gradcheck: names the element that is wrong") {
  for (const Index wrong : {0, 3, 5}) {
    Model model;
    const auto result = model.check(wrong, 2.5);
    CHECK(result.error > 1e-3);
    CHECK(result.parameter == "x");
    CHECK(result.element == wrong);
    CHECK(result.tape == doctest::Approx(1.25 * result.difference));
  }
  vc::GradcheckResult result;
  result.parameter = "encoder.weight";
  result.element = 7;
  result.checked = 40;
  result.tape = 1.5;
  result.difference = 1.25;
  CHECK(result.message() ==
        "worst of 40 derivatives: encoder.weight[7] is 1.500000 on the tape and 1.250000 by "
        "central differences");
}

TEST_CASE("gradcheck: a derivative that is not a number does not pass") {
  for (const Index wrong : {0, 5}) {
    Model model;
    const auto result = model.check(wrong, std::numeric_limits<double>::quiet_NaN());
    CHECK(std::isnan(result.error));
    CHECK(!(result.error < 1));
    CHECK(result.element == wrong);
    CHECK(result.checked == 8);
  }
}

TEST_CASE("gradcheck: tries some elements of a large parameter only") {
  Model model;
  const auto result = model.check(-1, 0, {.elements = 2});
  CHECK(result.checked == 2 + 2);
}
