// The hash against the published values of FNV-1a, and that it keeps texts apart.
#include <string_view>

#include <doctest/doctest.h>

#include <vaecollapse/core/hash.hpp>

using namespace vaecollapse;

namespace {

std::uint64_t of_bytes(std::string_view bytes) {
  Hash hash;
  hash.add(std::as_bytes(std::span(bytes)));
  return hash.value();
}

std::uint64_t of_texts(std::string_view one, std::string_view other) {
  Hash hash;
  hash.add(one);
  hash.add(other);
  return hash.value();
}

}  // namespace

TEST_CASE("the hash is FNV-1a") {
  // From the test vectors of draft-eastlake-fnv.
  CHECK(of_bytes("") == 0xCBF29CE484222325);
  CHECK(of_bytes("a") == 0xAF63DC4C8601EC8C);
  CHECK(of_bytes("foobar") == 0x85944171F73967E8);
}

TEST_CASE("two texts are not the same as one that is cut elsewhere") {
  CHECK(of_texts("ab", "c") != of_texts("a", "bc"));
  CHECK(of_texts("ab", "c") == of_texts("ab", "c"));
}

TEST_CASE("a hash goes on from a value, and is shown with all its digits") {
  Hash whole;
  whole.add("a");
  Hash rest(whole.value());
  rest.add("b");
  CHECK(rest.value() == of_texts("a", "b"));
  CHECK(to_string(Hash(0xAF)) == "00000000000000af");
}
