// Philox, the streams, and what is drawn from them.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/rng.hpp>

#include "rng_support.hpp"

namespace vc = vaecollapse;
using rng_test::Fnv;
using rng_test::normal_limit;
using vc::Draws;
using vc::Index;
using vc::Pass;
using vc::Stream;
using vc::View;

namespace {

/// The Kolmogorov-Smirnov statistic of numbers that should be uniform, times sqrt(n).
double kolmogorov(std::vector<double> u) {
  std::sort(u.begin(), u.end());
  const double n = static_cast<double>(u.size());
  double distance = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const double place = static_cast<double>(i);
    distance = std::max({distance, u[i] - place / n, (place + 1) / n - u[i]});
  }
  return distance * std::sqrt(n);
}
constexpr double kolmogorov_limit = 2.694;

double chi_square(std::span<const double> counts, std::span<const double> expected) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    sum += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
  return sum;
}

/// \source Wilson & Hilferty 1931
double chi_square_limit(std::size_t cells) {
  const double k = static_cast<double>(cells - 1);
  return k * std::pow(1 - 2 / (9 * k) + 4.753 * std::sqrt(2 / (9 * k)), 3);
}

double normal_below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

template <class Scalar>
std::vector<Scalar> normals(const Draws& draws, std::vector<std::uint32_t> rows, Index units,
                            std::uint32_t sample = 0) {
  std::vector<Scalar> out(rows.size() * static_cast<std::size_t>(units));
  vc::fill_normal(draws, Stream::latent, rows, sample,
                  View<Scalar>(out.data(), units, static_cast<Index>(rows.size())));
  return out;
}

std::vector<std::uint32_t> counting(std::size_t n) {
  std::vector<std::uint32_t> items(n);
  std::iota(items.begin(), items.end(), 0u);
  return items;
}

}  // namespace

TEST_CASE("Philox gives the published known answers") {
  // Random123's kat_vectors, philox4x32 with 10 rounds.
  using Block = std::array<std::uint32_t, 4>;
  CHECK(vc::philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(vc::philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(vc::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the streams never change") {
  // If this fails, do not store a new hash: every published result would change.
  Fnv hash;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const Draws draws(7, i, Pass(i % 3));
    for (const std::uint32_t word : draws.bits(Stream(i % 10), i * 977, i % 8192, i * 31, i % 1024))
      hash(word);
  }
  CHECK(hash.hash == 0x6eff4d1b579c4d48u);

  CHECK(vc::normal(0) == doctest::Approx(-6.3379577545537895).epsilon(1e-14));
  CHECK(vc::normal(1000000) == doctest::Approx(-3.4997689887583814).epsilon(1e-14));
  CHECK(vc::normal(0xdeadbeef) == doctest::Approx(1.1256287403742191).epsilon(1e-14));

  std::vector<std::uint32_t> items = counting(10);
  vc::shuffle<std::uint32_t>(items, Draws(7, 1), Stream::permutation);
  CHECK(items == std::vector<std::uint32_t>{0, 5, 8, 7, 1, 4, 6, 2, 3, 9});
  vc::derangement<std::uint32_t>(Draws(7, 1), Stream::permutation, items);
  CHECK(items == std::vector<std::uint32_t>{7, 0, 6, 4, 1, 3, 5, 9, 2, 8});

  std::vector<std::uint32_t> lengths;
  for (std::uint32_t step = 0; step < 12; ++step)
    lengths.push_back(
        vc::poisson(Draws(7, step).uniform(Stream::contiguous_dropout, 3, 0, 2, 1), 3.5));
  CHECK(lengths == std::vector<std::uint32_t>{2, 4, 3, 10, 2, 5, 2, 3, 4, 5, 2, 6});
}

TEST_CASE("stream ids are frozen") {
  CHECK(static_cast<std::uint32_t>(Stream::initial_weights) == 1);
  CHECK(static_cast<std::uint32_t>(Stream::latent) == 2);
  CHECK(static_cast<std::uint32_t>(Stream::batch_order) == 3);
  CHECK(static_cast<std::uint32_t>(Stream::character_dropout) == 4);
  CHECK(static_cast<std::uint32_t>(Stream::contiguous_dropout) == 5);
  CHECK(static_cast<std::uint32_t>(Stream::embedding_dropout) == 7);
  CHECK(static_cast<std::uint32_t>(Stream::permutation) == 8);
  CHECK(static_cast<std::uint32_t>(Stream::prior) == 9);
  CHECK(static_cast<std::uint32_t>(Stream::sampled_symbols) == 10);
  CHECK(static_cast<std::uint32_t>(Stream::lengths) == 11);
  CHECK(static_cast<std::uint32_t>(Stream::random_strings) == 12);
  CHECK(static_cast<std::uint32_t>(Stream::hallucinated_words) == 13);
  CHECK(static_cast<std::uint32_t>(Stream::output_dropout) == 14);
  CHECK(static_cast<std::uint32_t>(Stream::synthetic_language) == 15);
  CHECK(static_cast<std::uint32_t>(Stream::user) == 1000);
}

TEST_CASE("a unit is a word of its block") {
  const Draws draws(3, 9, Pass::evaluate);
  for (std::uint32_t unit = 0; unit < 12; ++unit) {
    const auto block = draws.bits(Stream::latent, 5, 1, 2, unit / 4);
    CHECK(draws.word(Stream::latent, 5, 1, 2, unit) == block[unit % 4]);
    CHECK(draws.uniform(Stream::latent, 5, 1, 2, unit) == vc::uniform01(block[unit % 4]));
  }
}

TEST_CASE("uniform numbers: ends and distribution") {
  CHECK(vc::uniform01(0) > 0);
  CHECK(vc::uniform01(~0u) < 1);
  CHECK(vc::uniform01(~0u) == 1 - vc::uniform01(0));
  // Along each coordinate of the address.
  const Draws draws(11, 4);
  std::array<std::vector<double>, 5> samples;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    samples[0].push_back(Draws(11, i).uniform(Stream::latent, 0, 0, 0, 0));
    samples[1].push_back(draws.uniform(Stream::latent, i, 0, 0, 0));
    samples[2].push_back(draws.uniform(Stream::latent, 0, i % 8192, i / 8192, 1));
    samples[3].push_back(draws.uniform(Stream::latent, 1, 0, i, 2));
    samples[4].push_back(draws.uniform(Stream::latent, 2, 0, 0, i));
  }
  for (const std::vector<double>& sample : samples) CHECK(kolmogorov(sample) < kolmogorov_limit);
}

TEST_CASE("neighbouring addresses are uncorrelated") {
  const Draws draws(5, 100), next_step(5, 101), next_seed(6, 100), other(5, 100, Pass::evaluate);
  constexpr std::uint32_t n = 50000;
  std::array<double, 8> sums{};
  for (std::uint32_t i = 0; i < n; ++i) {
    const auto z = [i](const Draws& from, Stream stream, std::uint32_t row, std::uint32_t sample,
                       std::uint32_t position, std::uint32_t unit) {
      return vc::normal(from.word(stream, 3 * i + row, sample, position, unit));
    };
    const double here = z(draws, Stream::latent, 0, 0, 0, 0);
    sums[0] += here * z(next_step, Stream::latent, 0, 0, 0, 0);
    sums[1] += here * z(next_seed, Stream::latent, 0, 0, 0, 0);
    sums[2] += here * z(other, Stream::latent, 0, 0, 0, 0);
    sums[3] += here * z(draws, Stream::prior, 0, 0, 0, 0);
    sums[4] += here * z(draws, Stream::latent, 1, 0, 0, 0);
    sums[5] += here * z(draws, Stream::latent, 0, 1, 0, 0);
    sums[6] += here * z(draws, Stream::latent, 0, 0, 1, 0);
    sums[7] += here * z(draws, Stream::latent, 0, 0, 0, 1);
  }
  for (const double sum : sums) CHECK(std::abs(sum) / std::sqrt(double(n)) < normal_limit);
}

TEST_CASE("normal is the inverse of the normal distribution") {
  double worst = 0;
  bool odd = true, rising = true;
  double last = -10;
  for (std::uint64_t wide = 0; wide < (std::uint64_t{1} << 32); wide += 40009) {
    const auto word = static_cast<std::uint32_t>(wide);
    const double z = vc::normal(word);
    odd = odd && z == -vc::normal(~word);
    rising = rising && z > last;
    last = z;
    if (z > 0) continue;  // 1 - u loses digits; the other half is its mirror
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * 3.14159265358979324);
    worst = std::max(worst, std::abs(normal_below(z) - vc::uniform01(word)) / density);
  }
  CHECK(worst < 4e-15);
  CHECK(odd);
  CHECK(rising);
  CHECK(std::abs(vc::normal(0)) < 6.4);
}

TEST_CASE("fill_normal: distribution") {
  const std::vector<double> z = normals<double>(Draws(2, 17), counting(500), 130);
  std::vector<double> u(z.size());
  std::transform(z.begin(), z.end(), u.begin(), normal_below);
  CHECK(kolmogorov(u) < kolmogorov_limit);
}

TEST_CASE("fill_normal: a row draws the same in any batch, at any width, in any precision") {
  const Draws draws(8, 3);
  const std::vector<float> batch = normals<float>(draws, {4, 900, 17}, 7);
  const std::vector<float> alone = normals<float>(draws, {17}, 7);
  CHECK(std::equal(alone.begin(), alone.end(), batch.begin() + 14));
  const std::vector<float> narrow = normals<float>(draws, {17}, 5);
  CHECK(std::equal(narrow.begin(), narrow.end(), alone.begin()));
  const std::vector<double> precise = normals<double>(draws, {17}, 7);
  for (std::size_t i = 0; i < alone.size(); ++i) CHECK(alone[i] == static_cast<float>(precise[i]));
  CHECK(normals<float>(draws, {17}, 7, 1) != alone);
}

TEST_CASE("fill_normal writes columns of any leading dimension") {
  std::vector<double> memory(3 * 8, -1);
  const std::vector<std::uint32_t> rows{0, 1, 2};
  vc::fill_normal(Draws(1, 0), Stream::prior, rows, 0, View<double>(memory.data(), 6, 3, 8));
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(memory[8 * j + 5] != -1);
    CHECK(memory[8 * j + 6] == -1);
    CHECK(memory[8 * j + 7] == -1);
  }
}

TEST_CASE("bernoulli") {
  CHECK(vc::bernoulli(~0u, 1.0));
  CHECK_FALSE(vc::bernoulli(0, 0.0));
  const Draws draws(1, 1);
  constexpr std::uint32_t n = 100000;
  for (const double p : {0.01, 0.3, 0.9}) {
    double count = 0;
    for (std::uint32_t i = 0; i < n; ++i)
      count += vc::bernoulli(draws.word(Stream::user, i, 0, 0, 0), p) ? 1 : 0;
    CHECK(std::abs(count - n * p) / std::sqrt(n * p * (1 - p)) < normal_limit);
  }
}

TEST_CASE("poisson") {
  const Draws draws(1, 2);
  constexpr std::uint32_t n = 100000;
  for (const double lambda : {0.1, 3.5, 40.0}) {
    CAPTURE(lambda);
    // A cell for each number that is expected 20 times or more, one for all others.
    std::vector<double> counts(1), expected{double(n)};
    std::vector<std::size_t> cell(400, 0);
    for (std::size_t k = 0; k < cell.size(); ++k) {
      const double count =
          n * std::exp(double(k) * std::log(lambda) - lambda - std::lgamma(double(k) + 1));
      if (count < 20) continue;
      cell[k] = counts.size();
      counts.push_back(0);
      expected.push_back(count);
      expected[0] -= count;
    }
    for (std::uint32_t i = 0; i < n; ++i)
      ++counts[cell[vc::poisson(draws.uniform(Stream::user, i, 0, 0, 1), lambda)]];
    CHECK(chi_square(counts, expected) < chi_square_limit(counts.size()));
  }
}

TEST_CASE("poisson: edges and errors") {
  CHECK(vc::poisson(vc::uniform01(~0u), 0) == 0);
  CHECK(vc::poisson(vc::uniform01(0), 3.5) == 0);
  CHECK(vc::poisson(vc::uniform01(~0u), 3.5) == 21);
  const std::uint32_t largest = vc::poisson(vc::uniform01(~0u), 700);
  CHECK(largest > 800);
  CHECK(largest < 900);
  CHECK_THROWS_WITH_AS(vc::poisson(0.5, -1), "poisson: lambda is -1.000000: it must be in [0, 700]",
                       vc::Error);
  CHECK_THROWS_AS(vc::poisson(0.5, 701), vc::Error);
  CHECK_THROWS_AS(vc::poisson(0.5, std::nan("")), vc::Error);
}

TEST_CASE("shuffle gives each order alike") {
  std::array<double, 24> counts{}, expected{};
  constexpr std::uint32_t n = 24000;
  expected.fill(n / 24.0);
  for (std::uint32_t step = 0; step < n; ++step) {
    std::array<std::uint32_t, 4> items{0, 1, 2, 3};
    vc::shuffle(std::span<std::uint32_t>(items), Draws(3, step), Stream::permutation);
    std::size_t code = 0;  // the order's number in lexical order
    for (std::size_t i = 0; i < 4; ++i) {
      std::size_t smaller = 0;
      for (std::size_t j = i + 1; j < 4; ++j) smaller += items[j] < items[i] ? 1 : 0;
      code = code * (4 - i) + smaller;
    }
    ++counts[code];
  }
  CHECK(chi_square(counts, expected) < chi_square_limit(24));
}

TEST_CASE("shuffle keeps every item, and samples tell shuffles apart") {
  for (std::size_t n = 0; n < 100; ++n) {
    std::vector<std::uint32_t> items = counting(n);
    vc::shuffle<std::uint32_t>(items, Draws(3, n), Stream::permutation);
    std::sort(items.begin(), items.end());
    CHECK(items == counting(n));
  }
  std::vector<std::uint32_t> first = counting(50), second = counting(50), again = counting(50);
  vc::shuffle<std::uint32_t>(first, Draws(3, 0), Stream::permutation, 0);
  vc::shuffle<std::uint32_t>(second, Draws(3, 0), Stream::permutation, 1);
  vc::shuffle<std::uint32_t>(again, Draws(3, 0), Stream::permutation, 0);
  CHECK(first != second);
  CHECK(first == again);
}

TEST_CASE("derangement leaves nothing in its place and is one cycle") {
  for (std::size_t n = 0; n < 200; ++n) {
    std::vector<Index> items(n);
    vc::derangement<Index>(Draws(4, n), Stream::permutation, items);
    if (n < 2) {
      CHECK(std::count(items.begin(), items.end(), 0) == static_cast<Index>(n));
      continue;
    }
    std::size_t place = 0, steps = 0;
    do {
      place = static_cast<std::size_t>(items[place]);
      ++steps;
    } while (place != 0 && steps <= n);
    CHECK(steps == n);
  }
}

TEST_CASE("derangement gives each cycle alike") {
  // The 6 cycles of 4 items, told apart by what follows 0 and what follows that.
  std::array<double, 16> counts{};
  constexpr std::uint32_t n = 12000;
  for (std::uint32_t step = 0; step < n; ++step) {
    std::array<std::uint32_t, 4> items{};
    vc::derangement(Draws(4, step), Stream::permutation, std::span<std::uint32_t>(items));
    ++counts[items[0] * 4 + items[items[0]]];
  }
  std::vector<double> seen;
  for (const double count : counts)
    if (count > 0) seen.push_back(count);
  REQUIRE(seen.size() == 6);
  const std::vector<double> expected(6, n / 6.0);
  CHECK(chi_square(seen, expected) < chi_square_limit(6));
}
