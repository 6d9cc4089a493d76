#include <doctest/doctest.h>

#include <vaecollapse/metrics/symbol_scores.hpp>

using vaecollapse::is_better;

TEST_CASE("the better has more right, or as many and lies nearer; of equals the first stays") {
  CHECK(is_better({0.5, 9}, {0.4, 1}));
  CHECK_FALSE(is_better({0.4, 1}, {0.5, 9}));
  CHECK(is_better({0.5, 1}, {0.5, 2}));
  CHECK_FALSE(is_better({0.5, 2}, {0.5, 1}));
  CHECK_FALSE(is_better({0.5, 1}, {0.5, 1}));
  CHECK(is_better({0, 3}, {-1, 0}));  // as the trainer begins
}
