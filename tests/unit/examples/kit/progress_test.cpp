// What is drawn on a terminal, and what a comparison shows.
#include "kit/compare/progress.hpp"

#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include "kit/terminal.hpp"
#include "unit/examples/written.hpp"

using vaecollapse::test::written;

TEST_CASE("durations") {
  CHECK(kit::show_duration(0) == "0:00");
  CHECK(kit::show_duration(0.2) == "0:01");
  CHECK(kit::show_duration(61) == "1:01");
  CHECK(kit::show_duration(3600 + 2 * 60 + 3) == "1:02:03");
  CHECK(kit::show_duration(-1) == "0:00");
}

TEST_CASE("the bar fills its width") {
  CHECK(kit::bar(0, 7) == "[>    ]");
  CHECK(kit::bar(0.4, 7) == "[==>  ]");
  CHECK(kit::bar(1, 7) == "[=====]");
  CHECK(kit::bar(2, 7) == "[=====]");
  CHECK(kit::bar(0.5, 2) == "");
}

TEST_CASE("one run of a comparison is told in the singular") {
  const auto runs_line = [](std::size_t runs) {
    return written([&](std::FILE* file) { const kit::ComparisonProgress progress(file, runs, 1); });
  };
  CHECK(runs_line(1) == "1 run, 1 of them done before\n");
  CHECK(runs_line(2) == "2 runs, 1 of them done before\n");
}
