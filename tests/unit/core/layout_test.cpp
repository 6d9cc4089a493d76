#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/core/layout.hpp>

namespace vc = vaecollapse;

TEST_CASE("Layout: slots follow one another without gaps") {
  vc::Layout layout;
  CHECK(layout.size() == 0);
  const auto scalar = layout.add("temperature", vc::Shape<0>{}, vc::Init::zeros());
  const auto bias = layout.add("bias", vc::Shape<1>{{5}}, vc::Init::uniform(0.5));
  const auto weight = layout.add("weight", vc::Shape<2>{{3, 5}}, vc::Init::normal(2.0));
  CHECK(scalar.offset == 0);
  CHECK(bias.offset == 1);
  CHECK(weight.offset == 6);
  CHECK(weight.shape == vc::Shape<2>{{3, 5}});
  CHECK(layout.size() == 21);
  REQUIRE(layout.entries().size() == 3);
  const vc::Layout::Entry& entry = layout.entries()[2];
  CHECK(entry.name == "weight");
  CHECK(entry.shape == vc::AnyShape(vc::Shape<2>{{3, 5}}));
  CHECK(entry.offset == 6);
  CHECK(entry.init.kind == vc::Init::Kind::normal);
  CHECK(entry.init.scale == 2.0);
}

TEST_CASE("Layout: entries are found by name") {
  vc::Layout layout;
  layout.add("a.weight", vc::Shape<1>{{2}}, vc::Init::zeros());
  layout.add("a", vc::Shape<1>{{3}}, vc::Init::zeros());
  REQUIRE(layout.find("a") != nullptr);
  CHECK(layout.find("a")->offset == 2);
  CHECK(layout.find("b") == nullptr);
  CHECK(layout.find("") == nullptr);
}

TEST_CASE("Layout: a name is taken once") {
  vc::Layout layout;
  layout.add("embed.weight", vc::Shape<1>{{2}}, vc::Init::zeros());
  CHECK_THROWS_WITH_AS(layout.add("embed.weight", vc::Shape<2>{{2, 2}}, vc::Init::zeros()),
                       "layout: two parameters are named 'embed.weight'", vc::Error);
  CHECK(layout.size() == 2);
  CHECK(layout.entries().size() == 1);
}

TEST_CASE("Layout: extents are at least one") {
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(layout.add("w", vc::Shape<2>{{3, 0}}, vc::Init::zeros()),
                       "layout: parameter 'w' is [3 x 0]: every extent must be at least 1",
                       vc::Error);
  CHECK_THROWS_WITH_AS(layout.add("v", vc::Shape<1>{{-2}}, vc::Init::zeros()),
                       "layout: parameter 'v' is [-2]: every extent must be at least 1", vc::Error);
  CHECK(layout.size() == 0);
}

TEST_CASE("Layout: more numbers than memory has room for") {
  constexpr vc::Index large = vc::Index{1} << 40, half = vc::Index{1} << 59;
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(
      layout.add("w", vc::Shape<2>{{large, large}}, vc::Init::zeros()),
      "layout: parameter 'w' is [1099511627776 x 1099511627776]: memory has no room for so many "
      "numbers",
      vc::Error);
  CHECK_THROWS_AS(layout.add("w", vc::Shape<1>{{2 * half}}, vc::Init::zeros()), vc::Error);
  CHECK(layout.size() == 0);
  layout.add("a", vc::Shape<1>{{half}}, vc::Init::zeros());
  CHECK_THROWS_AS(layout.add("b", vc::Shape<1>{{half}}, vc::Init::zeros()), vc::Error);
  CHECK(layout.size() == half);
}

TEST_CASE("Layout: one that was moved from is empty") {
  vc::Layout layout;
  layout.add("a", vc::Shape<1>{{2}}, vc::Init::zeros());
  const vc::Layout taken = std::move(layout);
  CHECK(taken.size() == 2);
  CHECK(layout.size() == 0);
  CHECK(layout.add("b", vc::Shape<1>{{3}}, vc::Init::zeros()).offset == 0);
}

namespace {

vc::Layout made() {
  vc::Layout layout;
  layout.add("a", vc::Shape<1>{{2}}, vc::Init::zeros());
  layout.add("b", vc::Shape<1>{{3}}, vc::Init::zeros());
  return layout;
}

}  // namespace

TEST_CASE("Layout: the entries of a temporary are a copy") {
  std::string names;
  for (const vc::Layout::Entry& entry : made().entries()) names += entry.name;
  CHECK(names == "ab");
  const auto& kept = made().entries();
  CHECK(kept[1].shape.size() == 3);
}
