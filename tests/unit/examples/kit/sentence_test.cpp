// What a report and a diagnosis say first.
#include "kit/report/sentence.hpp"

#include <string>

#include <doctest/doctest.h>

using kit::sentence_of;
using vaecollapse::Diagnosis;
using vaecollapse::Grouping;

namespace {

Diagnosis diagnosis(vaecollapse::Health health, double accuracy, double fall) {
  Diagnosis found;
  found.verdict.health = health;
  found.accuracy = accuracy;
  found.permuted.accuracy_fall.value = fall;
  return found;
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
        "with the word's own 1.0 %, and neighbours in z share no label much more often than by "
        "chance (num).");
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

TEST_CASE("report: of a sequence the sentence is by the z of another word of as many places") {
  using vaecollapse::Health;
  Diagnosis found = diagnosis(Health::healthy, 0.9, 0.9);
  found.use_of_places.emplace();
  found.use_of_places->permuted = vaecollapse::Ablation{{5, 1}, {0.85, 0.01}};
  CHECK(sentence_of(found, {lemma})
            .starts_with("z is used: with the z of another word of as many places accuracy falls "
                         "from 90.0 % to 5.0 "
                         "%, and"));
  found.verdict.health = Health::only_length_used;
  found.use_of_places->permuted = vaecollapse::Ablation{{0, 0.1}, {0, 0.01}};
  CHECK(sentence_of(found, {lemma})
            .starts_with("z is not used but for the number of its places: with the z of another "
                         "word of as many "
                         "places accuracy is 90.0 %, with the word's own 90.0 %"));
}

TEST_CASE("report: sentences are said to be such, by their NLL alone") {
  Diagnosis found = diagnosis(vaecollapse::Health::healthy, 0.3, 0.3);
  found.kind = vaecollapse::RowKind::sentence;
  found.elbo.nll = 92;
  found.permuted.nll_rise.value = 6;
  found.verdict.task = vaecollapse::TaskProgress::learnt;
  CHECK(sentence_of(found, {}) ==
        "z is used: with the z of another sentence the NLL rises from 92.00 to 98.00 nats a "
        "sentence.");
  found.verdict.task = vaecollapse::TaskProgress::not_learnt;
  CHECK(sentence_of(found, {}).ends_with("; the task is not learnt."));
}
