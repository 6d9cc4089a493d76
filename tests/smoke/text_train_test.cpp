// `text_vae train`: what it writes, that the same settings give the same bytes, and that a run
// that was ended goes on to the bytes of one that was not.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/io/safetensors.hpp>

#include "smoke/faults.hpp"
#include "smoke/text_program.hpp"

using nlohmann::json;
using reinflection::test::check_killed_and_resumed;
using reinflection::test::check_same;
using reinflection::test::Killer;
using reinflection::test::without_times;
using namespace text_vae::test;

namespace {

/// What dev has come to after each epoch.
std::string metrics_of(const TextBench& bench, const std::string& name) {
  return without_times(bench.read(name + "/metrics.csv"));
}

json config_of(const TextBench& bench, const std::string& name) {
  return json::parse(bench.read(name + "/config.json"));
}

}  // namespace

TEST_CASE("sentences: training fills its folder, and says what it has reached") {
  const TextBench bench;
  const std::string folder = bench.file("model");
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", folder, "--epochs", "3"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  // 120 sentences in batches of 16 are 8 steps an epoch; the first checkpoint is gone.
  CHECK(names == std::vector<std::string>{"checkpoint-16.safetensors", "checkpoint-24.safetensors",
                                          "config.json", "metrics.csv", "metrics.jsonl",
                                          "model.safetensors"});
  CHECK(done.out.starts_with("best epoch "));
  CHECK(done.out.find(", perplexity by the ELBO ") != std::string::npos);
  CHECK(done.err.starts_with(
      "tokens of a sentence, its end counted: 11.00 in training, 11.00 in dev; "
      "unknown: "));
  // 60 words, and three symbols that are none.
  CHECK(lines(done.err)[1].starts_with("120 training rows, 30 dev rows, 63 symbols, "));
  CHECK(done.err.find(" tokens/s  train NLL ") != std::string::npos);

  const auto metrics = lines(bench.read("model/metrics.csv"));
  REQUIRE(metrics.size() == 4);
  const auto nll = [&](std::size_t epoch) { return std::stod(split(metrics[epoch], ',')[4]); };
  CHECK(nll(3) < nll(1));
  // Ten words and an end of 63 symbols cost no more than if all were as likely.
  CHECK(std::stod(split(metrics[3], ',')[6]) < 11 * 4.15);
}

TEST_CASE("sentences: the model file holds the vocabulary and the settings") {
  const TextBench bench;
  bench.train("model", {"--epochs", "1", "--min-count", "2"});
  const auto model = vaecollapse::read_safetensors(bench.file("model/model.safetensors"));
  const json vocabulary = json::parse(model.metadata.at("vocabulary"));
  CHECK(vocabulary["unit"] == "words");
  CHECK(vocabulary["tokens"].size() == 60);
  const json config = json::parse(model.metadata.at("config"));
  CHECK(config["latent"] == 4);
  CHECK(config["dropout"] == "words(beta=0.1,to=unk)");
  CHECK_FALSE(config.contains("out"));
  CHECK_FALSE(config.contains("threads"));

  bench.train("characters", {"--epochs", "1", "--tokens", "characters"});
  const auto other = vaecollapse::read_safetensors(bench.file("characters/model.safetensors"));
  const json characters = json::parse(other.metadata.at("vocabulary"));
  CHECK(characters["unit"] == "characters");
  // The blank, w, and ten digits.
  CHECK(characters["tokens"].size() == 12);
}

TEST_CASE("sentences: small letters are those of Unicode") {
  const TextBench bench;
  const std::string text = bench.write("capitals", "Ärger Ζ\nÄRGER ζ\n"), out = bench.file("small");
  const Outcome done = bench.run(bench.tiny() + Arguments{"--train", text, "--dev", text, "--out",
                                                          out, "--epochs", "1", "--lower"});
  if (done.err.find("without the library utf8proc") != std::string::npos) {
    MESSAGE("skipped: built without utf8proc");
    return;
  }
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const auto model = vaecollapse::read_safetensors(out + "/model.safetensors");
  CHECK(json::parse(model.metadata.at("vocabulary"))["tokens"] == json{"ärger", "ζ"});
}

TEST_CASE("sentences: results do not depend on the threads, nor on where they were stopped") {
  const TextBench bench;
  for (const Arguments& kind :
       {Arguments{}, Arguments{"--latent", "0", "--cell", "lstm", "--batches", "equal"},
        Arguments{"--chunk", "50", "--tied", "--embedding", "16"}}) {
    CAPTURE(kind.empty() ? std::string() : kind.front());
    const std::string name = kind.empty() ? "vae" : kind.front().substr(2);
    const std::string one = bench.train(name + "1", kind);
    for (const char* threads : {"2", "3"}) {
      check_same(one, bench.train(name + threads, kind + Arguments{"--threads", threads}));
    }
  }
}

TEST_CASE("sentences: a run that is killed goes on to the bytes of one that is left alone") {
  check_killed_and_resumed(TextBench(), {"--epochs", "60"});
}

TEST_CASE("sentences: kills at random moments of a chunked run leave no trace") {
  const TextBench bench;
  Killer killer(bench, bench.tiny() + Arguments{"--epochs", "6", "--checkpoint-every", "2",
                                                "--chunk", "50", "--batches", "equal"});
  CHECK(killer.kill(5, 1).kills >= 5);
}

TEST_CASE(
    "sentences: where dev no longer improves the learning rate falls, in the end the run ends") {
  const Arguments restless{"--optimiser", "sgd",       "--learning-rate",
                           "3",           "--warmup",  "0",
                           "--decay",     "0",         "--epochs",
                           "500",         "--plateau", "plateau(patience=1,times=20,from=1)"};
  const TextBench bench;
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("model")} + restless);
  REQUIRE_MESSAGE(done.status == 0, done.err);
  std::size_t falls = 0;
  for (const std::string& line : lines(done.err)) {
    falls += line.starts_with("dev has not improved: the learning rate is now ") ? 1U : 0U;
  }
  CHECK(falls == 20);
  CHECK(lines(bench.read("model/metrics.csv")).size() < 500);
  check_killed_and_resumed(TextBench(), restless);
}

TEST_CASE("sentences: a run goes on with its own data and settings only") {
  const TextBench bench;
  const std::string folder = bench.train("model");
  const auto before = bench.contents("model");
  const auto refuse = [&](const Arguments& more, const std::string& expected) {
    const Outcome done = bench.run(Arguments{"train", "--resume", folder} + more);
    CHECK(done.status == 2);
    CHECK(lines(done.err).back() == expected);
    CHECK(bench.contents("model") == before);
  };
  refuse({"--hidden", "17"},
         "--hidden: found '17', expected '16', with which the run in " + folder +
             " began; --resume may change only --out, --threads, --checkpoint-every and "
             "--tensorboard");
  bench.write("corpus/dev.txt", "w1 w2\n");
  const Outcome other = bench.run({"train", "--resume", folder});
  CHECK(other.status == 2);
  CHECK(other.err.find("found other training or dev rows, of hash ") != std::string::npos);
}

TEST_CASE("sentences: one chunk of all sentences is the corpus in memory") {
  const TextBench bench;
  bench.train("memory");
  bench.train("chunk", {"--chunk", "120"});
  bench.train("chunks", {"--chunk", "40"});
  CHECK(metrics_of(bench, "chunk") == metrics_of(bench, "memory"));
  CHECK(metrics_of(bench, "chunks") != metrics_of(bench, "memory"));
}

TEST_CASE("sentences: a language model has no rate, and defaults of its own") {
  const TextBench bench;
  Arguments options = bench.tiny();
  const auto dropout = std::find(options.begin(), options.end(), "--dropout");
  options.erase(dropout, dropout + 2);
  const Outcome done =
      bench.run(options + Arguments{"--out", bench.file("model"), "--latent", "0"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const json config = config_of(bench, "model");
  CHECK(config["objective"] == "elbo(beta=1)");
  CHECK(config["dropout"] == "none");
  for (std::size_t epoch = 1; epoch <= 2; ++epoch) {
    CHECK(split(lines(bench.read("model/metrics.csv"))[epoch], ',')[7] == "0");
  }
  const auto model = vaecollapse::read_safetensors(bench.file("model/model.safetensors"));
  for (const auto& tensor : model.tensors) CHECK(tensor.name.starts_with("decoder."));
}

TEST_CASE("sentences: steps are counted by the batches that there are") {
  const TextBench bench;
  const std::string text = bench.write("lengths", "a\na b\na b c\na b c d\n");
  const auto steps_with = [&](const Arguments& more) {
    const Outcome done =
        bench.run(bench.tiny() +
                  Arguments{"--train", text, "--dev", text, "--out", bench.file("lengths_run"),
                            "--epochs", "1", "--batch", "4", "--warmup", "100", "--overwrite"} +
                  more);
    REQUIRE_MESSAGE(done.status == 0, done.err);
    const std::string before = "rises for 100 steps and the training has ";
    const std::size_t at = done.err.find(before);
    REQUIRE(at != std::string::npos);
    return std::stoi(done.err.substr(at + before.size()));
  };
  CHECK(steps_with({}) == 1);
  CHECK(steps_with({"--batches", "equal"}) == 4);
  CHECK(steps_with({"--chunk", "3"}) == 2);
  CHECK(steps_with({"--chunk", "2", "--batches", "equal"}) == 4);
}

TEST_CASE("sentences: standard input may be the training text") {
  const TextBench bench;
  Arguments options = bench.tiny();
  *std::find(options.begin(), options.end(), bench.train_file()) = "-";
  const Outcome done =
      bench.run(options + Arguments{"--out", bench.file("piped")}, bench.read("corpus/train.txt"));
  REQUIRE_MESSAGE(done.status == 0, done.err);
  bench.train("model");
  CHECK(metrics_of(bench, "piped") == metrics_of(bench, "model"));
}
