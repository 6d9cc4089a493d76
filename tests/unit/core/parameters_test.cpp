#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/parameters.hpp>

namespace vc = vaecollapse;

namespace {

vc::Layout three_entries() {
  vc::Layout layout;
  layout.add("zeros", vc::Shape<1>{{7}}, vc::Init::zeros());
  layout.add("uniform", vc::Shape<2>{{13, 101}}, vc::Init::uniform(0.25));
  layout.add("normal", vc::Shape<3>{{5, 11, 23}}, vc::Init::normal(3.0));
  return layout;
}

template <class Scalar>
std::span<const Scalar> values(const vc::Parameters<Scalar>& parameters, std::string_view name) {
  const auto* entry = parameters.layout().find(name);
  REQUIRE(entry != nullptr);
  return parameters.values(*entry);
}

bool equal(std::span<const double> a, std::span<const double> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

TEST_CASE("Parameters: every entry starts as its layout says") {
  const vc::Parameters<double> parameters(three_entries(), vc::Seed{7});
  CHECK(parameters.size() == 7 + 13 * 101 + 5 * 11 * 23);
  for (const double value : values(parameters, "zeros")) CHECK(value == 0);
  double least = 1, greatest = -1;
  for (const double value : values(parameters, "uniform")) {
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  CHECK(least > -0.25);
  CHECK(greatest < 0.25);
  // 1313 draws leave a hundredth of either end empty once in 500,000 seeds; this seed is fixed.
  CHECK(least < -0.245);
  CHECK(greatest > 0.245);
  double squares = 0;
  for (const double value : values(parameters, "normal")) squares += value * value;
  // 1265 draws: the standard error of the deviation is 2 % of it.
  CHECK(std::sqrt(squares / 1265) == doctest::Approx(3.0).epsilon(0.1));
  for (const double gradient : parameters.gradients()) CHECK(gradient == 0);
}

TEST_CASE("Parameters: float and double start alike, to rounding") {
  const vc::Parameters<double> wide(three_entries(), vc::Seed{7});
  const vc::Parameters<float> narrow(three_entries(), vc::Seed{7});
  const vc::Parameters<float> converted(wide);
  for (std::size_t i = 0; i < wide.values().size(); ++i) {
    CHECK(narrow.values()[i] == static_cast<float>(wide.values()[i]));
    CHECK(converted.values()[i] == narrow.values()[i]);
    CHECK(converted.gradients()[i] == 0);
  }
}

TEST_CASE("Parameters: no two numbers of a model are the same draw") {
  vc::Layout layout;
  layout.add("a", vc::Shape<1>{{3000}}, vc::Init::uniform(1));
  layout.add("b", vc::Shape<1>{{3000}}, vc::Init::uniform(1));
  const vc::Parameters<double> parameters(layout, vc::Seed{1});
  std::vector<double> sorted(parameters.values().begin(), parameters.values().end());
  std::sort(sorted.begin(), sorted.end());
  // 6000 draws of 2^32 values hold an equal pair in 0.4 % of seeds; this seed is fixed.
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
}

TEST_CASE("Parameters: draws are addressed by the seed and the place in the layout") {
  vc::Layout small, large;
  small.add("first", vc::Shape<1>{{6}}, vc::Init::uniform(1));
  small.add("second", vc::Shape<1>{{9}}, vc::Init::uniform(1));
  large.add("wider", vc::Shape<1>{{50}}, vc::Init::uniform(1));
  large.add("other", vc::Shape<2>{{3, 3}}, vc::Init::uniform(1));
  large.add("more", vc::Shape<1>{{5}}, vc::Init::uniform(1));
  const vc::Parameters<double> a(small, vc::Seed{3}), b(large, vc::Seed{3});
  const vc::Parameters<double> other(small, vc::Seed{4});
  CHECK(equal(values(a, "first"), values(b, "wider").first(6)));
  CHECK(equal(values(a, "second"), values(b, "other")));
  CHECK(!equal(a.values(), other.values()));
  CHECK(!equal(values(a, "first"), values(a, "second").first(6)));
}

TEST_CASE("Parameters: gradients are zeroed, values are visited") {
  struct Names final : vc::Visitor {
    void operator()(std::string_view, std::uint64_t&) override { FAIL("no counter expected"); }
    void operator()(std::string_view, double&) override { FAIL("no number expected"); }
    void operator()(std::string_view name, std::span<float> values) override {
      text += std::string(name) + ":" + std::to_string(values.size());
      values[0] = 5;
    }
    void operator()(std::string_view, std::span<double>) override { FAIL("no double expected"); }
    std::string text;
  };
  vc::Parameters<float> parameters(three_entries());
  for (const float value : parameters.values()) CHECK(value == 0);
  parameters.gradients()[3] = 1;
  parameters.zero_gradients();
  CHECK(parameters.gradients()[3] == 0);
  Names names;
  parameters.visit(names);
  CHECK(names.text == "values:2585");
  CHECK(parameters.values()[0] == 5);
}
