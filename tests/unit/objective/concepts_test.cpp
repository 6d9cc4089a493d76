#include <cstdint>

#include <doctest/doctest.h>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/concepts.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

namespace {

struct NoEvaluate {};
struct WrongResult {
  double evaluate(const Terms&, Seeds&) const;
};
struct NotConst {
  Report evaluate(const Terms&, Seeds&);
};
struct CannotCopy : SmallestPolicy {
  CannotCopy(const CannotCopy&) = delete;
};
struct WrongHook : SmallestPolicy {
  void after_step(double*);
};
struct HidesWhatItLearns : SmallestPolicy {
  void after_step(const Report&);
};

/// The smallest schedule.
struct SmallestSchedule {
  explicit SmallestSchedule(int) {}
  SmallestSchedule(const SmallestSchedule&) = default;
  SmallestSchedule& operator=(const SmallestSchedule&) = delete;
  float weight(std::uint64_t step) const { return step == 0 ? 0.25f : 1.0f; }
};
struct WeighsNothing {};

static_assert(vc::RatePolicy<SmallestPolicy>);
static_assert(vc::RatePolicy<HalvingController>);
static_assert(vc::RatePolicy<vc::Elbo>);
static_assert(vc::RatePolicy<vc::FreeBits<1>>);
static_assert(vc::RatePolicy<vc::FreeBits<>>);
static_assert(vc::RatePolicy<vc::AnyObjective>);
static_assert(vc::RatePolicy<vc::Annealed<vc::LinearSchedule, vc::FreeBits<>>>);

static_assert(!vc::EvaluatesTerms<NoEvaluate>);
static_assert(!vc::EvaluatesTerms<WrongResult>);
static_assert(!vc::EvaluatesTerms<NotConst>);
static_assert(vc::EvaluatesTerms<CannotCopy> && !vc::CopyablePolicy<CannotCopy>);
static_assert(!vc::AfterStepFits<WrongHook> && !vc::RatePolicy<WrongHook>);
static_assert(vc::AfterStepFits<HidesWhatItLearns> && !vc::ShowsWhatItLearns<HidesWhatItLearns>);
static_assert(!vc::RatePolicy<HidesWhatItLearns>);

static_assert(vc::Schedule<SmallestSchedule>);
static_assert(vc::Schedule<vc::LinearSchedule>);
static_assert(!vc::Schedule<WeighsNothing>);

}  // namespace

TEST_CASE("the smallest policy goes wherever a policy goes") {
  Batch batch = batch_of_five();
  vc::Annealed annealed(SmallestSchedule(0), SmallestPolicy(0));
  vc::AnyObjective any(annealed);
  const Report report = batch.evaluate(any);
  CHECK(report.loss == report.nll);
  CHECK(report.kl_weight == 0.25);
  any.after_step(report);
  CHECK(batch.evaluate(any).kl_weight == 1.0);
  vc::AnyObjective bare{SmallestPolicy(0)};
  bare.after_step(report);
  CHECK(state_of(bare).empty());
}
