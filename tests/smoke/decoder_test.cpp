// The decoders that `reinflect train` offers: each trains, is saved, and is the same when loaded.
#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;
using reinflection::test::Workbench;

namespace {

/// A model trained with `more` says of the dev rows what its training said.
void check_round_trip(const Workbench& bench, const std::string& name, const Arguments& more) {
  CAPTURE(name);
  const std::string folder = bench.train(name, Arguments{"--epochs", "1"} + more);
  const auto epoch = split(lines(bench.read(name + "/metrics.csv"))[1], ',');
  const Outcome scores = bench.run(
      {"evaluate", "--model", folder, "--data", bench.dev_file(), "--threads", "1", "--permute-z"});
  REQUIRE_MESSAGE(scores.status == 0, scores.err);
  char nll[32];
  std::snprintf(nll, sizeof nll, "%.3f", std::stod(epoch[6]));
  CHECK(scores.out.find(nll) != std::string::npos);
  const Outcome guesses = bench.run({"predict", "--model", folder, "--input", bench.test_file(),
                                     "--threads", "1", "--nbest", "3"});
  REQUIRE_MESSAGE(guesses.status == 0, guesses.err);
  CHECK(lines(guesses.out).size() == 90);
}

}  // namespace

TEST_CASE("historyless decoders, places of z, and embedding dropout are saved and loaded") {
  const Workbench bench;
  check_round_trip(bench, "a", {"--decoder", "historyless_a"});
  check_round_trip(bench, "b", {"--decoder", "historyless_b", "--attention", "4"});
  check_round_trip(bench, "output", {"--z-into", "output"});
  check_round_trip(bench, "all", {"--z-into", "inputs,h0,output", "--dropout", "embedding(0.3)"});
}

TEST_CASE("the encoder-state bypass warns, and is saved and loaded") {
  const Workbench bench;
  const Arguments bypass{"--encoder-state-bypass", "--encoder-hidden", "8"};
  check_round_trip(bench, "bypass", bypass);
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("again")} + bypass);
  REQUIRE(done.status == 0);
  CHECK(lines(done.err)[0] ==
        "warning: --encoder-state-bypass: the decoder starts from the encoder's state, so words "
        "need not pass through z, and the rate does not measure what they cost");
  const Outcome plain = bench.run(bench.tiny() + Arguments{"--out", bench.file("plain")});
  CHECK(plain.err.find("bypass") == std::string::npos);
}

TEST_CASE("a bypass between different widths is refused before anything is written") {
  const Workbench bench;
  const Outcome done =
      bench.run(bench.tiny() + Arguments{"--out", bench.file("out"), "--encoder-state-bypass"});
  CHECK(done.status == 2);
  CHECK(lines(done.err).back() ==
        "decoder: the encoder's state is 32 wide, the decoder's 16: where the one bypasses z to "
        "begin the other, both must be equal");
  CHECK_THROWS(bench.contents("out"));
}
