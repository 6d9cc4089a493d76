// `reinflect predict --beam`: a beam's first word is never less likely than greedy search's.
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using reinflection::test::guess_of;
using reinflection::test::lines;
using reinflection::test::Workbench;

TEST_CASE("predict: with a beam, words are as likely as those of greedy search, or likelier") {
  const Workbench bench;
  bench.train("model", {"--epochs", "4", "--learning-rate", "0.01"});
  const auto log_probabilities = [&](const std::string& beam, const std::string& nbest) {
    const auto done = bench.run({"predict", "--model", bench.file("model"), "--input",
                                 bench.train_file(), "--beam", beam, "--nbest", nbest, "--scores"});
    REQUIRE_MESSAGE(done.status == 0, done.err);
    std::vector<double> found;
    for (const std::string& line : lines(done.out)) found.push_back(std::stod(guess_of(line)));
    return found;
  };
  const std::vector<double> greedy = log_probabilities("1", "1");
  REQUIRE(greedy.size() == 150);
  for (const std::string beam : {"2", "3", "4", "12"}) {
    CAPTURE(beam);
    const std::vector<double> first = log_probabilities(beam, "1");
    REQUIRE(first.size() == greedy.size());
    for (std::size_t row = 0; row < first.size(); ++row) {
      CAPTURE(row);
      CHECK(first[row] >= greedy[row] - 1e-3);
    }
  }
  // The best of several are those of one, and each list goes down.
  const std::vector<double> one = log_probabilities("4", "1"), four = log_probabilities("4", "4");
  REQUIRE(four.size() == 4 * one.size());
  for (std::size_t row = 0; row < one.size(); ++row) {
    CHECK(four[4 * row] >= one[row] - 1e-3);
    for (std::size_t i = 1; i < 4; ++i) CHECK(four[4 * row + i] <= four[4 * row + i - 1]);
  }
}
