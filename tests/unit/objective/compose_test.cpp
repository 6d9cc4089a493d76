#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

namespace {

/// Reports a rate that is not the raw one.
struct MisreportingGate {
  Report evaluate(const Terms& terms, Seeds& seeds) const {
    Report report = vc::report_reconstruction("MisreportingGate", terms, seeds);
    report.rate = 0;
    return report;
  }
};

using Gate = vc::FreeBits<1>;
using Annealing = vc::Annealed<vc::LinearSchedule, HalvingController>;

static_assert(vc::Controller<HalvingController>);
static_assert(!vc::Controller<Gate> && !vc::Controller<SmallestPolicy>);
static_assert(vc::static_controllers<Gate> == 0);
static_assert(vc::static_controllers<Annealing> == 1);
static_assert(vc::static_controllers<vc::Annealed<vc::LinearSchedule, Gate>> == 0);
static_assert(vc::static_controllers<vc::Controlled<HalvingController, Gate>> == 1);
static_assert(vc::RatePolicy<vc::Controlled<HalvingController, Gate>>);

const std::string sentence =
    "at most one controller may own the weight of the KL: two would each undo what the other "
    "learns";

}  // namespace

TEST_CASE("a controller scales what a gate makes of the KL") {
  Batch batch = batch_of_five();
  const Report gate = batch.evaluate(vc::FreeBits<3>{4.5});
  vc::Controlled controlled(HalvingController{.learnt = 0.5}, vc::FreeBits<3>{4.5});
  const Report report = batch.evaluate(controlled);
  CHECK(report.penalty == 0.5 * gate.penalty);
  CHECK(report.kl_weight == 0.5);
  check_seeds(controlled, batch_of_five());
}

TEST_CASE("a controller sees the raw rate, whatever surrounds it") {
  Batch batch{1, {0.75}, {1.0}};
  const vc::LinearSchedule schedule{.steps = 4, .start = 100};
  vc::Controlled inside(HalvingController{}, vc::Annealed(schedule, Gate(60.0)));
  inside.after_step(batch.evaluate(inside));
  CHECK(inside.weight() == 0.5);
  batch.kl[0] = 1.25;
  vc::Controlled misled(HalvingController{}, MisreportingGate{});
  misled.after_step(batch.evaluate(misled));
  CHECK(misled.weight() == 1.0);
  vc::Annealed outside(schedule, HalvingController{});
  CHECK(batch.evaluate(outside).rate == 1.25);
}

TEST_CASE("both parts learn and are visited") {
  vc::Controlled controlled(HalvingController{},
                            vc::Annealed(vc::LinearSchedule{.steps = 4}, Gate(2.0)));
  controlled.after_step({.rate = 0.5});
  CHECK(state_of(controlled) == "controller.weight=0.500000;policy.step=1;");
}

TEST_CASE("a second controller is refused at run time with the compiler's sentence") {
  const vc::AnyObjective gate{Gate(2.0)};
  const vc::AnyObjective owner{HalvingController{}};
  const vc::AnyObjective annealed{vc::Annealed(vc::LinearSchedule{}, owner)};
  CHECK(gate.count_controllers() == 0);
  CHECK(owner.count_controllers() == 1);
  CHECK(annealed.count_controllers() == 1);
  CHECK_NOTHROW(vc::Controlled(HalvingController{}, gate));
  CHECK_THROWS_WITH_AS(vc::Controlled(vc::MDR<60>(), vc::AnyObjective(vc::SoftFreeBits<60>())),
                       sentence.c_str(), vc::Error);
  CHECK_THROWS_WITH_AS(vc::Controlled(HalvingController{}, owner), sentence.c_str(), vc::Error);
  CHECK_THROWS_WITH_AS(vc::Controlled(HalvingController{}, annealed), sentence.c_str(), vc::Error);
  const vc::AnyObjective controlled{vc::Controlled(HalvingController{}, gate)};
  CHECK(controlled.count_controllers() == 1);
  CHECK_THROWS_WITH_AS(vc::Controlled(HalvingController{}, controlled), sentence.c_str(),
                       vc::Error);
}
