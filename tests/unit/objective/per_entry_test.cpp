#include <doctest/doctest.h>

#include <vaecollapse/compat/per_entry.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/ha_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(vc::RatePolicy<vc::PerEntry<vc::Elbo>>);
static_assert(vc::PerEntry<HalvingController>::controllers == 1);

namespace {

/// With a mean of 12 symbols a word.
template <class Policy>
Report evaluate(const Policy& policy, Batch& batch, double symbols = 12) {
  Terms terms = batch.terms();
  terms.symbols = symbols;
  Seeds seeds = batch.seeds();
  return policy.evaluate(terms, seeds);
}

}  // namespace

TEST_CASE("PerEntry: two means hide a weight on the KL of symbols over dimensions") {
  Batch batch = batch_of_five();
  const Report plain = batch.evaluate(vc::Elbo());
  const std::vector<double> dnll = batch.dnll;
  const Report report = evaluate(vc::PerEntry(vc::Elbo()), batch);
  CHECK(report.kl_weight == 2);  // 12 symbols, 6 dimensions
  CHECK(report.nll == plain.nll);
  CHECK(report.rate == plain.rate);
  CHECK(report.penalty == doctest::Approx(2 * plain.rate));
  CHECK(report.loss == doctest::Approx(plain.nll + 2 * plain.rate));
  CHECK(batch.dkl[0] == doctest::Approx(2.0 / 5));
  CHECK(batch.dnll == dnll);
}

TEST_CASE("PerEntry: over free bits it is HA bits beside the NLL of a symbol") {
  for (const double floor : {0.1, 0.9}) {
    Batch batch = batch_of_five();
    const Report report = evaluate(vc::PerEntry(vc::FreeBits<1>(6 * floor)), batch);
    const Report ha_bits = batch.evaluate(vc::HaBits<>(floor));
    CHECK(report.loss / 12 == doctest::Approx(ha_bits.nll / 12 + ha_bits.penalty));
  }
}

TEST_CASE("PerEntry: passes hooks on, and needs the number of symbols") {
  vc::PerEntry policy{HalvingController()};
  policy.after_step(Report{});
  CHECK(state_of(policy) == "policy.weight=0.500000;");
  CHECK(policy.count_controllers() == 1);
  Batch batch = batch_of_five();
  CHECK_THROWS_WITH_AS(batch.evaluate(vc::PerEntry(vc::Elbo())),
                       "PerEntry: the terms do not say how many symbols a word has", vc::Error);
}
