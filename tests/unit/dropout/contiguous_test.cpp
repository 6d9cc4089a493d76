#include <cmath>
#include <initializer_list>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/contiguous.hpp>

#include "support.hpp"

using namespace dropout_test;
namespace vc = vaecollapse;

namespace {

/// The drop rate by its definition: no recursion, no early stop.
double drop_rate_by_definition(double beta, double lambda) {
  double kept = 1;
  for (int k = 0; k < 400; ++k) {
    double longer = 0;
    for (int n = k + 1; n < 500; ++n) {
      longer += std::exp(n * std::log(lambda) - lambda - std::lgamma(n + 1.0));
    }
    kept *= 1 - beta * longer;
  }
  return 1 - kept;
}

}  // namespace

TEST_CASE("the drop rates of the table in the article's setting") {
  CHECK(vc::contiguous_drop_rate(0.05, 3.5) == doctest::Approx(0.163).epsilon(0.003));
  CHECK(vc::contiguous_drop_rate(0.10, 3.5) == doctest::Approx(0.304).epsilon(0.002));
  CHECK(vc::contiguous_drop_rate(0.15, 3.5) == doctest::Approx(0.426).epsilon(0.002));
  CHECK(vc::contiguous_drop_rate(0.20, 3.5) == doctest::Approx(0.530).epsilon(0.002));
}

TEST_CASE("the drop rate is that of its definition") {
  for (const double beta : {0.01, 0.3, 1.0}) {
    for (const double lambda : {0.2, 1.0, 3.5, 20.0, 100.0}) {
      CAPTURE(beta);
      CAPTURE(lambda);
      CHECK(std::abs(vc::contiguous_drop_rate(beta, lambda) -
                     drop_rate_by_definition(beta, lambda)) < 1e-11);
    }
  }
  CHECK(vc::contiguous_drop_rate(0, 3.5) == 0.0);
  CHECK(vc::contiguous_drop_rate(0.5, 0) == 0.0);
}

TEST_CASE("solving for beta gives back the wanted rate") {
  CHECK(vc::contiguous_beta(0.4, 3.5) == doctest::Approx(0.14).epsilon(0.02));
  for (const double rate : {0.0, 0.05, 0.4, 0.95}) {
    CAPTURE(rate);
    const double beta = vc::contiguous_beta(rate, 3.5);
    CHECK(std::abs(vc::contiguous_drop_rate(beta, 3.5) - rate) < 1e-12);
  }
  CHECK_THROWS_WITH_AS(vc::contiguous_beta(0.9, 0.5),
                       "contiguous_beta: rate is 0.900000, it must lie between 0 and 0.457175, "
                       "the most that spans of mean length 0.500000 can drop",
                       vc::Error);
}

TEST_CASE("measured far from the start, the drop rate equals the formula") {
  const Words words = Words::of_length(12000, 40);
  struct Setting {
    double beta, lambda;
  };
  for (const Setting setting : {Setting{0.05, 3.5}, Setting{0.2, 3.5}, Setting{0.3, 1.0}}) {
    const double beta = setting.beta, lambda = setting.lambda;
    CAPTURE(beta);
    CAPTURE(lambda);
    const double expected = vc::contiguous_drop_rate(beta, lambda);
    const Corruption corruption = words.corrupt(vc::ContiguousDropout<>(beta, lambda));
    // A span that reaches 24 positions on has probability below 1e-11.
    const Rate rate = measure(words, corruption, 25, expected);
    CAPTURE(expected);
    CAPTURE(rate.mean);
    CHECK(std::abs(rate.errors_from_expected) < too_many_errors);
  }
}

TEST_CASE("near the start fewer spans can reach: position 1 is dropped as its own start alone") {
  const Words words = Words::of_length(40000, 2);
  const Corruption corruption = words.corrupt(vc::ContiguousDropout<0.3, 3.5>());
  const Rate rate = measure(words, corruption, 1, 0.3 * (1 - std::exp(-3.5)));
  CAPTURE(rate.mean);
  CHECK(std::abs(rate.errors_from_expected) < too_many_errors);
}

TEST_CASE("what is dropped is the union of the spans that the draws give") {
  const Words words = Words::of_length(50, 30);
  const Draws draws(11, 3);
  const Corruption corruption = words.corrupt(vc::ContiguousDropout<0.15, 3.5>(), draws);
  for (Index b = 0; b < 50; ++b) {
    std::vector<bool> dropped(30, false);
    for (std::uint32_t start = 1; start < 30; ++start) {
      const auto draw = [&](std::uint32_t unit) {
        return draws.uniform(vc::Stream::contiguous_dropout, static_cast<std::uint32_t>(b), 0,
                             start, unit);
      };
      if (!(draw(0) < 0.15)) continue;
      const auto length = static_cast<std::size_t>(vc::poisson(draw(1), 3.5));
      for (std::size_t t = start; t < start + length && t < 30; ++t) dropped[t] = true;
    }
    for (Index t = 0; t < 30; ++t) {
      CHECK(words.dropped(corruption, b, t) == dropped[static_cast<std::size_t>(t)]);
    }
  }
}

TEST_CASE("length 0 drops nothing; the start symbol stays; targets never change") {
  const Words words = Words::of_length(2000, 8);
  const std::vector<Symbol> before = words.ids;
  CHECK(words.corrupt(vc::ContiguousDropout<1, 0>()).ids == words.ids);
  const Corruption most = words.corrupt(vc::ContiguousDropout<1, 100>());
  CHECK(words.row(most, 1234) == std::vector<Symbol>{100, 0, 0, 0, 0, 0, 0, 0});
  const Corruption all =
      words.corrupt(vc::ContiguousDropout<>(1, 100, {.replacement = -1, .drop_start = true}));
  CHECK(words.row(all, 1234) == std::vector<Symbol>(8, vc::no_symbol));
  CHECK(words.ids == before);
}

TEST_CASE("a row drops the same whatever batch it stands in") {
  const vc::ContiguousDropout<0.2, 3.5> dropout;
  const Words many({3, 8, 1, 4}, {9, 12, 5, 12}), turned({4, 1, 8, 3}, {12, 5, 12, 9});
  const Corruption corruption = many.corrupt(dropout), other = turned.corrupt(dropout);
  for (Index b = 0; b < 4; ++b) CHECK(many.row(corruption, b) == turned.row(other, 3 - b));
}

TEST_CASE("the template and the run-time form drop the same") {
  const Words words = Words::of_length(30, 12);
  CHECK(words.corrupt(vc::ContiguousDropout<0.1, 3.5>()).ids ==
        words.corrupt(vc::ContiguousDropout<>(0.1, 3.5)).ids);
}

TEST_CASE("numbers that make no sense are refused") {
  CHECK_THROWS_WITH_AS(vc::ContiguousDropout<>(0.1, 200),
                       "ContiguousDropout: beta is 0.100000 and lambda 200.000000: beta must lie "
                       "between 0 and 1, lambda between 0 and 100",
                       vc::Error);
  CHECK_THROWS_AS(vc::ContiguousDropout<>(-0.1, 3), vc::Error);
  CHECK_THROWS_AS(vc::contiguous_drop_rate(2, 3), vc::Error);
}
