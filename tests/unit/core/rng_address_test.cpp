// Addresses of draws: each has its own, and what does not fit is refused.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>

#include "rng_support.hpp"

namespace vc = vaecollapse;
using rng_test::Fnv;
using rng_test::normal_limit;
using vc::Draws;
using vc::Pass;
using vc::Stream;

namespace {

struct Address {
  std::uint32_t pass, step, stream, row, sample, position, block;
  bool operator==(const Address&) const = default;
};

/// x such that odd x = 1, by Newton's iteration.
constexpr std::uint32_t inverse(std::uint32_t odd) {
  std::uint32_t x = odd;
  for (int i = 0; i < 5; ++i) x *= 2 - odd * x;
  return x;
}

/// The counter of which Philox made the block: each round can be undone.
vc::PhiloxBlock counter_of(vc::PhiloxBlock c, std::uint64_t seed) {
  constexpr std::uint32_t a = 0xD2511F53, b = 0xCD9E8D57;
  const auto low = static_cast<std::uint32_t>(seed), high = static_cast<std::uint32_t>(seed >> 32);
  for (std::uint32_t round = 10; round-- > 0;) {
    const std::uint32_t c0 = inverse(a) * c[3], c2 = inverse(b) * c[1];
    const auto high_a = static_cast<std::uint32_t>(std::uint64_t{a} * c0 >> 32);
    const auto high_b = static_cast<std::uint32_t>(std::uint64_t{b} * c2 >> 32);
    c = {c0, c[0] ^ high_b ^ (low + round * 0x9E3779B9u), c2,
         c[2] ^ high_a ^ (high + round * 0xBB67AE85u)};
  }
  return c;
}

/// The address that has this counter: as there is one function back, no two have the same.
Address address_of(const vc::PhiloxBlock& c) {
  const std::uint32_t form = c[0] >> 30, step = c[0] & 0x3fffffff, stream = c[1] & 0xffff;
  const std::uint32_t high = c[1] >> 16, row = c[2], low = c[3];
  if (form < 3) {
    return {form, step, stream, row, low >> 19, high << 9 | (low >> 10 & 511), low & 1023};
  }
  return {high >> 14,
          step,
          stream,
          row,
          high >> 1 & 8191,
          (high & 1) << 12 | low >> 20,
          low & ((1u << 20) - 1)};
}

/// The address is found again from its draws.
bool is_found_again(std::uint64_t seed, const Address& address) {
  const Draws draws(seed, address.step, Pass(address.pass));
  return address ==
         address_of(counter_of(draws.bits(Stream(address.stream), address.row, address.sample,
                                          address.position, address.block),
                               seed));
}

}  // namespace

TEST_CASE("every address has draws of its own: it can be told from them") {
  std::size_t lost = 0, addresses = 0;
  const auto add = [&](std::uint64_t seed, const Address& address) {
    lost += is_found_again(seed, address) ? 0 : 1;
    ++addresses;
  };
  // Each coordinate at its edges, where one field of the counter could spill into the next.
  for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32, ~0ull})
    for (const std::uint32_t step : {0u, 1u, (1u << 30) - 1})
      for (const std::uint32_t pass : {0u, 1u, 2u})
        for (const std::uint32_t stream : {1u, 2u, 65535u})
          for (const std::uint32_t row : {0u, 1u, ~0u})
            for (const std::uint32_t sample : {0u, 1u, 8191u})
              for (const std::uint32_t position :
                   {0u, 1u, 511u, 512u, 4095u, 4096u, 8191u, 8192u, (1u << 25) - 1})
                for (const std::uint32_t block : {0u, 1u, 1023u, 1024u, 1025u, (1u << 20) - 1})
                  if (block < 1024 || position < 8192)
                    add(seed, {pass, step, stream, row, sample, position, block});
  // And anywhere.
  std::uint64_t state = 88172645463325252u;
  const auto below = [&state](std::uint32_t bound) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<std::uint32_t>((state >> 32) * bound >> 32);
  };
  for (int i = 0; i < 100000; ++i) {
    const bool wide = i % 2 == 0;
    add(state, {below(3), below(1u << 30), below(Draws::streams), below(~0u), below(Draws::samples),
                below(wide ? Draws::far : Draws::positions),
                below(wide ? Draws::unit_blocks : Draws::near_units / 4)});
  }
  CHECK(lost == 0);
  CHECK(addresses > 140000);
}

TEST_CASE("the addresses of version 0.1.0 keep their draws at every edge") {
  // If this fails, do not store a new hash: every published result would change.
  Fnv hash;
  for (const std::uint64_t seed : {0ull, ~0ull})
    for (const std::uint32_t step : {0u, (1u << 30) - 1})
      for (const Pass pass : {Pass::train, Pass::evaluate, Pass::diagnose})
        for (const std::uint32_t stream : {1u, 65535u})
          for (const std::uint32_t row : {0u, ~0u})
            for (const std::uint32_t sample : {0u, 8191u})
              for (const std::uint32_t position : {0u, 511u, 512u, 8191u, 8192u, (1u << 25) - 1})
                for (const std::uint32_t block : {0u, 1u, 1023u})
                  for (const std::uint32_t word :
                       Draws(seed, step, pass).bits(Stream(stream), row, sample, position, block))
                    hash(word);
  CHECK(hash.hash == 0xbf988562a6f39faau);
}

TEST_CASE("units beyond 4096 have draws that never change") {
  const Draws draws(7, 3, Pass::evaluate);
  Fnv hash;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::uint32_t block = 1024 + i * 1047;
    for (const std::uint32_t word : draws.bits(Stream(i % 10), i * 977, i % 8192, i * 8, block))
      hash(word);
  }
  CHECK(hash.hash == 0xdc188baaaa9d7cfdu);
  // A column of 10,000 units: the first 4096 are those that a narrower one has.
  const std::vector<std::uint32_t> rows{0, 4000000000u};
  std::vector<double> narrow(2 * 4096), wide(2 * 10000);
  const auto fill = [&](std::vector<double>& out, vc::Index units) {
    vc::fill_normal(draws, Stream::latent, std::span<const std::uint32_t>(rows), 8191,
                    vc::View<double>(out.data(), units, 2));
  };
  fill(narrow, 4096);
  fill(wide, 10000);
  for (std::size_t j = 0; j < 2; ++j) {
    CHECK(std::equal(narrow.begin() + static_cast<std::ptrdiff_t>(4096 * j),
                     narrow.begin() + static_cast<std::ptrdiff_t>(4096 * (j + 1)),
                     wide.begin() + static_cast<std::ptrdiff_t>(10000 * j)));
  }
  CHECK(std::set<double>(wide.begin(), wide.end()).size() > 19990);  // of 2^32 values
  double sum = 0, squares = 0;
  for (const double x : wide) sum += x, squares += x * x;
  CHECK(std::abs(sum / 20000) < normal_limit / std::sqrt(20000));
  CHECK(std::abs(squares / 20000 - 1) < normal_limit * std::sqrt(2.0 / 20000));
}

TEST_CASE("a number that does not fit its field is an error that names it") {
  const Draws draws(1, 0);
  CHECK_THROWS_WITH_AS(Draws(1, std::uint64_t{1} << 30),
                       "draws: step is 1073741824: it must be below 1073741824", vc::Error);
  CHECK_THROWS_WITH_AS(Draws(1, (std::uint64_t{1} << 32) + 5),
                       "draws: step is 4294967301: it must be below 1073741824", vc::Error);
  CHECK_THROWS_WITH_AS(Draws(1, 0, Pass(3)), "draws: pass is 3: it must be below 3", vc::Error);
  CHECK_THROWS_WITH_AS(draws.bits(Stream(65536), 0, 0, 0, 0),
                       "draws: stream is 65536: it must be below 65536", vc::Error);
  CHECK_THROWS_WITH_AS(draws.bits(Stream::latent, 0, 8192, 0, 0),
                       "draws: sample is 8192: it must be below 8192", vc::Error);
  CHECK_THROWS_WITH_AS(draws.bits(Stream::latent, 0, 0, 1u << 25, 0),
                       "draws: position is 33554432: it must be below 33554432", vc::Error);
  CHECK_THROWS_WITH_AS(draws.uniform(Stream::latent, 0, 0, 0, Draws::units),
                       "draws: unit block is 1048576: it must be below 1048576", vc::Error);
  CHECK_THROWS_WITH_AS(
      draws.uniform(Stream::latent, 0, 0, 8192, 4096),
      "draws: position is 8192 and unit block 1024: one must be below 8192 or the other below 1024",
      vc::Error);
  CHECK_NOTHROW(draws.uniform(Stream::latent, 0, 0, 8192, 4095));
  CHECK_NOTHROW(draws.uniform(Stream::latent, 0, 0, 8191, 4096));
}

TEST_CASE("fill: the words of the blocks one by one, also where the form of an address changes") {
  const Draws draws(7, 12, Pass::diagnose);
  const auto check = [&](std::uint32_t position, std::uint32_t first, std::size_t count) {
    std::vector<vc::PhiloxBlock> found(count + 1, vc::PhiloxBlock{1, 2, 3, 4});
    draws.fill(Stream::user, 5, 3, position, first, std::span(found).first(count));
    for (std::uint32_t i = 0; i < count; ++i) {
      CHECK(found[i] == draws.bits(Stream::user, 5, 3, position, first + i));
    }
    CHECK(found[count] == vc::PhiloxBlock{1, 2, 3, 4});
  };
  for (const std::uint32_t position : {0u, 8191u}) {
    for (const std::size_t count : {0u, 1u, 2u, 15u, 16u, 17u, 64u, 100u}) {
      for (const std::uint32_t first : {0u, 960u, 1023u, 1024u, 70000u}) {
        CAPTURE(first);
        check(position, first, count);
      }
    }
  }
  check(8192, 1000, 24);
  std::vector<vc::PhiloxBlock> words(25);
  CHECK_THROWS_AS(draws.fill(Stream::user, 5, 3, 8192, 1000, words), vc::Error);
}
