// The posterior family of places: its shapes, its densities, and the price of the number of places.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/core/statistics.hpp>
#include <vaecollapse/core/team.hpp>
#include <vaecollapse/latent/concepts.hpp>
#include <vaecollapse/latent/length_prior.hpp>
#include <vaecollapse/latent/places.hpp>
#include <vaecollapse/latent/refinements.hpp>

namespace places_test {
namespace {

namespace vc = vaecollapse;
using vc::Index;

static_assert(vc::PosteriorFamily<vc::PlacesHead> && vc::HasPrior<vc::PlacesHead>);
static_assert(vc::has_sequence_latent<vc::PlacesHead> && vc::HasKlRows<vc::PlacesHead>);
static_assert(!vc::GaussianFamily<vc::PlacesHead> && !vc::VectorPosterior<vc::PlacesHead>);

constexpr double pi = 3.14159265358979323846;
constexpr Index input = 5, place = 3, global = 7, global_columns = 3;
const std::vector<std::uint32_t> rows{4, 9, 1};

/// A head with parameters, and a code of three rows with two places, four and one.
template <class Scalar = double>
struct Bench {
  vc::Layout layout;
  vc::PlacesHead head;
  vc::Parameters<Scalar> parameters;
  std::vector<Index> places{2, 4, 1};
  vc::SequencePlan plan;
  std::vector<Scalar> numbers;

  explicit Bench(Index of_global = global, bool counts_length = true)
      : head(layout, "posterior",
             {.input = input,
              .place = place,
              .global = of_global,
              .counts_length = counts_length,
              .longest = 6}),
        parameters(layout, vc::Seed{3}),
        plan(std::vector<Index>{3, 5, 2}) {
    const vc::Draws draws(8, 0);
    for (std::uint32_t i = 0; Index(i) < input * plan.columns(); ++i) {
      numbers.push_back(
          static_cast<Scalar>(vc::normal(draws.bits(vc::Stream::user, i, 0, 0, 0)[0])));
    }
  }

  void count() { head.lengths()->count(parameters, std::vector<Index>{1, 2, 2, 3, 3, 3, 3, 4, 9}); }
  template <class C>
  vc::Sequence<Scalar> code(C& cx) const {
    const auto columns = cx.template make<2>(vc::Shape<2>{{input, plan.columns()}});
    std::copy(numbers.begin(), numbers.end(), columns.data());
    return {columns, &plan};
  }
};

/// Nine lengths are counted, and one more of each from 1 to 6 and of a longer one.
double p(Index length) {
  const std::vector<double> counts{2, 3, 5, 2, 1, 1};
  if (length <= 6) return counts[static_cast<std::size_t>(length - 1)] / 16;
  return 2.0 / 16 * std::pow(0.5, static_cast<double>(length - 6));
}

}  // namespace

TEST_CASE("places: the length's price is a smoothed histogram with a tail") {
  Bench<float> bench;
  bench.count();
  vc::Workspace<float> workspace(bench.parameters);
  const vc::LengthPrior& lengths = *bench.head.lengths();
  CHECK(lengths.longest() == 6);
  double total = 0;
  for (Index length = 1; length < 60; ++length) {
    const double found = std::exp(lengths.log_probability(workspace, length));
    CHECK(found == doctest::Approx(p(length)).epsilon(1e-6));
    total += found;
  }
  CHECK(total == doctest::Approx(1).epsilon(1e-6));
  // Counting again forgets what was counted.
  lengths.count(bench.parameters, {});
  vc::Workspace<float> anew(bench.parameters);
  CHECK(std::exp(lengths.log_probability(anew, 3)) == doctest::Approx(1.0 / 7));
}

TEST_CASE("places: lengths are drawn by row, as often as they are likely") {
  Bench<float> bench;
  bench.count();
  vc::Workspace<float> workspace(bench.parameters);
  constexpr std::uint32_t count = 40000;
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), std::uint32_t{0});
  std::vector<Index> drawn(count);
  const vc::Draws draws(5, 0);
  bench.head.lengths()->draw(workspace, draws, all, drawn);
  // Each count lies within five deviations: all eight with a probability of more than 1 - 5e-6.
  for (Index length = 1; length <= 8; ++length) {
    const auto found = static_cast<double>(std::count(drawn.begin(), drawn.end(), length));
    const double expected = count * p(length);
    CAPTURE(length);
    CHECK(std::abs(found - expected) < 5 * std::sqrt(expected * (1 - p(length))));
  }
  std::vector<Index> one(1);
  bench.head.lengths()->draw(workspace, draws, std::span(all).subspan(77, 1), one);
  CHECK(one[0] == drawn[77]);
}

TEST_CASE("places: lengths that were never counted, and what is no length") {
  Bench<float> bench;
  vc::Workspace<float> workspace(bench.parameters);
  const auto q = bench.head.head(workspace, bench.code(workspace));
  const char* const sentence =
      "length prior: the lengths of training were never counted, so that the number of places has "
      "no price: call count_lengths(network, parameters, corpus) before training";
  CHECK_THROWS_WITH_AS(bench.head.kl(workspace, q, q.means), sentence, vc::Error);
  CHECK_THROWS_WITH_AS(bench.head.log_prior(workspace, q.means), sentence, vc::Error);
  std::vector<Index> drawn(3);
  CHECK_THROWS_WITH_AS(bench.head.lengths()->draw(workspace, vc::Draws(1, 0), rows, drawn),
                       sentence, vc::Error);
  CHECK_THROWS_WITH_AS(
      bench.head.lengths()->count(bench.parameters, std::vector<Index>{3, 0}),
      "length prior: a row has 0 places: it must have 1 at least, as the end symbol gives it",
      vc::Error);
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(vc::LengthPrior(layout, "lengths", 0),
                       "length prior: the longest length is 0: it must be at least 1, as that of "
                       "the longest row of training",
                       vc::Error);
  CHECK_THROWS_WITH_AS(
      vc::PlacesHead(layout, "none", {.input = 4, .place = 0}),
      "PlacesHead: the dimensions of a place are 0: there must be 1 at least, and there are draws "
      "for 4096 at most",
      vc::Error);
}

TEST_CASE("places: a Gaussian for each place, those of the global z before them") {
  Bench<> bench;
  vc::Workspace<double> workspace(bench.parameters);
  const auto code = bench.code(workspace);
  const auto q = bench.head.head(workspace, code);
  const auto& plan = *q.means.plan;
  CHECK(bench.head.latent() == place);
  CHECK(bench.head.global() == global);
  CHECK(bench.head.global_columns() == global_columns);
  CHECK(bench.head.kl_rows().length == 1);
  CHECK(bench.head.kl_rows().global == global_columns);
  const auto weights_of = [&](const char* name) {
    return bench.parameters.values(*bench.layout.find(name));
  };
  // W x + b, the weights lying in memory as [input x output].
  const auto affine = [&](const std::string& name, Index unit, const double* x) {
    const auto weights = weights_of((name + ".weight").c_str());
    double sum = weights_of((name + ".bias").c_str())[static_cast<std::size_t>(unit)];
    for (Index i = 0; i < input; ++i) {
      sum += weights[static_cast<std::size_t>(i + unit * input)] * x[i];
    }
    return sum;
  };
  for (Index row = 0; row < 3; ++row) {
    const Index count = bench.places[static_cast<std::size_t>(row)];
    REQUIRE(plan.length(row) == global_columns + count);
    const double* word = code.columns.view().column(code.plan->column(row, 0));
    for (Index d = 0; d < global_columns * place; ++d) {
      const Index column = plan.column(row, d / place), unit = d % place;
      const bool is_there = d < global;
      CHECK(q.means.columns.view()(unit, column) ==
            doctest::Approx(is_there ? affine("posterior.global.mu", d, word) : 0).epsilon(1e-12));
      CHECK(
          q.logvars.columns.view()(unit, column) ==
          doctest::Approx(is_there ? affine("posterior.global.logvar", d, word) : 0).epsilon(1e-6));
    }
    for (Index step = 0; step < count; ++step) {
      const double* own = code.columns.view().column(code.plan->column(row, 1 + step));
      const Index column = plan.column(row, global_columns + step);
      for (Index d = 0; d < place; ++d) {
        CHECK(q.means.columns.view()(d, column) ==
              doctest::Approx(affine("posterior.mu", d, own)).epsilon(1e-12));
        CHECK(q.logvars.columns.view()(d, column) ==
              doctest::Approx(affine("posterior.logvar", d, own)).epsilon(1e-6));
      }
    }
  }
  const auto whole = vc::leading_vector(workspace, bench.head.mean(q), global);
  CHECK(whole.rows() == global);
  CHECK(whole.view()(6, 1) == q.means.columns.view()(0, plan.column(1, 2)));
}

TEST_CASE("places: the rows of the KL, and densities that agree with it") {
  for (const bool counts_length : {true, false}) {
    CAPTURE(counts_length);
    Bench<> bench(global, counts_length);
    if (counts_length) bench.count();
    vc::Workspace<double> workspace(bench.parameters);
    const auto q = bench.head.head(workspace, bench.code(workspace));
    const auto& plan = *q.means.plan;
    const auto z = bench.head.sample(workspace, q, vc::Draws(1, 2), rows);
    const auto kl = bench.head.kl(workspace, q, z);
    const Index top = counts_length ? 1 : 0;
    REQUIRE(kl.rows() == top + global_columns + 4);
    const auto log_q = bench.head.log_density(workspace, q, z);
    const auto log_p = bench.head.log_prior(workspace, z);
    std::vector<double> exact_q(3), exact_p(3);
    vc::log_densities(workspace, bench.head, q, z, exact_q);
    vc::log_priors(workspace, bench.head, z, exact_p);
    for (Index row = 0; row < 3; ++row) {
      const Index count = bench.places[static_cast<std::size_t>(row)];
      const double log_length = counts_length ? std::log(p(count)) : 0;
      if (counts_length) CHECK(kl.view()(0, row) == doctest::Approx(-log_length).epsilon(1e-12));
      double of_q = 0, of_p = log_length;
      for (Index step = 0; step < global_columns + 4; ++step) {
        double expected = 0;
        for (Index d = 0; step < plan.length(row) && d < place; ++d) {
          const Index column = plan.column(row, step);
          const double mu = q.means.columns.view()(d, column);
          const double logvar = q.logvars.columns.view()(d, column);
          const double x = z.columns.view()(d, column);
          expected += (mu * mu + std::exp(logvar) - logvar - 1) / 2;
          of_q -= ((x - mu) * (x - mu) / std::exp(logvar) + logvar + std::log(2 * pi)) / 2;
          of_p -= (x * x + std::log(2 * pi)) / 2;
        }
        CHECK(kl.view()(top + step, row) == doctest::Approx(expected).epsilon(1e-10));
      }
      const auto j = static_cast<std::size_t>(row);
      CHECK(log_q.data()[row] == doctest::Approx(of_q).epsilon(1e-12));
      CHECK(log_p.data()[row] == doctest::Approx(of_p).epsilon(1e-12));
      CHECK(exact_q[j] == doctest::Approx(of_q).epsilon(1e-12));
      CHECK(exact_p[j] == doctest::Approx(of_p).epsilon(1e-12));
    }
  }
}

TEST_CASE("places: noise is addressed by row and place, on any threads") {
  Bench<float> bench;
  bench.count();
  vc::Team team(3);
  vc::Workspace<float> alone(bench.parameters), threaded(bench.parameters, team);
  const vc::Draws draws(1, 2);
  const auto sampled = [&](vc::Workspace<float>& workspace, std::span<const std::uint32_t> which) {
    const auto q = bench.head.head(workspace, bench.code(workspace));
    return bench.head.sample(workspace, q, draws, which, 1);
  };
  const auto z = sampled(alone, rows), again = sampled(threaded, rows);
  CHECK(std::equal(z.columns.data(), z.columns.data() + z.columns.size(), again.columns.data()));
  const auto other = sampled(alone, std::vector<std::uint32_t>{4, 8, 1});
  for (Index row = 0; row < 3; ++row) {
    for (Index step = 0; step < z.plan->length(row); ++step) {
      const Index column = z.plan->column(row, step);
      const bool is_same = z.columns.view()(0, column) == other.columns.view()(0, column);
      CHECK(is_same == (row != 1));
    }
  }
  // The prior's draws do not depend on the posterior, nor on which rows stand beside.
  const auto first = vc::Sequence<float>{alone.make<2>(z.columns.shape()), z.plan};
  bench.head.sample_prior(alone, draws, rows, first);
  const Index length = z.plan->length(1);
  const vc::SequencePlan& own = alone.plan(std::span(&length, 1));
  const vc::Sequence<float> second{alone.make<2>(vc::Shape<2>{{place, length}}), &own};
  bench.head.sample_prior(alone, draws, std::vector<std::uint32_t>{9}, second);
  for (Index step = 0; step < length; ++step) {
    CHECK(second.columns.view()(2, step) == first.columns.view()(2, first.plan->column(1, step)));
  }
}

TEST_CASE("places: the counts are no parameter: no gradient, no step, and a start of their own") {
  Bench<> bench;
  bench.count();
  const vc::Layout::Entry* entry = bench.layout.find("posterior.lengths");
  REQUIRE(entry != nullptr);
  CHECK(entry->shape.size() == 7);
  const auto number = static_cast<std::size_t>(entry - bench.layout.entries().data());
  CHECK(bench.layout.is_statistic(number));
  const auto counted = [&] {
    const auto values = std::as_const(bench.parameters).values(*entry);
    return std::vector<double>(values.begin(), values.end());
  };
  const std::vector<double> before = counted();
  vc::Tape<double> tape(bench.parameters);
  const vc::Scope scope(tape);
  const auto q = bench.head.head(tape, bench.code(tape));
  const auto z = bench.head.sample(tape, q, vc::Draws(1, 2), rows);
  const auto kl = bench.head.kl(tape, q, z);
  const std::vector<double> ones(static_cast<std::size_t>(kl.size()), 1.0);
  tape.backward(vc::weighted_sum(tape, kl, std::span<const double>(ones)));
  for (Index i = 0; i < entry->shape.size(); ++i) {
    CHECK(bench.parameters.gradients()[static_cast<std::size_t>(entry->offset + i)] == 0);
  }
  CHECK(bench.parameters.gradients()[0] != 0);
  vc::update_statistics(bench.parameters);
  CHECK(counted() == before);
}

}  // namespace places_test
