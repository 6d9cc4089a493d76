#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/capacity.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/hinge.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/places.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>

#include "support.hpp"

namespace vc = vaecollapse;
using objective_test::Index;
using objective_test::Report;

static_assert(vc::RatePolicy<vc::Places<11>> && vc::RatePolicy<vc::Places<>>);
static_assert(vc::static_controllers<vc::Places<11>> == 0);
static_assert(!vc::LearnsAfterStep<vc::Places<11>> && !vc::Visitable<vc::Places<11>>);

namespace {

/// Three words with three places, one and two; a row for their number and two for a global z. The
/// length costs 2, 3 and 4 nats, the global z 6 + 4, 5 + 3 and 7 + 2, the places what is listed.
struct ThreeWords {
  static constexpr Index rows = 6, words = 3;
  std::vector<double> kl{2, 6, 4, 10, 20, 30,  //
                         3, 5, 3, 12, 0,  0,   //
                         4, 7, 2, 1,  8,  0};
  std::vector<double> nll{5, 6, 7};
  std::vector<Index> entries{6, 4, 5};
  vc::KlRows leading{.length = 1, .global = 2};
  std::vector<double> dkl = std::vector<double>(18, 77.0), dnll = std::vector<double>(3, 77.0);

  static constexpr double mean_places = 2, of_length = 3, of_global = 9, of_places = 27;

  template <class Policy>
  Report evaluate(const Policy& policy) {
    const vc::Terms terms{{kl.data(), rows, words}, nll, 4, entries, leading};
    vc::Seeds seeds{{dkl.data(), rows, words}, dnll};
    return policy.evaluate(terms, seeds);
  }
  /// Of one row of the KL, all words alike.
  double seed_of(Index row) const {
    const auto at = [&](Index word) { return dkl[static_cast<std::size_t>(row + word * rows)]; };
    CHECK((at(0) == at(1) && at(1) == at(2)));
    return at(0);
  }
};

constexpr double third = 1.0 / 3;

}  // namespace

TEST_CASE("places: two floors and the length, in closed form") {
  ThreeWords of;
  // Above both floors everything is paid for, and nothing but the seeds of the length is missing.
  const Report above = of.evaluate(vc::Places<13>({.global = 8}));
  CHECK(above.rate == doctest::Approx(of.of_length + of.of_global + of.of_places).epsilon(1e-15));
  CHECK(above.penalty == doctest::Approx(above.rate).epsilon(1e-15));
  CHECK(above.loss == above.nll + above.penalty);
  CHECK(above.nll == 6);
  CHECK(of.seed_of(0) == 0);
  for (const Index row : {1, 2, 3, 4, 5}) CHECK(of.seed_of(row) == third);
  // The floor of the places is 14 x 2 nats, the mean number of places being 2.
  const Report below = of.evaluate(vc::Places<14>({.global = 8}));
  CHECK(below.penalty ==
        doctest::Approx(of.of_length + of.of_global + 14 * of.mean_places).epsilon(1e-15));
  for (const Index row : {0, 3, 4, 5}) CHECK(of.seed_of(row) == 0);
  for (const Index row : {1, 2}) CHECK(of.seed_of(row) == third);
  // The global z below its own.
  const Report global = of.evaluate(vc::Places<13>({.global = 10}));
  CHECK(global.penalty == doctest::Approx(of.of_length + 10 + of.of_places).epsilon(1e-15));
  for (const Index row : {0, 1, 2}) CHECK(of.seed_of(row) == 0);
  for (const Index row : {3, 4, 5}) CHECK(of.seed_of(row) == third);
  const Report none = of.evaluate(vc::Places<14>({.global = 10}));
  CHECK(none.penalty == doctest::Approx(of.of_length + 10 + 14 * of.mean_places).epsilon(1e-15));
  CHECK(of.dkl == std::vector<double>(18, 0.0));
  CHECK(of.dnll == std::vector<double>(3, third));
  CHECK(none.kl_weight == 1);
}

TEST_CASE("places: a fixed number of them, and no global z") {
  ThreeWords of;
  of.leading = {};
  of.entries = {6, 6, 6};
  const double rate = of.of_length + of.of_global + of.of_places;
  CHECK(of.evaluate(vc::Places<>(rate / 6 + 1)).penalty ==
        doctest::Approx(rate + 6).epsilon(1e-15));
  CHECK(of.dkl == std::vector<double>(18, 0.0));
  CHECK(of.evaluate(vc::Places<>(rate / 6 - 1)).penalty == doctest::Approx(rate).epsilon(1e-15));
  CHECK(of.dkl == std::vector<double>(18, third));
}

TEST_CASE("places: seeds are the derivative of the loss, on both sides of the floors") {
  for (const double rate : {0.0, 13.0, 14.0}) {
    for (const double global : {0.0, 8.9, 9.1}) {
      ThreeWords of;
      const vc::Places<> policy(rate, {.global = global});
      of.evaluate(policy);
      const std::vector<double> dkl = of.dkl;
      for (Index i = 0; i < Index(dkl.size()); ++i) {
        const auto place = static_cast<std::size_t>(i);
        // The length is in the loss, and no gradient comes of it.
        if (i % ThreeWords::rows == 0) continue;
        const auto loss_at = [&](double change) {
          ThreeWords other;
          other.kl[place] += change;
          return other.evaluate(policy).loss;
        };
        CAPTURE(i);
        CHECK(std::abs((loss_at(1e-5) - loss_at(-1e-5)) / 2e-5 - dkl[place]) < 1e-9);
      }
    }
  }
}

TEST_CASE("places: a KL that is not a number shows in the loss") {
  for (const std::size_t entry : {0U, 1U, 3U}) {
    ThreeWords of;
    of.kl[entry] = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(of.evaluate(vc::Places<100>({.global = 100})).loss));
  }
}

TEST_CASE("places: a KL of one z, and a floor of a global z that is not there") {
  ThreeWords of;
  of.entries.clear();
  CHECK_THROWS_WITH_AS(of.evaluate(vc::Places<11>()),
                       "Places: kl is [6 x 3]: the rows of this kl are no places: the floor is for "
                       "a sequence of latents, with a Gaussian for each place; for one z use "
                       "another floor, such as FreeBits",
                       vc::ShapeError);
  ThreeWords local;
  local.leading.global = 0;
  CHECK_THROWS_WITH_AS(local.evaluate(vc::Places<11>({.global = 50})),
                       "Places: kl is [6 x 3]: no row of this kl is that of a global z, so it can "
                       "have no floor: leave out `global`, or give the model a global z beside its "
                       "places",
                       vc::ShapeError);
  CHECK(local.evaluate(vc::Places<11>()).rate > 0);
}

TEST_CASE("places: numbers below 0 make no floor") {
  CHECK_THROWS_WITH_AS(vc::Places<>(-1.0),
                       "Places: rate is -1.000000, it must be at least 0 nats per place",
                       vc::Error);
  CHECK_THROWS_WITH_AS(vc::Places<2>({.global = -1}),
                       "Places: global is -1.000000, it must be at least 0", vc::Error);
  CHECK(vc::Places<11>().rate() == 11.0);
  CHECK(vc::Places<11>({.global = 50}).global() == 50.0);
}

TEST_CASE("places: all other policies take the rate as a whole, the length included") {
  const double rate = 3 + 9 + 27;
  const auto penalty = [](const vc::AnyObjective& policy) {
    return ThreeWords().evaluate(policy).penalty;
  };
  CHECK(penalty(vc::Elbo(0.5)) == doctest::Approx(rate / 2));
  CHECK(penalty(vc::FreeBits<1>(rate + 1)) == rate + 1);
  CHECK(penalty(vc::FreeBits<1>(rate - 1)) == doctest::Approx(rate));
  // Words of 72, 23 and 22 nats, each with its own floor of 40.
  CHECK(penalty(vc::FreeBits<1>(40, {.per_example = true})) ==
        doctest::Approx((72 + 40 + 40) * third));
  CHECK(penalty(vc::Hinge<>(rate + 2)) == doctest::Approx(rate + 2 * 2));
  CHECK(penalty(vc::Capacity<>(rate + 2, {.steps = 0, .gamma = 3})) == doctest::Approx(3 * 2));
  CHECK(penalty(vc::Controlled(vc::SoftFreeBits<>(rate), vc::Elbo())) == doctest::Approx(rate));
  CHECK(penalty(vc::Annealed(vc::LinearSchedule{.steps = 0, .maximum = 0.5},
                             vc::Places<>(14, {.global = 10}))) ==
        doctest::Approx((3 + 10 + 28) / 2.0));
  // A controller too sees what it would see of rows that are no places.
  ThreeWords of, plain;
  plain.entries.clear();
  plain.leading = {};
  const vc::MDR<> controller(rate + 5);
  CHECK(of.evaluate(controller).rate == doctest::Approx(rate));
  CHECK(of.evaluate(controller).loss == plain.evaluate(controller).loss);
  CHECK(of.dkl == plain.dkl);
}
