// Shapes, views, and the texts of errors.
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/shape.hpp>

namespace vc = vaecollapse;

static_assert(vc::Shape<0>{}.size() == 1);
static_assert(vc::Shape<2>{{3, 4}}.size() == 12);
static_assert(vc::Shape<2>{{3, 4}}[1] == 4);
static_assert(vc::AnyShape(vc::Shape<1>{{3}}) != vc::AnyShape(vc::Shape<2>{{3, 1}}));
static_assert(vc::AnyShape(vc::Shape<3>{{2, 3, 4}}).size() == 24);

TEST_CASE("Shape: as text") {
  CHECK(to_string(vc::Shape<0>{}) == "[]");
  CHECK(to_string(vc::Shape<1>{{64}}) == "[64]");
  CHECK(to_string(vc::Shape<2>{{64, 128}}) == "[64 x 128]");
  CHECK(to_string(vc::Shape<3>{{2, 0, 3}}) == "[2 x 0 x 3]");
}

TEST_CASE("ShapeError: names the operation and each operand") {
  const auto check = [](bool holds) {
    vc::require_shapes(holds, "affine",
                       {{"weight", vc::Shape<2>{{3, 4}}}, {"input", vc::Shape<2>{{5, 2}}}},
                       "the rows of input must equal the rows of weight");
  };
  CHECK_NOTHROW(check(true));
  CHECK_THROWS_WITH_AS(check(false),
                       "affine: weight is [3 x 4], input is [5 x 2]: the rows of input must equal "
                       "the rows of weight",
                       vc::ShapeError);
}

TEST_CASE("Errors: one base, and the texts of input errors") {
  CHECK_THROWS_AS(vc::raise(vc::ShapeError("op", {}, "rule")), vc::Error);
  CHECK(std::string(vc::ShapeError("op", {}, "rule").what()) == "op: rule");
  CHECK(std::string(vc::InputError("dev.tsv", 7, "2 columns", "3").what()) ==
        "dev.tsv:7: found 2 columns, expected 3");
  CHECK(std::string(vc::InputError("dev.tsv", 0, "no rows", "one at least").what()) ==
        "dev.tsv: found no rows, expected one at least");
}

#if VAECOLLAPSE_CHECKED
TEST_CASE("Checked builds: a broken invariant says which") {
  const int one = 1;
  CHECK_NOTHROW(VAECOLLAPSE_ASSERT(one == 1));
  CHECK_THROWS_WITH_AS(VAECOLLAPSE_ASSERT(one == 2), "vaecollapse: broken invariant one == 2",
                       vc::Error);
}
#endif
