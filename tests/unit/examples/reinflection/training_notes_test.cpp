// What is said of settings that cannot do in a run what they are for, and the default warm-up.
#include "kit/training_notes.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "compare/run.hpp"
#include "settings.hpp"
#include "training_run.hpp"

using namespace reinflection;

namespace {

Settings settings_with(const std::vector<kit::GivenSetting>& given) {
  Settings usual;
  usual.warmup = kit::warmup_by_steps;
  return setting_table.settle("", given, usual);
}

std::uint64_t warmup_of(const std::vector<kit::GivenSetting>& given, std::uint64_t rows) {
  Settings settings = settings_with(given);
  kit::settle_warmup(settings, kit::in_full_batches(rows, settings.batch));
  return settings.warmup;
}

/// All notes, in one text.
std::string notes_of(const std::vector<kit::GivenSetting>& given, std::uint64_t rows) {
  Settings settings = settings_with(given);
  kit::settle_warmup(settings, kit::in_full_batches(rows, settings.batch));
  const auto notes =
      kit::training_notes(prepare(settings), kit::in_full_batches(rows, settings.batch));
  std::string text;
  for (const std::string& note : notes) text += note + "\n";
  return text;
}

}  // namespace

TEST_CASE("the default warm-up is a tenth of the steps at most, and one that is given is kept") {
  CHECK(warmup_of({}, 2 * 12798) == 200);  // the default run on Turkish, with its copies
  CHECK(warmup_of({}, 400) == 17);         // 200 rows and their copies: 175 steps
  CHECK(warmup_of({{"epochs", "1"}}, 400) == 0);
  CHECK(warmup_of({{"batch", "8"}}, 400) == 125);
  CHECK(warmup_of({{"warmup", "200"}}, 400) == 200);
  CHECK(warmup_of({{"warmup", "0"}}, 25596) == 0);
  CHECK(warmup_of({{"compat", "akruti"}}, 400) == 0);  // as the published system has it
  CHECK(warmup_of({{"compat", "akruti"}, {"warmup", "5"}}, 400) == 5);
}

TEST_CASE("a run that is stored is trained again with the warm-up that it had") {
  Settings first = settings_with({});
  kit::settle_warmup(first, kit::in_full_batches(400, first.batch));
  Settings usual;
  usual.warmup = kit::warmup_by_steps;
  setting_table.set_from_json(usual, "config.json",
                              setting_table.to_json(first, kit::Content::all));
  kit::settle_warmup(usual, kit::in_full_batches(100000, usual.batch));
  CHECK(usual.warmup == 17);
  CHECK(kit::length_of(first, kit::in_full_batches(400, first.batch)).steps() == 175);
}

TEST_CASE("nothing is said of a run in which every setting does what it is for") {
  CHECK(notes_of({}, 25596).empty());
  CHECK(notes_of({}, 400).empty());
  CHECK(notes_of({{"objective", "mdr(rate=60)"}}, 400).empty());
  CHECK(notes_of({{"objective", "anneal(linear,steps=175)"}}, 400).empty());
  CHECK(notes_of({{"objective", "anneal(cyclical,steps=175,free_bits(rate=9))"}}, 400).empty());
  CHECK(notes_of({{"objective", "capacity(rate=9,steps=100)"}}, 400).empty());
  CHECK(notes_of({{"objective", "soft_free_bits(rate=9)"}}, 400).empty());
  CHECK(notes_of({{"patience", "5"}}, 400).empty());
}

TEST_CASE("what is too little for a setting is said in a sentence") {
  CHECK(
      notes_of({{"warmup", "200"}}, 400) ==
      "--warmup: the learning rate rises for 200 steps and the training has 175, so it is low for "
      "most of it; a tenth, 17, is usual\n");
  CHECK(notes_of({{"warmup", "88"}}, 400).starts_with("--warmup: "));
  CHECK(notes_of({{"warmup", "5"}, {"epochs", "1"}}, 400) ==
        "--warmup: the learning rate rises for 5 steps and the training has 7, so it is low for "
        "most of it; no warm-up, 0, is usual for so few\n");
  CHECK(notes_of({{"warmup", "1"}, {"epochs", "1"}}, 10) ==
        "--warmup: the learning rate rises for 1 step and the training has 1, so it is low for "
        "most of it; no warm-up, 0, is usual for so few\n"
        "--batch: 64 rows are more than the 10 of the training, so an epoch is one step with all "
        "of them\n");
  CHECK(notes_of({{"warmup", "6000"}}, 25596)
            .ends_with("so it is low for most of it; 200 are usual\n"));
  CHECK(notes_of({{"warmup", "87"}}, 400).empty());
  CHECK(notes_of({{"objective", "anneal(linear,steps=5000)"}}, 400) ==
        "--objective: anneal takes 5000 steps and the training has 175, so the KL never has its "
        "whole weight\n");
  CHECK(notes_of({{"objective", "mdr(rate=2)"}, {"epochs", "1"}, {"batch", "400"}}, 400)
            .starts_with("--objective: in the 1 step of the training the multiplier"));
  CHECK(notes_of({{"objective", "anneal(linear,steps=100,start=100)"}}, 400)
            .starts_with("--objective: anneal takes 200 steps and the training has 175"));
  CHECK(notes_of({{"objective", "anneal(cyclical,steps=1000)"}}, 400) ==
        "--objective: the cycles of anneal take 1000 steps and the training has 175, so not all of "
        "them are run\n");
  CHECK(notes_of({{"objective", "capacity(rate=9,steps=500)"}}, 400)
            .starts_with("--objective: capacity takes 500 steps to its rate and the training has "
                         "175, so the rate is never reached"));
  CHECK(notes_of({{"objective", "mdr(rate=2)"}}, 400)
            .starts_with("--objective: in the 175 steps of the training the multiplier of mdr, "
                         "which makes the KL free at first, falls by 0.35 at most"));
  CHECK(notes_of({{"objective", "mdr(rate=2,multiplier=0.5)"}}, 400)
            .starts_with("--objective: in the 175 steps of the training the multiplier of mdr "
                         "rises from 0.5 by 0.35 at most, where 1 makes the KL free"));
  CHECK(notes_of({{"objective", "mdr(rate=2,multiplier=0.7)"}}, 400).empty());
  CHECK(notes_of({{"objective", "soft_free_bits(rate=9,alpha=0.01)"}}, 400)
            .starts_with("--objective: the weight of soft_free_bits needs 463 steps"));
  CHECK(
      notes_of({{"batch", "500"}}, 400)
          .find("--batch: 500 rows are more than the 400 of the training, so an epoch is one step "
                "with all of them") != std::string::npos);
  CHECK(notes_of({{"patience", "25"}}, 400)
            .starts_with("--patience: 25 epochs are no fewer than the 25 of the training"));
  CHECK(notes_of({{"patience", "1"}, {"epochs", "1"}}, 400)
            .starts_with("--patience: 1 epoch is no fewer than the 1 of the training"));
}

TEST_CASE("policies are looked at wherever they stand in an objective") {
  const std::string inner =
      notes_of({{"objective", "anneal(linear,steps=9000,mdr(rate=1))+bag_of_characters(1)"}}, 400);
  CHECK(inner.find("anneal takes 9000 steps") != std::string::npos);
  CHECK(inner.find("the multiplier of mdr") != std::string::npos);
  CHECK(notes_of({{"objective", "per_entry(capacity(rate=9,steps=500))"}}, 400)
            .find("capacity takes 500 steps") != std::string::npos);
}
