// What `text_vae evaluate` and `text_vae compare` say of figures.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/evaluate/sentence_figures.hpp>

#include "kit/compare/run_result.hpp"
#include "text_vae/compare/methods.hpp"
#include "text_vae/compare/scores.hpp"
#include "text_vae/evaluate_command.hpp"
#include "text_vae/training_run.hpp"

using nlohmann::ordered_json;
using vaecollapse::SentenceFigures;

namespace {

/// Two sentences of eight words together; another's z costs them six nats.
SentenceFigures figures_with_z() {
  SentenceFigures found;
  found.costs = {.nll = {90, 94}, .rate = {8, 8}, .iw_nll = {96, 100}, .nll_permuted = {96, 100}};
  found.words = 8;
  found.samples = 50;
  found.effective_samples = 12.5;
  found.information = vaecollapse::MutualInformation{
      .lower = {5, 0.1}, .upper = {6, 0.2}, .cap = 8.25, .marginal_kl = {3, 0.1}};
  found.active_units = 7;
  return found;
}

SentenceFigures figures_without_z() {
  SentenceFigures found;
  found.costs = {.nll = {96, 100}, .rate = {0, 0}, .iw_nll = {96, 100}, .nll_permuted = {}};
  found.words = 8;
  return found;
}

text_vae::RunResult result_of(const std::string& method, const SentenceFigures& figures) {
  return {.method = method,
          .scoring = "1",
          .program = "2",
          .seed = 1,
          .scores = text_vae::Scores(figures),
          .seconds = 3};
}

}  // namespace

TEST_CASE("evaluate: the keys of a model with z") {
  const ordered_json object = ordered_json::parse(text_vae::to_json(figures_with_z()));
  CHECK(object["elbo_nats"] == -100);
  CHECK(object["nll_nats"] == 92);
  CHECK(object["rate_nats"] == 8);
  CHECK(object["iw_nll_nats"] == 98);
  CHECK(object["iw_samples"] == 50);
  CHECK(object["iw_effective_samples"] == 12.5);
  // Eight words and two ends.
  CHECK(object["perplexity"].get<double>() == doctest::Approx(std::exp(19.6)));
  CHECK(object["perplexity_elbo"].get<double>() == doctest::Approx(std::exp(20.0)));
  CHECK(object["mutual_information_nats"]["lower"] == 5);
  CHECK(object["mutual_information_nats"]["upper"] == 6);
  CHECK(object["mutual_information_nats"]["cap"] == 8.25);
  CHECK(object["active_units"] == 7);
  CHECK(object["nll_rise_z_permuted_nats"] == 6);
  CHECK(object["sentences"] == 2);
  CHECK(object["words"] == 8);
}

TEST_CASE("evaluate: a language model has the same keys, null where there is no z") {
  const ordered_json with = ordered_json::parse(text_vae::to_json(figures_with_z()));
  const ordered_json without = ordered_json::parse(text_vae::to_json(figures_without_z()));
  std::vector<std::string> keys, others;
  for (const auto& [key, value] : with.items()) keys.push_back(key);
  for (const auto& [key, value] : without.items()) others.push_back(key);
  CHECK(keys == others);
  CHECK(without["rate_nats"] == 0);
  CHECK(without["perplexity"] == without["perplexity_elbo"]);
  for (const char* key : {"iw_samples", "iw_effective_samples", "mutual_information_nats",
                          "active_units", "nll_rise_z_permuted_nats"}) {
    CAPTURE(key);
    CHECK(without[key].is_null());
  }
}

TEST_CASE("evaluate: figures to read") {
  CHECK(text_vae::to_text(figures_with_z(), 32) ==
        "sentences               2, of 8 tokens\n"
        "ELBO                    -100.000 nats a sentence\n"
        "  NLL                   92.000\n"
        "  rate                  8.000\n"
        "NLL by 50 samples       98.000 +- 2.000 (12.5 effective)\n"
        "perplexity              325215956.12 a token, ends counted; by the ELBO 485165195.41\n"
        "mutual information      5.000 +- 0.100 to 6.000 +- 0.200 (the lower: at most 8.250)\n"
        "active units            7 of 32 (variance of means > 0.01)\n"
        "z of another sentence   NLL +6.000 +- 0.000\n");
  const std::string without = text_vae::to_text(figures_without_z(), 0);
  CHECK(without.find("NLL, without z exact    98.000 +- 2.000\n") != std::string::npos);
  CHECK(without.find("active units") == std::string::npos);
  SentenceFigures single = figures_without_z();
  single.costs = {.nll = {96}, .rate = {0}, .iw_nll = {96}, .nll_permuted = {}};
  CHECK(text_vae::to_text(single, 0).find("NLL, without z exact    96.000\n") != std::string::npos);
  CHECK(ordered_json::parse(text_vae::to_json(single))["iw_nll_standard_error"].is_null());
}

TEST_CASE("compare: a result goes to JSON and back, with z and without") {
  for (const SentenceFigures& figures : {figures_with_z(), figures_without_z()}) {
    const text_vae::RunResult before = result_of("mdr", figures);
    const auto after = kit::read_result<text_vae::Scores>("r.json", kit::to_json(before));
    CHECK(after.scores.values() == before.scores.values());
    CHECK(after.scores.verdict_name() == before.scores.verdict_name());
    CHECK(kit::to_json(after) == kit::to_json(before));
  }
  std::string damaged = kit::to_json(result_of("mdr", figures_with_z()));
  damaged.replace(damaged.find("\"iw_nll\":[96.0,100.0]"), 21, "\"iw_nll\":[96.0]");
  CHECK_THROWS_AS(kit::read_result<text_vae::Scores>("r.json", damaged), vaecollapse::InputError);
}

TEST_CASE("compare: the table of a language model, a collapsed VAE and one that uses z") {
  SentenceFigures collapsed = figures_with_z();
  collapsed.costs.rate = {0.02, 0.02};
  collapsed.costs.nll_permuted = collapsed.costs.nll;
  collapsed.active_units = 0;
  const auto cells = kit::comparison_cells(kit::comparison_of<text_vae::Scores>(
      text_vae::measures(), {result_of("language_model", figures_without_z()),
                             result_of("elbo", collapsed), result_of("mdr", figures_with_z())}));
  REQUIRE(cells.size() == 4);
  const auto cell = [&](std::size_t row, const std::string& title) {
    for (std::size_t i = 0; i < cells[0].size(); ++i) {
      if (cells[0][i] == title) return cells[row][i];
    }
    return std::string("no such column");
  };
  CHECK(cell(1, "verdict") == "no z");
  CHECK(cell(2, "verdict") == "collapsed");
  CHECK(cell(3, "verdict") == "healthy");
  CHECK(cell(1, "IW-NLL, nats") == "98.00 [96.00, 100.00]");
  CHECK(cell(1, "MI, nats").empty());
  CHECK(cell(3, "MI, nats") == "5.00 [5.00, 5.00]");
  CHECK(cell(3, "active units") == "7.0 [7.0, 7.0]");
  CHECK(cell(3, "z permuted, nats") == "+6.00 [+6.00, +6.00]");
  CHECK(cell(3, "KL, nats") == "8.00 [8.00, 8.00]");
  CHECK(cell(3, "effective samples") == "12.5 [12.5, 12.5]");
  CHECK(cell(1, "effective samples").empty());
}

TEST_CASE("compare: methods change what they name, and share the rest") {
  text_vae::Settings base;
  base.dropout = "embedding(0.5)";
  const auto settings = [&](const char* method) {
    return text_vae::settings_of(method, base, {.rate = 6, .steps = 1000});
  };
  CHECK(settings("language_model").is_language_model());
  CHECK(settings("language_model").objective == "elbo");
  CHECK(settings("elbo").dropout == "embedding(0.5)");
  CHECK(settings("word_dropout").dropout == "embedding(0.5)+words(0.4)");
  CHECK(settings("free_bits").objective == "free_bits(groups=1,rate=6)");
  CHECK(settings("free_bits_half").objective == "free_bits(groups=1,rate=3)");
  CHECK(settings("mdr+word_dropout").objective == "mdr(rate=6)");
  CHECK(settings("batch_norm").head_transform == "batch_norm");
  text_vae::Settings changed = settings("mdr");
  changed.objective = base.objective;
  CHECK(changed == base);
  // Every method has settings that can be trained.
  for (const std::string& method : kit::read_methods(text_vae::methods(), "all")) {
    CAPTURE(method);
    CHECK_NOTHROW(text_vae::prepare(settings(method.c_str())));
  }
}
