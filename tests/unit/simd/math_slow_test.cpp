#include <support/float_sweep.hpp>

#include <doctest/doctest.h>

TEST_CASE("every float, against the double precision library") {
  vaecollapse_tests::check_floats(1);
}
