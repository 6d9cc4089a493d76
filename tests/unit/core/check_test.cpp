// What errors say.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

namespace vc = vaecollapse;

TEST_CASE("a message shows texts of every kind and numbers of every type") {
  const std::string text = "text";
  CHECK(vc::detail::message_of({}).empty());
  CHECK(vc::detail::message_of({"a ", std::string_view("longer one").substr(0, 6), ", ", text,
                                std::string(" and more")}) == "a longer, text and more");
  CHECK(vc::detail::message_of({0, " ", -1, " ", 7u, " ", std::size_t{8}, " ", std::ptrdiff_t{-9},
                                " ", short{-3}}) == "0 -1 7 8 -9 -3");
  CHECK(vc::detail::message_of({std::numeric_limits<std::int64_t>::min(), " ",
                                std::numeric_limits<std::int64_t>::max(), " ",
                                std::numeric_limits<std::uint64_t>::max(), " ",
                                std::numeric_limits<int>::min()}) ==
        "-9223372036854775808 9223372036854775807 18446744073709551615 -2147483648");
  CHECK(vc::detail::message_of({-0.25, " ", 1.5f, " ", std::nan("")}) == "-0.250000 1.500000 nan");
}

TEST_CASE("an error of several parts says them one after the other") {
  CHECK_THROWS_WITH_AS(vc::detail::raise_error({"size is ", -2, ": too small"}),
                       "size is -2: too small", vc::Error);
}

TEST_CASE("an error about a text names its line, and one about a whole file none") {
  CHECK(std::string(vc::InputError("a.tsv", 12, "x", "y").what()) ==
        "a.tsv:12: found x, expected y");
  CHECK_THROWS_WITH_AS(vc::detail::refuse_input("a.tsv", {3, " rows"}, {"at least ", 4}),
                       "a.tsv: found 3 rows, expected at least 4", vc::InputError);
}
