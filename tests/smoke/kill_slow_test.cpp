// The long form of kill_test.cpp.
#include <cstdio>

#include <doctest/doctest.h>

#include "smoke/faults.hpp"

using reinflection::test::Arguments;
using reinflection::test::Killer;
using reinflection::test::Kills;
using reinflection::test::Workbench;

TEST_CASE("a hundred kills at random moments leave no trace in the end") {
  const Workbench bench;
  Killer killer(bench, bench.tiny() + Arguments{"--epochs", "40", "--checkpoint-every", "1"});
  const Kills met = killer.kill(100, 3);
  CHECK(met.kills >= 100);
  std::printf(
      "%d kills in %d runs; %d before the first checkpoint, %d in the middle of a write, "
      "%d between a checkpoint and the files that follow from it\n",
      met.kills, met.runs, met.begun_again, met.temporaries, met.later_files);
}
