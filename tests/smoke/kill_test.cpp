// kill -9 at random moments: the run goes on each time, and ends with the bytes of one that nobody
// disturbed. kill_slow_test.cpp does the same more often.
#include <cmath>
#include <cstdint>
#include <span>

#include <doctest/doctest.h>

#include "smoke/faults.hpp"

using reinflection::test::Arguments;
using reinflection::test::Killer;
using reinflection::test::Kills;
using reinflection::test::Workbench;

TEST_CASE("five kills at random moments leave no trace in the end") {
  const Workbench bench;
  Killer killer(bench, bench.tiny() + Arguments{"--epochs", "6", "--checkpoint-every", "2"});
  CHECK(killer.kill(5, 1).kills >= 5);
}

TEST_CASE("neither do kills of a run that has to roll back") {
  const Workbench bench;
  // The weight of the KL is so large that its gradient overflows unless the steps are small.
  Killer killer(bench,
                bench.tiny() + Arguments{"--epochs", "2", "--checkpoint-every", "1", "--objective",
                                         "anneal(linear,steps=1,elbo,maximum=1e37)", "--optimiser",
                                         "sgd(momentum=0.9)", "--learning-rate", "12.5", "--decay",
                                         "0", "--warmup", "0", "--rollback", "9"});
  const auto content =
      vaecollapse::read_checkpoint(*vaecollapse::latest_checkpoint(killer.straight()));
  std::uint64_t rollbacks = 0;
  vaecollapse::copy_values(*content.find("rollbacks"), std::span(&rollbacks, 1));
  CHECK(rollbacks > 0);
  double scale = 0;
  vaecollapse::copy_values(*content.find("learning_rate_scale"), std::span(&scale, 1));
  CHECK(scale == std::pow(0.5, static_cast<double>(rollbacks)));
  CHECK(killer.kill(4, 2).kills >= 4);
}
