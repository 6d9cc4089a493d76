#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/range.hpp>

namespace vc = vaecollapse;

namespace {

void declare(vc::Layout& layout, const char* name, vc::Index size) {
  layout.add(name, vc::Shape<1>{{size}}, vc::Init::zeros());
}

/// Parts whose names begin alike, an entry that has a part's name, and a statistic.
vc::Layout layout_of_parts() {
  vc::Layout layout;
  declare(layout, "encoder.embed.weight", 2);
  declare(layout, "encoder.forward.weight", 3);
  declare(layout, "enc", 1);
  declare(layout, "posterior.mu.weight", 4);
  layout.add_statistic("posterior.norm.mean", vc::Shape<1>{{2}}, 0);
  declare(layout, "posterior.scale", 5);
  declare(layout, "encoder", 6);
  declare(layout, "decoder.output", 7);
  return layout;
}

std::string contained(const vc::ParameterRange& range, const vc::Layout& layout) {
  std::string names;
  for (std::size_t i = 0; i < layout.entries().size(); ++i) {
    if (range.contains(i)) names += (names.empty() ? "" : " ") + layout.entries()[i].name;
  }
  return names;
}

using Segments = std::vector<vc::Segment>;

}  // namespace

TEST_CASE("ParameterRange: a prefix is whole components, or a whole name") {
  const vc::Layout layout = layout_of_parts();
  const auto named = [&](const std::vector<std::string>& prefixes) {
    return contained(vc::ParameterRange(layout, prefixes), layout);
  };
  CHECK(named({"encoder"}) == "encoder.embed.weight encoder.forward.weight encoder");
  CHECK(named({"enc"}) == "enc");
  CHECK(named({"encoder.embed"}) == "encoder.embed.weight");
  CHECK(named({"encoder.embed.weight", "decoder"}) == "encoder.embed.weight decoder.output");
  CHECK(named({"posterior", "posterior.mu"}) ==
        "posterior.mu.weight posterior.norm.mean posterior.scale");
  CHECK(named({}).empty());
}

TEST_CASE("ParameterRange: without names the others") {
  const vc::Layout layout = layout_of_parts();
  CHECK(contained(vc::ParameterRange::without(layout, {"encoder", "posterior"}), layout) ==
        "enc decoder.output");
  CHECK(contained(vc::ParameterRange::without(layout, {}), layout) ==
        contained(vc::ParameterRange(layout, {"encoder", "enc", "posterior", "decoder"}), layout));
}

TEST_CASE("ParameterRange: its segments are as few as can be, and leave out statistics") {
  const vc::Layout layout = layout_of_parts();
  const auto segments = [&](const std::vector<std::string>& prefixes) {
    return vc::ParameterRange(layout, prefixes).segments();
  };
  CHECK(segments({"encoder"}) == Segments{{0, 5}, {17, 6}});
  CHECK(segments({"encoder", "enc"}) == Segments{{0, 6}, {17, 6}});
  CHECK(segments({"posterior"}) == Segments{{6, 4}, {12, 5}});
  CHECK(segments({"posterior.norm"}).empty());
  CHECK(segments({}).empty());
  CHECK(vc::ParameterRange::without(layout, {}).segments() == layout.trained());
  CHECK(layout.trained() == Segments{{0, 10}, {12, 18}});
}

TEST_CASE("ParameterRange: a prefix that names nothing is refused, with those that would") {
  const vc::Layout layout = layout_of_parts();
  const auto refused = [&](const char* prefix, const char* message) {
    CAPTURE(prefix);
    CHECK_THROWS_WITH_AS(vc::ParameterRange(layout, {"encoder", prefix}), message, vc::Error);
    CHECK_THROWS_WITH_AS(vc::ParameterRange::without(layout, {prefix}), message, vc::Error);
  };
  const std::string all = "there are 'encoder', 'enc', 'posterior', 'decoder'";
  refused("code", ("range: 'code' names no parameter: " + all).c_str());
  refused("", ("range: '' names no parameter: " + all).c_str());
  refused("encoder.",
          "range: 'encoder.' names no parameter: there are 'encoder.embed', "
          "'encoder.forward', 'encoder'");
  refused("posterior.norm.variance",
          "range: 'posterior.norm.variance' names no parameter: there are 'posterior.norm.mean'");
}

TEST_CASE("ParameterRange: one of another layout is refused") {
  const vc::Layout layout = layout_of_parts();
  const vc::ParameterRange range(layout, {"decoder"});
  CHECK_NOTHROW(range.require_of(layout_of_parts(), "step"));
  vc::Layout larger = layout_of_parts();
  declare(larger, "more", 1);
  CHECK_THROWS_WITH_AS(range.require_of(larger, "step"),
                       "step: the range is of another layout, of 8 parameters: here there are 9",
                       vc::Error);
  vc::Layout trained, statistic;
  declare(trained, "a", 2);
  statistic.add_statistic("a", vc::Shape<1>{{2}}, 0);
  CHECK_THROWS_AS(vc::ParameterRange(trained, {"a"}).require_of(statistic, ""), vc::Error);
}

TEST_CASE("ParameterRange: the segments of a temporary are a copy") {
  const vc::Layout layout = layout_of_parts();
  vc::Index size = 0;
  for (const vc::Segment& part : vc::ParameterRange(layout, {"encoder"}).segments()) {
    size += part.size;
  }
  CHECK(size == 11);
}
