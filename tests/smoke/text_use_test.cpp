// `text_vae evaluate`, `sample`, `reconstruct`, `interpolate` and `diagnose` on a tiny model, and
// on a language model.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "smoke/text_program.hpp"

using nlohmann::ordered_json;
using namespace text_vae::test;

namespace {

/// What a command prints in JSON; `status` is its exit status.
ordered_json sentence_json(const TextBench& bench, const Arguments& arguments, int status = 0) {
  const Outcome done = bench.run(arguments + Arguments{"--threads", "1", "--json"});
  REQUIRE_MESSAGE(done.status == status, done.err);
  return ordered_json::parse(done.out);
}

const Arguments to_language_model{"--latent", "0", "--objective", "elbo"};

/// Whether all tokens of a sentence are of the built-in language.
bool is_sentence(const std::string& text) {
  for (const std::string& token : split(text, ' ')) {
    if (!token.empty() && token != "<unk>" && token[0] != 'w') return false;
  }
  return true;
}

}  // namespace

TEST_CASE("sentences: evaluation agrees with training, with itself on any threads, and with sums") {
  const TextBench bench;
  const std::string model = bench.train("model");
  const ordered_json dev = sentence_json(
      bench, {"evaluate", "--model", model, "--data", bench.dev_file(), "--samples", "1"});
  const std::string epochs = bench.read("model/metrics.jsonl");
  double best = -1e9;
  for (const std::string& line : lines(epochs)) {
    best = std::max(best, ordered_json::parse(line)["dev_elbo_nats"].get<double>());
  }
  CHECK(dev["elbo_nats"].get<double>() == doctest::Approx(best).epsilon(1e-5));
  const Arguments evaluate{"evaluate",        "--model",   model, "--data",
                           bench.test_file(), "--samples", "20"};
  const ordered_json test = sentence_json(bench, evaluate);
  CHECK(test["sentences"] == 20);
  CHECK(test["words"] == 200);
  CHECK(test["iw_samples"] == 20);
  CHECK(test["perplexity"].get<double>() ==
        doctest::Approx(std::exp(20 * test["iw_nll_nats"].get<double>() / 220)));
  CHECK(test["perplexity"] < test["perplexity_elbo"]);
  CHECK(test["elbo_nats"].get<double>() ==
        doctest::Approx(-test["nll_nats"].get<double>() - test["rate_nats"].get<double>()));
  const ordered_json information = test["mutual_information_nats"];
  CHECK(information["lower"] <= information["upper"]);
  CHECK(information["cap"].get<double>() == doctest::Approx(std::log(20.0)));
  CHECK(sentence_json(bench, evaluate + Arguments{"--threads", "3"}) == test);
  const Outcome text = bench.run(evaluate + Arguments{"--threads", "1"});
  CHECK(text.out.starts_with("sentences               20, of 200 tokens\nELBO "));
}

TEST_CASE("sentences: a language model has an exact perplexity, and no z to ask for") {
  const TextBench bench;
  const std::string model = bench.train("lm", to_language_model);
  const ordered_json found =
      sentence_json(bench, {"evaluate", "--model", model, "--data", bench.dev_file()});
  CHECK(found["rate_nats"] == 0);
  CHECK(found["iw_nll_nats"] == found["nll_nats"]);
  CHECK(found["perplexity"] == found["perplexity_elbo"]);
  CHECK(found["mutual_information_nats"].is_null());
  CHECK(found["active_units"].is_null());
  const ordered_json samples = sentence_json(bench, {"sample", "--model", model, "--count", "4"});
  CHECK(samples["source"] == "none");
  CHECK(samples["samples"].size() == 4);
  const std::string file = bench.file("lm/model.safetensors");
  const Outcome refused =
      bench.run({"diagnose", "--model", model, "--data", bench.dev_file(), "--threads", "1"});
  CHECK(refused.status == 2);
  CHECK(refused.err == file +
                           ": found a language model, which has no z, expected a model with z, for "
                           "text_vae diagnose\n");
  CHECK(bench.run({"interpolate", "--model", model}).status == 2);
  CHECK(bench.run({"reconstruct", "--model", model, "--sentence", "w1"}).status == 2);
}

TEST_CASE("sentences: samples are addressed by the seed, and greedy ones draw only z") {
  const TextBench bench;
  const std::string model = bench.train("model");
  const Arguments sample{"sample", "--model", model, "--count", "5", "--longest", "12"};
  const ordered_json first = sentence_json(bench, sample);
  CHECK(first["source"] == "prior");
  CHECK(first["samples"].size() == 5);
  for (const ordered_json& one : first["samples"]) {
    CHECK(is_sentence(one["sentence"].get<std::string>()));
    CHECK(one["log_probability"].get<double>() < 0);
    CHECK(split(one["sentence"].get<std::string>(), ' ').size() <= 12);
  }
  CHECK(sentence_json(bench, sample) == first);
  CHECK(sentence_json(bench, sample + Arguments{"--seed", "2"})["samples"] != first["samples"]);
  // Of one token that may follow, the likeliest, nothing is drawn.
  CHECK(sentence_json(bench, sample + Arguments{"--top-k", "1"})["samples"] ==
        sentence_json(bench, sample + Arguments{"--greedy"})["samples"]);
  CHECK(sentence_json(bench, sample + Arguments{"--top-p", "0.5"})["samples"] != first["samples"]);
  CHECK(sentence_json(bench, sample + Arguments{"--sentence", "w1 w2"})["source"] == "posterior");
  const Outcome none = bench.run(sample + Arguments{"--sentence", ""});
  CHECK(none.status == 2);
  CHECK(none.err == "--sentence: found no token, expected a sentence\n");
  const Outcome both = bench.run(sample + Arguments{"--greedy", "--top-k", "3"});
  CHECK(both.status == 2);
  CHECK(both.err ==
        "--top-k: found it with --greedy, which draws no tokens; expected one of them\n");
  CHECK(bench.run(sample).out.starts_with("   log p  sentence\n"));
}

TEST_CASE("sentences: reconstruction and interpolation start from the same z") {
  const TextBench bench;
  const std::string model = bench.train("model");
  const std::string from = "w1 w2 w3", to = "w4 w5";
  const auto reconstruct = [&](const std::string& sentence) {
    return sentence_json(bench,
                         {"reconstruct", "--model", model, "--sentence", sentence, "--draws", "2"});
  };
  const ordered_json found = reconstruct(from);
  CHECK(found["sentences"] == 1);
  CHECK(found["reconstructions"][0]["draws"].size() == 2);
  const ordered_json way = sentence_json(
      bench, {"interpolate", "--model", model, "--from", from, "--to", to, "--steps", "3"});
  CHECK(way["points"].size() == 4);
  CHECK(way["points"][0]["t"] == 0);
  CHECK(way["points"][3]["t"] == 1);
  // The likeliest tokens from the same mean; only the longest length that they may have differs.
  const auto end = way["points"][3]["sentence"].get<std::string>();
  const auto mean = reconstruct(to)["reconstructions"][0]["mean"]["sentence"].get<std::string>();
  CHECK_FALSE(mean.empty());
  CHECK(end.starts_with(mean));
  const ordered_json prior =
      sentence_json(bench, {"interpolate", "--model", model, "--steps", "1", "--seed", "3"});
  CHECK(prior["source"] == "prior");
  CHECK(prior["points"].size() == 2);
  const ordered_json file =
      sentence_json(bench, {"reconstruct", "--model", model, "--data", bench.test_file()});
  CHECK(file["sentences"] == 20);
  const Outcome one = bench.run({"interpolate", "--model", model, "--from", from});
  CHECK(one.status == 2);
  CHECK(one.err ==
        "--to: found nothing, expected a sentence, or neither, for two draws from the prior\n");
  const Outcome none = bench.run({"interpolate", "--model", model, "--from", "", "--to", ""});
  CHECK(none.status == 2);
  CHECK(none.err == "--from: found no token, expected a sentence\n");
  CHECK(bench.run({"reconstruct", "--model", model}).status == 2);
}

TEST_CASE("sentences: a diagnosis has the keys of every program, and says sentence throughout") {
  const TextBench bench;
  const std::string model = bench.train("model");
  const Arguments diagnose{"diagnose",  "--model", model,          "--data", bench.dev_file(),
                           "--samples", "5",       "--probe-rows", "8"};
  // After two epochs of a plain ELBO nothing is in z.
  const ordered_json found = sentence_json(bench, diagnose, 3);
  CHECK(found["verdict"] == "collapsed");
  CHECK(found["rows"] == 30);
  CHECK(found["importance_per_dimension"].size() == 4);
  CHECK(found["sentence"].get<std::string>().find("the z of another sentence") !=
        std::string::npos);
  CHECK(found["advice"].get<std::string>().find("a few nats a sentence") != std::string::npos);
  for (const char* key : {"evidence", "sentence"}) {
    CHECK(found[key].dump().find("word") == std::string::npos);
  }
  const Outcome text = bench.run(diagnose + Arguments{"--threads", "1"});
  CHECK(text.status == 3);
  CHECK(text.out.find("nats a sentence") != std::string::npos);
  CHECK(text.out.find("nats a word") == std::string::npos);
  const std::string single = bench.write("one.txt", "w1 w2\n");
  const Outcome refused =
      bench.run({"diagnose", "--model", model, "--data", single, "--threads", "1"});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("found a single sentence, expected two at least") != std::string::npos);
}
