// `reinflect train`: what it writes, and that the same settings give the same bytes.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/io/safetensors.hpp>

#include "smoke/program.hpp"

using nlohmann::json;
using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;
using reinflection::test::without_times;
using reinflection::test::Workbench;

TEST_CASE("training fills its folder") {
  const Workbench bench;
  const std::string folder = bench.train("model", {"--epochs", "3"});
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  // 150 rows in batches of 16 are 10 steps an epoch; the first checkpoint is gone.
  CHECK(names == std::vector<std::string>{"checkpoint-20.safetensors", "checkpoint-30.safetensors",
                                          "config.json", "metrics.csv", "metrics.jsonl",
                                          "model.safetensors"});

  const auto metrics = lines(bench.read("model/metrics.csv"));
  REQUIRE(metrics.size() == 4);
  CHECK(metrics[0] ==
        "epoch,step,seconds,examples_per_second,train_nll_nats,train_rate_nats,dev_nll_nats,"
        "dev_rate_nats,dev_elbo_nats,dev_accuracy,dev_levenshtein,kl_weight,multiplier,"
        "train_auxiliary_nats,gradient_norm,gradient_norm_max,loss_spikes");
  for (std::size_t epoch = 1; epoch <= 3; ++epoch) {
    const auto row = split(metrics[epoch], ',');
    REQUIRE(row.size() == 17);
    CHECK(row[13] == "0");
    CHECK(std::stod(row[14]) > 0);
    CHECK(std::stod(row[15]) > std::stod(row[14]));
    CHECK(row[16] == "0");
    CHECK(row[0] == std::to_string(epoch));
    CHECK(row[1] == std::to_string(10 * epoch));
    CHECK(std::stod(row[8]) == doctest::Approx(-std::stod(row[6]) - std::stod(row[7])));
  }
  CHECK(std::stod(split(metrics[3], ',')[4]) < std::stod(split(metrics[1], ',')[4]));

  const auto objects = lines(bench.read("model/metrics.jsonl"));
  REQUIRE(objects.size() == 3);
  for (std::size_t epoch = 1; epoch <= 3; ++epoch) {
    const json object = json::parse(objects[epoch - 1]);
    CHECK(object["epoch"] == epoch);
    CHECK(object["dev_nll_nats"] == std::stod(split(metrics[epoch], ',')[6]));
    CHECK(object["kl_per_dimension"].size() == 8);
    double sum = 0;
    for (const json& dimension : object["kl_per_dimension"]) sum += dimension.get<double>();
    CHECK(sum == doctest::Approx(object["dev_rate_nats"].get<double>()));
  }

  const json config = json::parse(bench.read("model/config.json"));
  CHECK(config["train"] == bench.train_file());
  CHECK(config["out"] == folder);
  CHECK(config["threads"] == 1);
  CHECK(config["epochs"] == 3);
  CHECK(config["objective"] == "free_bits(groups=1,rate=90,per=batch)");
  CHECK(config["dropout"] == "chars(beta=0.1,to=unk)");
}

TEST_CASE("a model file says what it is, and not where it was made") {
  const Workbench bench;
  bench.train("model", {"--epochs", "1"});
  const auto model = vaecollapse::read_safetensors(bench.file("model/model.safetensors"));
  const json config = json::parse(model.metadata.at("config"));
  CHECK(config["latent"] == 8);
  CHECK_FALSE(config.contains("out"));
  CHECK_FALSE(config.contains("threads"));
  const json vocabulary = json::parse(model.metadata.at("vocabulary"));
  CHECK(vocabulary["set_values"] == "atomic");
  CHECK(vocabulary["tags"].size() == 15);
  CHECK(vocabulary["tags"][0] == "case=ABL");

  const vaecollapse::Tensor* weights = model.find("decoder.gru.weight_hh_l0");
  REQUIRE(weights != nullptr);
  CHECK(weights->shape == vaecollapse::FileShape{48, 16});
  CHECK(model.find("encoder.gru.weight_ih_l0_reverse") != nullptr);
  CHECK(model.find("posterior.mu.weight") != nullptr);
}

TEST_CASE("the same settings give the same bytes, whatever the folder and the threads") {
  const Workbench bench;
  bench.train("first");
  const std::string config = bench.file("first/config.json");
  const Outcome again =
      bench.run({"train", "--config", config, "--out", bench.file("second"), "--threads", "2"});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(bench.read("second/model.safetensors") == bench.read("first/model.safetensors"));
  CHECK(without_times(bench.read("second/metrics.csv")) ==
        without_times(bench.read("first/metrics.csv")));

  bench.train("third", {"--seed", "6"});
  CHECK(bench.read("third/model.safetensors") != bench.read("first/model.safetensors"));
}

TEST_CASE("options given beside --config win") {
  const Workbench bench;
  const std::string config = bench.write("base.json", R"({"epochs": 7, "latent": 4})");
  bench.train("model", {"--config", config, "--epochs", "1"});
  const json read = json::parse(bench.read("model/config.json"));
  CHECK(read["epochs"] == 1);
  CHECK(read["latent"] == 8);
}

TEST_CASE("an earlier run is kept unless it is to be overwritten") {
  const Workbench bench;
  const std::string folder = bench.train("model", {"--epochs", "3"});
  bench.write("model/notes.txt", "mine");
  const auto before = bench.contents("model");
  const Outcome refused = bench.run(bench.tiny() + Arguments{"--out", folder});
  CHECK(refused.status == 2);
  CHECK(refused.out.empty());
  CHECK(refused.err == folder +
                           ": found an earlier run (config.json), expected a folder without one; "
                           "--overwrite replaces it\n");
  CHECK(bench.contents("model") == before);

  // Bad input costs nothing even then.
  const Outcome bad = bench.run(
      bench.tiny() + Arguments{"--out", folder, "--overwrite", "--dev", bench.file("nothing")});
  CHECK(bad.status == 2);
  CHECK(bench.contents("model") == before);

  bench.train("model", {"--overwrite", "--epochs", "1"});
  const auto after = bench.contents("model");
  CHECK(after.size() == 6);
  CHECK(after.contains(bench.file("model/checkpoint-10.safetensors")));
  CHECK(bench.read("model/notes.txt") == "mine");
  CHECK(lines(bench.read("model/metrics.csv")).size() == 2);
}

TEST_CASE("progress is plain lines where there is no terminal") {
  const Workbench bench;
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("model")});
  REQUIRE(done.status == 0);
  auto shown = lines(done.err);
  // So small a model has yet to learn to use z, and is told so.
  std::erase_if(shown, [](const std::string& line) { return line.starts_with("  warning: "); });
  REQUIRE(shown.size() == 3);
  CHECK(shown[0].starts_with("150 training rows, 40 dev rows, "));
  CHECK(shown[1].starts_with("epoch   1/2 "));
  CHECK(shown[2].find("examples/s") != std::string::npos);
  CHECK(done.err.find('\r') == std::string::npos);
  CHECK(done.out.starts_with("best epoch "));
}

TEST_CASE("attention over tags trains, is saved and predicts") {
  const Workbench bench;
  const std::string folder = bench.train("model", {"--attention", "4", "--epochs", "1"});
  const Outcome done =
      bench.run({"predict", "--model", folder, "--input", bench.test_file(), "--threads", "1"});
  CHECK_MESSAGE(done.status == 0, done.err);
  CHECK(lines(done.out).size() == 30);
}

TEST_CASE("with --copies each row is there twice, and so are the steps of an epoch") {
  const Workbench bench;
  const Outcome done = bench.run(
      bench.tiny() + Arguments{"--out", bench.file("model"), "--epochs", "1", "--copies", "1"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.find("300 training rows") != std::string::npos);
  CHECK(split(lines(bench.read("model/metrics.csv"))[1], ',')[1] == "19");
}

TEST_CASE("random strings are rows of each epoch, and their tag is the model's") {
  const Workbench bench;
  const Outcome done = bench.run(bench.tiny() + Arguments{"--out", bench.file("model"), "--epochs",
                                                          "1", "--copies", "random:50,words"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.err.find("350 training rows") != std::string::npos);
  CHECK(split(lines(bench.read("model/metrics.csv"))[1], ',')[1] == "22");
  CHECK(json::parse(bench.read("model/config.json"))["copies"] == "words,random:50");
  CHECK(bench.read("model/model.safetensors").find(R"(\"COPY\")") != std::string::npos);
  const Outcome guessed = bench.run(
      {"predict", "--model", bench.file("model"), "--input", bench.test_file(), "--threads", "1"});
  CHECK_MESSAGE(guessed.status == 0, guessed.err);
  CHECK(lines(guessed.out).size() == 30);
}

TEST_CASE("a config of before, where copies are a number, is read") {
  const Workbench bench;
  const std::string words = bench.train("words", {"--copies", "words", "--epochs", "1"});
  const std::string config = bench.write("old.json", R"({"copies": 1, "epochs": 1})");
  Arguments sizes = bench.tiny();
  const auto epochs = std::find(sizes.begin(), sizes.end(), "--epochs");
  sizes.erase(epochs, epochs + 2);
  const auto copies = std::find(sizes.begin(), sizes.end(), "--copies");
  sizes.erase(copies, copies + 2);
  const Outcome old = bench.run(sizes + Arguments{"--config", config, "--out", bench.file("old")});
  REQUIRE_MESSAGE(old.status == 0, old.err);
  CHECK(bench.read("old/model.safetensors") == bench.read("words/model.safetensors"));
  const Outcome bad =
      bench.run(bench.tiny() + Arguments{"--config", bench.write("bad.json", "{\n\"copies\": 2}"),
                                         "--out", bench.file("bad")});
  CHECK(bad.status == 2);
  CHECK(bad.err == bench.file("bad.json") +
                       ":2: found \"copies\": 2, expected none, words, random:N, or "
                       "words,random:N, with N from 1 to 10000000\n");
}

TEST_CASE("the default warm-up is a tenth of the steps, and is kept in what is written") {
  const Workbench bench;
  Arguments sizes = bench.tiny();
  const auto warmup = std::find(sizes.begin(), sizes.end(), "--warmup");
  sizes.erase(warmup, warmup + 2);
  const Outcome first = bench.run(sizes + Arguments{"--out", bench.file("first")});
  REQUIRE_MESSAGE(first.status == 0, first.err);
  CHECK(first.err.find("note: ") == std::string::npos);
  // 10 steps an epoch, 2 epochs.
  CHECK(json::parse(bench.read("first/config.json"))["warmup"] == 2);
  // The stored run is trained again by its file, and with another number of epochs keeps its own.
  const Outcome again = bench.run(
      {"train", "--config", bench.file("first/config.json"), "--out", bench.file("again")});
  REQUIRE_MESSAGE(again.status == 0, again.err);
  CHECK(bench.read("again/model.safetensors") == bench.read("first/model.safetensors"));
  const Outcome longer = bench.run({"train", "--config", bench.file("first/config.json"), "--out",
                                    bench.file("longer"), "--epochs", "3"});
  REQUIRE_MESSAGE(longer.status == 0, longer.err);
  CHECK(json::parse(bench.read("longer/config.json"))["warmup"] == 2);
}

TEST_CASE("what a setting cannot do in so few steps is said before the training") {
  const Workbench bench;
  const Outcome done =
      bench.run(bench.tiny() + Arguments{"--out", bench.file("model"), "--warmup", "200",
                                         "--objective", "anneal(linear,steps=5000)"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const auto shown = lines(done.err);
  CHECK(shown[0].starts_with("note: --warmup: the learning rate rises for 200 steps"));
  CHECK(shown[1].starts_with("note: --objective: anneal takes 5000 steps"));
  CHECK(json::parse(bench.read("model/config.json"))["warmup"] == 200);
}
