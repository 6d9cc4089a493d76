#include "kit/head_transforms.hpp"

#include <doctest/doctest.h>

using namespace kit;

TEST_CASE("--head-transform: one of a table, or none") {
  CHECK(parse_head_transform("none").text == "none");
  CHECK(parse_head_transform("batch_norm").text == "batch_norm(gamma=0.6,epsilon=1e-05)");
  CHECK(parse_head_transform("batch_norm(0.9)").text == "batch_norm(gamma=0.9,epsilon=1e-05)");
  CHECK(help(head_transform_methods()).find("  none: ") != std::string::npos);
  CHECK_THROWS_WITH_AS(parse_head_transform("batch_norm(0)"),
                       "BatchNormMean: gamma is 0.000000, it must be above 0 and at most 1000\n"
                       "  batch_norm(0)\n"
                       "  ^",
                       ExpressionError);
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
