#include <doctest/doctest.h>

#include <vaecollapse/compat/per_entry.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/ha_bits.hpp>

#include "one_step.hpp"
#include "unit/objective/support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(vc::RatePolicy<vc::compat::PerEntry<vc::Elbo>>);
static_assert(vc::compat::PerEntry<HalvingController>::controllers == 1);

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
  const Report report = evaluate(vc::compat::PerEntry(vc::Elbo()), batch);
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
    const Report report = evaluate(vc::compat::PerEntry(vc::FreeBits<1>(6 * floor)), batch);
    const Report ha_bits = batch.evaluate(vc::HaBits<>(floor));
    CHECK(report.loss / 12 == doctest::Approx(ha_bits.nll / 12 + ha_bits.penalty));
  }
}

TEST_CASE("PerEntry: passes hooks on, and needs the number of symbols") {
  vc::compat::PerEntry policy{HalvingController()};
  policy.after_step(Report{});
  CHECK(state_of(policy) == "policy.weight=0.500000;");
  CHECK(policy.count_controllers() == 1);
  Batch batch = batch_of_five();
  CHECK_THROWS_WITH_AS(batch.evaluate(vc::compat::PerEntry(vc::Elbo())),
                       "PerEntry: the terms hold no numbers of symbols of a word", vc::Error);
}

TEST_CASE("PerEntry knows how many symbols the words of a batch have") {
  const compat_test::Task task;
  const auto plain = compat_test::step(task.network, vc::Elbo(), task.layout, task.batch);
  const auto means =
      compat_test::step(task.network, vc::compat::PerEntry(vc::Elbo()), task.layout, task.batch);
  double symbols = 0;
  for (const vc::Row row : compat_test::Task::some_rows()) {
    symbols += static_cast<double>(task.corpus.target(row).size() + 1) / 4;
  }
  CHECK(means.report.kl_weight == doctest::Approx(symbols / 6));
  CHECK(means.report.nll == plain.report.nll);
}
