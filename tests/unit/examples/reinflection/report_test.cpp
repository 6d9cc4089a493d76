// Parts of `reinflect report` that need no model.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "report/sentence.hpp"
#include "report/train_line.hpp"
#include "settings.hpp"

namespace {

using reinflection::RunResult;
using reinflection::sentence_of;
using vaecollapse::Diagnosis;
using vaecollapse::Grouping;

Diagnosis diagnosis(vaecollapse::Health health, double accuracy, double fall) {
  Diagnosis found;
  found.verdict.health = health;
  found.accuracy = accuracy;
  found.permuted.accuracy_fall.value = fall;
  return found;
}

RunResult result(const char* method, std::vector<double> right, std::vector<double> permuted) {
  RunResult run;
  run.method = method;
  run.rows.right = right;
  run.rows.right_permuted = permuted;
  for (const double one : right) run.rows.distance.push_back(2 - 2 * one);
  for (const double one : permuted) run.rows.distance_permuted.push_back(2 - 2 * one);
  return run;
}

const Grouping lemma{.label = "lemma", .purity = 0.9};
const Grouping pos{.label = "pos", .purity = 0.9, .purity_chance = 0.5};
const Grouping number{.label = "num", .purity = 0.5, .purity_chance = 0.5};

}  // namespace

TEST_CASE("report: the sentence says use, fall of accuracy, and labels") {
  CHECK(sentence_of(diagnosis(vaecollapse::Health::healthy, 0.954, 0.953), {lemma, pos, number}) ==
        "z is used: with the z of another word accuracy falls from 95.4 % to 0.1 %, and neighbours "
        "in z share their lemma and pos, not their num.");
  CHECK(sentence_of(diagnosis(vaecollapse::Health::collapsed, 0.01, -0.002), {number}) ==
        "z is not used, the model has collapsed: with the z of another word accuracy is 1.2 %, "
        "with the word's own 1.0 %, and neighbours in z share no label much more often than chance "
        "has it (num).");
  CHECK(sentence_of(diagnosis(vaecollapse::Health::collapsed, 0.01, 0.01), {lemma})
            .ends_with("and neighbours in z share their lemma, which the decoder does not use."));
}

TEST_CASE("report: beside the use of z the sentence says that a task is not learnt") {
  using vaecollapse::TaskProgress;
  const auto end_of = [](TaskProgress task) {
    Diagnosis found = diagnosis(vaecollapse::Health::healthy, 0.081, 0.081);
    found.verdict.task = task;
    const std::string text = sentence_of(found, {lemma});
    return text.substr(text.find("share their lemma") + 17);
  };
  CHECK(end_of(TaskProgress::learnt) == ".");
  CHECK(end_of(TaskProgress::unknown) == ".");
  CHECK(end_of(TaskProgress::not_learnt) == "; the task is not learnt: 8.1 % are right.");
  CHECK(end_of(TaskProgress::partly_learnt) == "; the task is partly learnt: 8.1 % are right.");
  CHECK(end_of(TaskProgress::learning) == "; the model is still learning: 8.1 % are right.");
}

TEST_CASE("report: where accuracy shows nothing, the sentence says it by the NLL") {
  using vaecollapse::Health;
  const auto sentence = [](Health health, double accuracy, double fall, double rise) {
    Diagnosis found = diagnosis(health, accuracy, fall);
    found.elbo.nll = 20.1;
    found.permuted.nll_rise.value = rise;
    const std::string text = sentence_of(found, {lemma});
    return text.substr(0, text.find(", and neighbours in z "));
  };
  CHECK(sentence(Health::healthy, 0, 0, 5.5) ==
        "z is used: with the z of another word the NLL rises from 20.10 to 25.60 nats a word");
  CHECK(sentence(Health::healthy, 0.0004, 0.0004, 5.5) ==
        "z is used: with the z of another word the NLL rises from 20.10 to 25.60 nats a word");
  CHECK(sentence(Health::healthy, 0.5, -0.01, 5.5).ends_with("from 20.10 to 25.60 nats a word"));
  CHECK(sentence(Health::healthy, 0.001, 0.001, 5.5).ends_with("from 0.1 % to 0.0 %"));
  CHECK(sentence(Health::collapsed, 0, 0, 0.01) ==
        "z is not used, the model has collapsed: with the z of another word the NLL is 20.11 nats "
        "a word, with the word's own 20.10");
  CHECK(sentence(Health::collapsed, 0.3, 0.0001, 0.01)
            .ends_with("accuracy is 30.0 %, with the word's own 30.0 %"));
  CHECK(sentence(Health::encoder_lags, 0, 0, -0.1)
            .ends_with("the NLL is 20.00 nats a word, with the word's own 20.10"));
}

TEST_CASE("report: the sentence of a comparison names who collapsed, and the best") {
  const RunResult good = result("mdr", {1, 1, 0, 1}, {0, 0, 0, 0});
  const RunResult bad = result("elbo", {0, 0, 0, 0}, {0, 0, 0, 0});
  CHECK(reinflection::sentence_of({bad, good}) ==
        "1 of 2 methods did not use z in a run or more (elbo); the best run, mdr, gets 75.0 % "
        "right, and 0.0 % with the z of other words.");
  CHECK(reinflection::sentence_of({good}).starts_with("z is used by every method of 1; "));
  // As many right: the run whose wrong guesses are nearer is the better, as for the trainer.
  RunResult nearer = result("hinge", {1, 1, 0, 1}, {0, 0, 0, 0});
  nearer.rows.distance = {0, 0, 1, 0};
  CHECK(reinflection::sentence_of({good, nearer}).find("the best run, hinge, ") !=
        std::string::npos);
  CHECK(reinflection::sentence_of({nearer, good}).find("the best run, hinge, ") !=
        std::string::npos);
  nearer.rows.distance = good.rows.distance;
  CHECK(reinflection::sentence_of({nearer, good}).find("the best run, hinge, ") !=
        std::string::npos);
}

TEST_CASE("report: the command that trains a model again") {
  reinflection::Settings settings;
  settings.objective = "mdr(rate=60)";
  settings.encoder_state_bypass = true;
  CHECK(reinflection::train_command_line(settings, "run") ==
        "reinflect train --out run --objective 'mdr(rate=60)' --encoder-state-bypass");
  // The default warm-up is a tenth of the steps: what is told is what the run had.
  CHECK(reinflection::train_command_line({}, "run", 10000) == "reinflect train --out run");
  CHECK(reinflection::train_command_line({}, "run", 175) ==
        "reinflect train --out run --warmup 200");
  reinflection::Settings published;
  reinflection::setting_table.set(published, *reinflection::setting_table.find("compat"), "akruti");
  CHECK(reinflection::train_command_line(published, "run") ==
        "reinflect train --compat akruti --out run");
}
