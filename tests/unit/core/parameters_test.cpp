#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

TEST_CASE("Parameters: a version is never that of other values") {
  vc::Parameters<float> a(three_entries(), vc::Seed{1}), b(three_entries(), vc::Seed{2});
  std::vector<std::uint64_t> seen;
  const auto note = [&] {
    for (const auto* one : {&a, &b}) seen.push_back(one->version());
  };
  note();
  a = b;
  seen.push_back(a.version());
  a = std::as_const(a);
  seen.push_back(a.version());
  std::swap(a, b);
  note();
  a = std::move(b);
  note();
  b = vc::Parameters<float>(a);
  a.values()[0] = 1;
  note();
  for (int i = 0; i < 3; ++i) {
    const vc::Parameters<float> at_one_address(three_entries());
    seen.push_back(at_one_address.version());
    CHECK(at_one_address.version() == at_one_address.version());
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("Parameters: assigned to itself it stays, moved from it holds nothing") {
  vc::Parameters<double> a(three_entries(), vc::Seed{1});
  const vc::Parameters<double> copy = a;
  a = std::as_const(a);
  CHECK(equal(std::as_const(a).values(), copy.values()));
  vc::Parameters<double>& same = a;
  a = std::move(same);
  CHECK(equal(std::as_const(a).values(), copy.values()));
  CHECK(a.size() == copy.size());
  vc::Parameters<double> taken = std::move(a);
  CHECK(equal(std::as_const(taken).values(), copy.values()));
  CHECK(a.size() == 0);
  CHECK(a.values().empty());
  CHECK(a.layout().entries().empty());
  a = taken;
  CHECK(equal(std::as_const(a).values(), copy.values()));
  CHECK(std::as_const(a).values().data() != std::as_const(taken).values().data());
}

TEST_CASE("Parameters: a slot of an equal layout, or of one that goes on, is held") {
  vc::Layout first, second;
  const auto w = first.add("w", vc::Shape<2>{{2, 3}}, vc::Init::zeros());
  const auto same = second.add("w", vc::Shape<2>{{2, 3}}, vc::Init::normal(1));
  const vc::Parameters<float> small(first);
  const auto v = second.add("v", vc::Shape<1>{{4}}, vc::Init::zeros());
  const vc::Parameters<float> large(second);
  CHECK(w.hash == same.hash);
  CHECK_NOTHROW(small.require_holds(same));
  CHECK_NOTHROW(large.require_holds(w));
  CHECK_NOTHROW(large.require_holds(v));
  CHECK_THROWS_WITH_AS(small.require_holds(v),
                       "parameters: a slot [4] at 6 is not among the 6 numbers that there are: "
                       "declare every layer before Parameters is made of the layout",
                       vc::Error);
}

TEST_CASE("Parameters: a slot of another layout is refused") {
  const auto slot = [](const std::string& name, auto shape, vc::Index before = 0) {
    vc::Layout layout;
    if (before > 0) layout.add("before", vc::Shape<1>{{before}}, vc::Init::zeros());
    return layout.add(name, shape, vc::Init::zeros());
  };
  vc::Layout layout;
  layout.add("w", vc::Shape<2>{{2, 3}}, vc::Init::zeros());
  layout.add("v", vc::Shape<1>{{4}}, vc::Init::zeros());
  const vc::Parameters<float> parameters(layout);
  CHECK_NOTHROW(parameters.require_holds(slot("w", vc::Shape<2>{{2, 3}})));
  CHECK_THROWS_WITH_AS(
      parameters.require_holds(slot("other", vc::Shape<2>{{2, 3}})),
      "parameters: a slot [2 x 3] at 0 belongs to a layer of another Layout, here 'w' [2 x 3] lies "
      "at 0: declare all layers of a model in one Layout, passed by reference, and make Parameters "
      "of it",
      vc::Error);
  CHECK_THROWS_AS(parameters.require_holds(slot("w", vc::Shape<2>{{3, 2}})), vc::Error);
  CHECK_THROWS_AS(parameters.require_holds(slot("w", vc::Shape<1>{{6}})), vc::Error);
  CHECK_THROWS_AS(parameters.require_holds(slot("w", vc::Shape<2>{{2, 2}})), vc::Error);
  CHECK_THROWS_AS(parameters.require_holds(slot("v", vc::Shape<1>{{4}})), vc::Error);
  CHECK_THROWS_AS(parameters.require_holds(slot("v", vc::Shape<1>{{4}}, 5)), vc::Error);
  CHECK_THROWS_AS(parameters.require_holds(slot("v", vc::Shape<1>{{4}}, 7)), vc::Error);
  CHECK_NOTHROW(parameters.require_holds(slot("v", vc::Shape<1>{{4}}, 6)));  // the same place
  CHECK_THROWS_AS(parameters.require_holds(vc::Slot<1>{}), vc::Error);
}

TEST_CASE("Parameters: an entry of another layout is refused") {
  vc::Layout other;
  other.add("zeros", vc::Shape<1>{{7}}, vc::Init::zeros());
  other.add("uniform", vc::Shape<2>{{13, 100}}, vc::Init::uniform(0.25));
  vc::Parameters<double> parameters(three_entries());
  CHECK(parameters.values(other.entries()[0]).size() == 7);
  CHECK_THROWS_AS(parameters.values(other.entries()[1]), vc::Error);
  CHECK_THROWS_AS(std::as_const(parameters).values(other.entries()[1]), vc::Error);
}
