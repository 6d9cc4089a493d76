// Bad input of `text_vae`: one line that says where, what was found and what was expected; exit
// status 2; nothing written.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "smoke/text_program.hpp"

using namespace text_vae::test;

namespace {

/// Training with these arguments fails with this text and makes no folder.
void check_text_refused(const TextBench& bench, const Arguments& more,
                        const std::string& expected) {
  CAPTURE(expected);
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("out")} + more);
  CHECK(done.status == 2);
  CHECK(done.out.empty());
  CHECK(done.err == expected + "\n");
  CHECK_FALSE(std::filesystem::exists(bench.file("out")));
}

}  // namespace

TEST_CASE("sentences: bad files are refused before anything is written") {
  const TextBench bench;
  const auto refuse = [&](const std::string& text, const std::string& complaint) {
    const std::string file = bench.write("bad.txt", text);
    for (const Arguments& given : {Arguments{"--train", file}, Arguments{"--dev", file},
                                   Arguments{"--train", file, "--chunk", "10"}}) {
      check_text_refused(bench, given, file + complaint);
    }
  };
  refuse("", ": found no sentence, expected sentences, one a line");
  refuse("\n \n", ": found no sentence, expected sentences, one a line");
  refuse("a b\nc \xC3\n", ":2: found a truncated character at byte 3, expected UTF-8");
  const std::string missing = bench.file("missing");
  check_text_refused(bench, {"--train", missing},
                     missing +
                         ": found no readable file (No such file or directory), expected "
                         "sentences, one a line");
  check_text_refused(bench, {"--dev", ""},
                     "--train: found without --dev, expected both, or neither for the built-in "
                     "corpus");
}

TEST_CASE("sentences: options that do not fit are refused, all of them at once") {
  const TextBench bench;
  check_text_refused(bench, {"--tied"},
                     "--embedding: found 8 with --hidden 16 and --tied, expected the same");
  check_text_refused(bench,
                     {"--latent", "0", "--posterior", "vmf(kappa=10)", "--objective",
                      "free_bits(groups=1,rate=6)"},
                     "--posterior vmf(kappa=10): a language model, --latent 0, has no z\n"
                     "--objective free_bits(groups=1,rate=6): a language model, --latent 0, has no "
                     "KL, expected elbo");
  check_text_refused(bench, {"--chunk", "10", "--train", "-"},
                     "--chunk: found 10 with standard input, expected a file as --train, which is "
                     "read again in each epoch");
  check_text_refused(bench, {"--train", "-", "--dev", "-"},
                     "--dev: found -, which --train is, too, expected a file: standard input can "
                     "be read once");
  check_text_refused(bench, {"--output-dropout", "1"},
                     "--output-dropout: found '1', expected a number from 0 to 0.99");
  check_text_refused(bench, {"--vocabulry", "3"},
                     "text_vae train: found the unknown argument --vocabulry, expected "
                     "--vocabulary perhaps");
  const Outcome criterion =
      bench.run(bench.tiny() + Arguments{"--out", bench.file("out"), "--criterion", "accuracy"});
  CHECK(criterion.status == 2);
  CHECK(criterion.err.starts_with("--criterion: "));
  CHECK(criterion.err.ends_with("\nknown: elbo, iwnll\n"));
  const Outcome objective = bench.run(
      bench.tiny() + Arguments{"--out", bench.file("out"), "--objective", "bag", "--epochs", "0"});
  CHECK(objective.status == 2);
  CHECK(objective.err.find("--epochs: found '0'") != std::string::npos);
  CHECK(objective.err.find("--objective: ") != std::string::npos);
}

TEST_CASE("sentences: what shows only when the network is made is refused, too") {
  const TextBench bench;
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("out"), "--objective",
                                                          "free_bits(groups=3,rate=6)"});
  CHECK(done.status == 2);
  CHECK(lines(done.err).back() ==
        "--objective, --latent: FreeBits: kl is [4 x 1]: 3 groups do not divide the 4 dimensions");
  CHECK_FALSE(std::filesystem::exists(bench.file("out")));
}

TEST_CASE("sentences: what is left out of a file is told") {
  const TextBench bench;
  const std::string dev = bench.write("dev.txt", "w1 w2 w3\n\nw4\n");
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("out"), "--dev", dev,
                                                          "--longest", "2", "--epochs", "1"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.find("note: " + dev + ": 1 line without a token is no sentence\n") !=
        std::string::npos);
  CHECK(done.err.find("note: " + dev +
                      ": 1 sentence is cut by --longest, which leaves out 1 token\n") !=
        std::string::npos);
}

TEST_CASE("sentences: an earlier run is not replaced without a word") {
  const TextBench bench;
  const std::string folder = bench.train("model", {"--epochs", "1"});
  const auto before = bench.contents("model");
  const Outcome again = bench.run(bench.tiny() + Arguments{"--out", folder});
  CHECK(again.status == 2);
  CHECK(bench.contents("model") == before);
  const Outcome corpus = bench.run({"corpus", "--out", bench.file("corpus")});
  CHECK(corpus.status == 2);
  CHECK(corpus.err ==
        bench.train_file() + ": found a file, expected none; --overwrite replaces it\n");
}
