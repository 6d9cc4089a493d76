// SIGINT and SIGTERM: the program finishes its step, saves and says how to go on.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>

#include <doctest/doctest.h>

#include "smoke/faults.hpp"

using namespace reinflection::test;

namespace {

/// Starts a run that would take hours, and waits for its first checkpoint.
::pid_t start_long(const Workbench& bench, const std::string& name) {
  const ::pid_t child = bench.start(bench.tiny() + Arguments{"--out", bench.file(name), "--epochs",
                                                             "1000000", "--checkpoint-every", "3"});
  REQUIRE(wait_until(child,
                     [&] { return vaecollapse::latest_checkpoint(bench.file(name)).has_value(); }));
  return child;
}

}  // namespace

TEST_CASE("a signal ends the run after its step, with a checkpoint and the way to go on") {
  const Workbench bench;
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string name = signal == SIGINT ? "SIGINT" : "SIGTERM";
    const ::pid_t child = start_long(bench, name);
    ::kill(child, signal);
    CHECK(wait_for(child) == 128 + signal);
    const std::string last = vaecollapse::latest_checkpoint(bench.file(name))->filename().string();
    const std::string step = last.substr(11, last.find('.') - 11);
    CHECK(last == "checkpoint-" + step + ".safetensors");
    CHECK(lines(bench.read("stderr")).back() == "stopped by " + name + " after step " + step +
                                                    "; to go on: reinflect train --resume " +
                                                    bench.file(name));
    CHECK(bench.read("stdout").empty());
  }
}

TEST_CASE("signals at random moments, most of them during a save, leave whole files") {
  const Workbench bench;
  Killer killer(bench, bench.tiny() + Arguments{"--epochs", "6", "--checkpoint-every", "1"});
  const Kills met = killer.kill(6, 4, SIGTERM);
  CHECK(met.kills >= 6);
  CHECK(met.temporaries == 0);
  CHECK(met.later_files == 0);
}

TEST_CASE("a second signal ends the program at once") {
  const Workbench bench;
  const ::pid_t child = start_long(bench, "model");
  ::kill(child, SIGSTOP);  // so that the first has no time to be obeyed
  ::kill(child, SIGTERM);
  ::kill(child, SIGINT);
  ::kill(child, SIGCONT);
  const int status = wait_for(child);
  CHECK((status == 130 || status == 143));
  CHECK(bench.read("stderr").find("stopped by") == std::string::npos);
  const auto last = vaecollapse::latest_checkpoint(bench.file("model"));
  CHECK_NOTHROW(vaecollapse::read_checkpoint(*last));
}

TEST_CASE("two programs do not work in one folder") {
  const Workbench bench, other;  // each with streams of its own
  const ::pid_t child = start_long(bench, "model");
  const Outcome second = other.run({"train", "--resume", bench.file("model")});
  CHECK(second.status == 2);
  CHECK(second.err ==
        bench.file("model") + ": found another run that is at work in it, expected none\n");
  ::kill(child, SIGKILL);
  wait_for(child);
}

TEST_CASE("compare goes on where it was killed or stopped, and repeats nothing") {
  const Workbench bench;
  const Arguments options = tiny_comparison(bench, "elbo,free_bits") +
                            Arguments{"--epochs", "4", "--checkpoint-every", "1"};
  const auto out = [&](const char* name) { return Arguments{"--out", bench.file(name)}; };
  const auto table = [&](const char* name) {
    return untimed_table(bench.read(std::string(name) + "/compare.csv"));
  };
  const Outcome straight = bench.run(options + out("straight"));
  REQUIRE_MESSAGE(straight.status == 0, straight.err);
  for (const auto& [path, text] : bench.contents("straight/runs")) {
    CHECK(path.find("checkpoint-") == std::string::npos);
  }

  // Ends it when the run of this method has made some steps.
  const auto end = [&](const std::string& method, int signal) {
    const ::pid_t child = bench.start(options + out("ended"));
    const auto has_begun = [&] {
      std::error_code missing;
      std::filesystem::directory_iterator runs(bench.file("ended/runs"), missing);
      for (const auto& run : missing ? std::filesystem::directory_iterator() : runs) {
        if (run.path().filename().string().starts_with(method + "-") &&
            vaecollapse::latest_checkpoint(run.path())) {
          return true;
        }
      }
      return false;
    };
    REQUIRE(wait_until(child, has_begun));
    ::kill(child, signal);
    return wait_for(child);
  };
  CHECK(end("elbo", SIGKILL) == 128 + SIGKILL);
  CHECK(end("free_bits", SIGINT) == 130);
  CHECK(bench.read("stderr").find("stopped by SIGINT with 1 of 2 runs done; the same command goes "
                                  "on\n") != std::string::npos);
  const Outcome rest = bench.run(options + out("ended"));
  REQUIRE_MESSAGE(rest.status == 0, rest.err);
  CHECK(rest.err.starts_with("2 runs, 1 of them done before\nfree_bits, seed 5: goes on after "));
  CHECK(table("ended") == table("straight"));
}
