// The example programs do what their first lines promise.
#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::from_environment;
using reinflection::test::guess_of;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::run_command;
using reinflection::test::run_program;
using reinflection::test::split;
using reinflection::test::Workbench;
using vaecollapse::test::TemporaryFolder;

namespace {

/// What an example prints, which must succeed.
std::string output_of(const std::string& name, const Arguments& arguments = {}) {
  const TemporaryFolder folder;
  const Outcome done = run_program(name, arguments, folder.path());
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.empty());
  return done.out;
}

/// The numbers of a line that begins with `label`.
std::vector<double> numbers_after(const std::string& label, const std::string& line) {
  REQUIRE(line.starts_with(label));
  std::vector<double> numbers;
  for (const std::string& word : split(line.substr(label.size()), ' ')) {
    char* end = nullptr;
    const double number = std::strtod(word.c_str(), &end);
    if (!word.empty() && *end == '\0') numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

TEST_CASE("hello_tape: the NLL falls, the rate stays near its eight free nats") {
  const auto printed = lines(output_of("hello_tape"));
  REQUIRE(printed.size() == 5);
  const auto last = numbers_after("step 500  NLL", printed[4]);
  REQUIRE(last.size() == 2);
  CHECK(last[0] < 0.5);
  CHECK(last[1] > 5);
  CHECK(last[1] < 12);
}

TEST_CASE("custom_op, custom_objective and custom_dropout print what is expected") {
  CHECK(output_of("custom_op") ==
        "16 derivatives agree with differences: yes\n"
        "without a tape: [4 x 5], all above zero: yes\n");
  CHECK(output_of("custom_objective") ==
        "loss 8.000, seed 1.000, difference 1.000\n"
        "annealed at step 0: penalty 0.000, weight 0.000\n");
  const auto masks = lines(output_of("custom_dropout"));
  REQUIRE(masks.size() == 2);
  CHECK(masks[0].size() == 9);
  CHECK(masks[0].ends_with("xxxx"));  // the second half of the start symbol and kitaplar
  CHECK(masks[1].ends_with("x"));
}

TEST_CASE("custom_posterior keeps the rate above its floor, and says what is left out") {
  const auto printed = lines(output_of("custom_posterior"));
  REQUIRE(printed.size() == 4);
  const auto rate = numbers_after("rate", printed[0]);
  REQUIRE(rate.size() == 2);
  CHECK(rate[0] > rate[1]);
  CHECK(rate[1] == doctest::Approx(4.54));  // 8 (exp(-2) + 1) / 2
  CHECK(printed[2].find("has no mu and logvar") != std::string::npos);
  CHECK(printed[3].find("has no prior of its own") != std::string::npos);
}

TEST_CASE("gru_language_model learns a text and says something like it") {
  const std::string text = from_environment("VAECOLLAPSE_SOURCE") + "/LICENSE";
  const auto printed = lines(output_of("gru_language_model", {text, "40"}));
  REQUIRE(printed.size() > 40);
  const auto first = numbers_after("epoch  1", printed[0]);
  const auto last = numbers_after("epoch 40", printed[39]);
  CHECK(first.front() > 4);
  CHECK(last.front() < 3);

  const TemporaryFolder folder;
  const Outcome none = run_program("gru_language_model", {}, folder.path());
  CHECK(none.status == 2);
  CHECK(none.err == "usage: gru_language_model FILE [EPOCHS]\n");
  const Outcome missing = run_program("gru_language_model", {"/nowhere"}, folder.path());
  CHECK(missing.status == 2);
  CHECK(missing.err.starts_with("gru_language_model: /nowhere: "));
}

TEST_CASE("gru_classifier learns the labels, and each epoch is printed") {
  const auto printed = lines(output_of("gru_classifier", {"3"}));
  REQUIRE(printed.size() == 3);
  const auto first = numbers_after("epoch 1  loss", printed[0]);
  const auto last = numbers_after("epoch 3  loss", printed[2]);
  for (const auto& row : {first, last}) REQUIRE(row.size() == 2);
  constexpr std::size_t loss = 0, right = 1;
  CHECK(first[loss] > 0.2);
  CHECK(first[loss] < 1.1);  // log 3
  CHECK(last[loss] < 0.2 * first[loss]);
  CHECK(last[right] > 97);
}

TEST_CASE("sequence_autoencoder gives back words that it has not seen") {
  const auto printed = lines(output_of("sequence_autoencoder", {"8"}));
  REQUIRE(printed.size() == 2);
  const auto numbers = numbers_after("", printed[0]);
  REQUIRE(numbers.size() == 2);
  CHECK(numbers[0] < 1);
  CHECK(numbers[1] > 80);
  const auto words = split(printed[1], ' ');
  REQUIRE(words.size() >= 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(words[i].size() >= 4);
}

TEST_CASE("word_vae: the plain ELBO collapses, free bits and a minimum rate do not") {
  const auto printed = lines(output_of("word_vae", {"6"}));
  REQUIRE(printed.size() == 9);
  const auto elbo = numbers_after("ELBO", printed[1]);
  const auto free_bits = numbers_after("FreeBits<1>", printed[2]);
  const auto mdr = numbers_after("MDR<10>", printed[3]);
  for (const auto& row : {elbo, free_bits, mdr}) REQUIRE(row.size() == 4);
  constexpr std::size_t nll = 0, rate = 1, come_back = 3;
  CHECK(elbo[rate] < 1);
  CHECK(elbo[come_back] < 2);
  for (const auto& row : {free_bits, mdr}) {
    CHECK(row[rate] > 7);
    CHECK(row[nll] < elbo[nll] - 3);
    CHECK(row[come_back] > 4);
  }
  // One sentence, and what it comes back as, in words.
  const std::string gold = printed[5].substr(15);
  CHECK(split(gold, ' ').size() >= 5);
  for (std::size_t i = 6; i < 9; ++i) CHECK(split(printed[i].substr(15), ' ').size() >= 4);
  CHECK(printed[6].substr(15) != gold);
}

TEST_CASE("embed_model says what reinflect predict says") {
  const Workbench bench;
  bench.train("model", {"--epochs", "12", "--learning-rate", "0.01"});
  const Outcome predicted = bench.run(
      {"predict", "--model", bench.file("model"), "--input", bench.test_file(), "--threads", "1"});
  REQUIRE_MESSAGE(predicted.status == 0, predicted.err);
  const auto rows = lines(predicted.out);
  REQUIRE(rows.size() == 30);
  for (std::size_t i = 0; i < 5; ++i) {
    const auto row = split(rows[i], '\t');
    CHECK(output_of("embed_model", {bench.file("model/model.safetensors"), row[0], row[1]}) ==
          guess_of(rows[i]) + "\n");
  }
  const TemporaryFolder folder;
  const Outcome missing = run_program("embed_model", {"/nowhere", "ev", "pos=N"}, folder.path());
  CHECK(missing.status == 1);
  CHECK(missing.err.starts_with("embed_model: /nowhere: "));
  const auto refused = [&](const Arguments& options, const std::string& found) {
    const std::string model =
        bench.train("other", options + Arguments{"--epochs", "1", "--overwrite"});
    const Outcome other =
        run_program("embed_model", {model + "/model.safetensors", "ev", "pos=N"}, folder.path());
    CHECK(other.status == 1);
    CHECK(other.err == "embed_model: a model with " + found + "\n");
  };
  refused({"--heads", "relu"}, "heads \"relu\", expected \"linear\"");
  refused({"--latent-per-place", "6"}, "latent_per_place 6, expected 0");
}

TEST_CASE(
    "encoder_lag: under the ELBO both means go to 0, with free bits both are kept and agree") {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "lag.svg").string();
  const Outcome done = run_program("encoder_lag", {"300", file}, folder.path());
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const auto printed = lines(done.out);
  REQUIRE(printed.size() == 1 + 2 * 5);  // steps 0, 10, 30, 100 and 300 of two objectives
  const auto elbo = numbers_after("ELBO", printed[5]);
  const auto kept = numbers_after("free bits", printed[10]);
  for (const auto& row : {elbo, kept}) {
    REQUIRE(row.size() == 6);
    CHECK(row[0] == 300);
  }
  constexpr std::size_t rate = 2, model = 3, encoder = 4, gap = 5;
  CHECK(elbo[rate] < 0.2);
  CHECK(elbo[encoder] < 0.3);
  CHECK(elbo[model] < 0.5);
  CHECK(kept[rate] > 1);
  CHECK(kept[model] > 0.6);
  CHECK(kept[encoder] > 0.6);
  CHECK(kept[gap] < 0.6);
  // A point for each of 200 sentences in each of ten panels.
  const std::string picture = vaecollapse::read_text_file(file);
  std::size_t points = 0;
  for (std::size_t at = picture.find("h0"); at != picture.npos; at = picture.find("h0", at + 1)) {
    ++points;
  }
  CHECK(points == 2000);
}
