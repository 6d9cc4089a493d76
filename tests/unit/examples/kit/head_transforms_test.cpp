#include "kit/head_transforms.hpp"

#include <doctest/doctest.h>

using namespace kit;

TEST_CASE("--head-transform: one of a table, or none") {
  CHECK(parse_head_transform("none").text == "none");
  CHECK(help(head_transform_methods()).find("  none: ") != std::string::npos);
  CHECK_THROWS_WITH_AS(parse_head_transform("non"),
                       doctest::Contains("unknown head transform 'non': did you mean 'none'?"),
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_head_transform("0.6"),
                       doctest::Contains("expected a head transform, found a number"),
                       ExpressionError);
}

TEST_CASE("--head-transform: a posterior has one") {
  CHECK_THROWS_WITH_AS(parse_head_transform("none+none"),
                       "nothing can be added to a head transform here\n"
                       "  none+none\n"
                       "       ^",
                       ExpressionError);
}
