// Parts of `reinflect report` that need no model.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "latents.hpp"
#include "report/comparison_part.hpp"
#include "report/train_line.hpp"
#include "settings.hpp"

namespace {

using reinflection::RunResult;

RunResult result(const char* method, std::vector<double> right, std::vector<double> permuted) {
  RunResult run;
  run.method = method;
  run.scores.rows.right = right;
  run.scores.rows.right_permuted = permuted;
  for (const double one : right) run.scores.rows.distance.push_back(2 - 2 * one);
  for (const double one : permuted) run.scores.rows.distance_permuted.push_back(2 - 2 * one);
  return run;
}

}  // namespace

TEST_CASE("report: the sentence of a comparison names who collapsed, and the best") {
  const RunResult good = result("mdr", {1, 1, 0, 1}, {0, 0, 0, 0});
  const RunResult bad = result("elbo", {0, 0, 0, 0}, {0, 0, 0, 0});
  CHECK(reinflection::sentence_of({bad, good}) ==
        "1 of 2 methods did not use z in a run or more (elbo); the best run, mdr, gets 75.0 % "
        "right, and 0.0 % with the z of other words.");
  CHECK(reinflection::sentence_of({good}).starts_with("z is used by every method of 1; "));
  // As many right: the run whose wrong guesses are nearer is the better, as for the trainer.
  RunResult nearer = result("hinge", {1, 1, 0, 1}, {0, 0, 0, 0});
  nearer.scores.rows.distance = {0, 0, 1, 0};
  CHECK(reinflection::sentence_of({good, nearer}).find("the best run, hinge, ") !=
        std::string::npos);
  CHECK(reinflection::sentence_of({nearer, good}).find("the best run, hinge, ") !=
        std::string::npos);
  nearer.scores.rows.distance = good.scores.rows.distance;
  CHECK(reinflection::sentence_of({nearer, good}).find("the best run, hinge, ") !=
        std::string::npos);
}

TEST_CASE("report: the command that trains a model again") {
  reinflection::Settings settings;
  settings.objective = "mdr(rate=60)";
  settings.encoder_state_bypass = true;
  CHECK(reinflection::train_command_line(settings, "run") ==
        "reinflect train --out run --objective 'mdr(rate=60)' --latent-per-place 0 "
        "--encoder-state-bypass");
  // The default warm-up is a tenth of the steps: what is told is what the run had.
  CHECK(reinflection::train_command_line({}, "run", 10000) ==
        "reinflect train --out run --latent-per-place 0");
  CHECK(reinflection::train_command_line({}, "run", 175) ==
        "reinflect train --out run --latent-per-place 0 --warmup 200");
  reinflection::Settings published;
  reinflection::setting_table.set(published, *reinflection::setting_table.find("compat"), "akruti");
  CHECK(reinflection::train_command_line(published, "run") ==
        "reinflect train --compat akruti --out run --latent-per-place 0");
}

TEST_CASE("report: the command that trains a model again makes the same latents, copies and all") {
  using reinflection::setting_table;
  const auto again = [](const std::string& line) {
    // No value here has a blank.
    std::vector<kit::GivenSetting> given;
    std::istringstream words(line);
    std::string option, value;
    words >> value >> value;
    while (words >> option >> value) {
      std::replace(option.begin(), option.end(), '-', '_');
      std::erase(value, '\'');
      given.push_back({option.substr(2), value});
    }
    auto settings =
        with_latents(setting_table.settle("", given, reinflection::settings_by_latents()));
    settle_copies(settings, 70);
    return settings;
  };
  reinflection::Settings settings = reinflection::settings_of_usual_run();
  settings.out = "run";
  settings.warmup = 200;
  const auto line_of = [&] { return reinflection::train_command_line(settings, "run"); };
  CHECK(line_of() == "reinflect train --out run --copies words,random:4000 --latent-per-place 48");
  CHECK(again(line_of()) == settings);
  settings.objective = "mdr(rate=60)";
  settings.copies = "words,random:70";
  settings.ema = 0;
  CHECK(again(line_of()) == settings);
  settings.latent = 0;
  settings.objective = "places(rate=11)";
  CHECK(line_of().find("--objective") == std::string::npos);
  CHECK(again(line_of()) == settings);
  settings = {};
  settings.out = "run";
  settings.ema = 0.99;
  CHECK(again(line_of()) == settings);
}
