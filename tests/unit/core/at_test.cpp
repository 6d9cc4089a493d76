#include <array>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/at.hpp>

namespace vc = vaecollapse;
using vc::Index;

TEST_CASE("at: an element of a vector, span, array or string, by a signed index") {
  std::vector<int> numbers{3, 5, 7};
  vc::at(numbers, 1) += 1;
  CHECK(numbers == std::vector<int>{3, 6, 7});
  const std::span<const int> span(numbers);
  CHECK(vc::at(span, Index{2}) == 7);
  static_assert(std::is_same_v<decltype(vc::at(span, 0)), const int&>);
  constexpr std::array letters{'a', 'b'};
  static_assert(vc::at(letters, 1) == 'b');
  const std::vector<bool> flags{false, true};
  CHECK(vc::at(flags, 1));
  CHECK(vc::at(std::string("evler"), 4) == 'r');
}

#if VAECOLLAPSE_CHECKED
TEST_CASE("at: checked builds refuse an index outside") {
  const std::vector<int> numbers{3, 5, 7};
  CHECK_THROWS_AS(vc::at(numbers, 3), vc::Error);
  CHECK_THROWS_AS(vc::at(numbers, -1), vc::Error);
}
#endif
