// The same seed gives the same bytes on 1, 2 and 3 threads: of training, evaluation, prediction
// and comparison, as the real program does them.
#include <string>

#include <doctest/doctest.h>

#include "smoke/faults.hpp"

using namespace reinflection::test;

namespace {

/// Not so tiny that one thread would get all of a step.
const Arguments wide{"--batch",          "64", "--encoder-hidden", "40",
                     "--decoder-hidden", "56", "--attention",      "8"};

}  // namespace

TEST_CASE("training, evaluation and prediction do not depend on the threads") {
  const Workbench bench;
  const auto out = [&](const char* threads) { return bench.file(std::string("model") + threads); };
  std::string evaluated, predicted;
  for (const char* threads : {"1", "2", "3"}) {
    const Arguments on{"--threads", threads};
    const Outcome trained = bench.run(bench.tiny() + wide + on + Arguments{"--out", out(threads)});
    REQUIRE_MESSAGE(trained.status == 0, trained.err);
    check_same(out("1"), out(threads));
    const Arguments model{"--model", out("1")};
    const Outcome scored =
        bench.run(Arguments{"evaluate", "--data", bench.test_file(), "--json"} + model + on);
    REQUIRE_MESSAGE(scored.status == 0, scored.err);
    const Outcome guessed =
        bench.run(Arguments{"predict", "--input", bench.test_file(), "--nbest", "3", "--scores"} +
                  model + on);
    REQUIRE_MESSAGE(guessed.status == 0, guessed.err);
    if (evaluated.empty()) {
      evaluated = scored.out;
      predicted = guessed.out;
    }
    CHECK(scored.out == evaluated);
    CHECK(guessed.out == predicted);
  }
}

TEST_CASE("a comparison does not depend on the threads") {
  const Workbench bench;
  std::string first;
  for (const char* threads : {"1", "2", "3"}) {
    const Outcome done = bench.run(tiny_comparison(bench, "elbo,mdr") + wide +
                                   Arguments{"--threads", threads, "--out", bench.file(threads)});
    REQUIRE_MESSAGE(done.status == 0, done.err);
    const std::string untimed = untimed_table(bench.read(std::string(threads) + "/compare.csv"));
    if (first.empty()) first = untimed;
    CHECK(untimed == first);
  }
}
