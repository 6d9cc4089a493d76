#include "latent_space.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/data/vocabulary.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/tasks/reinflection/features.hpp>

#include "unit/io/temporary_folder.hpp"

namespace {

using reinflection::LabelledWords;
using vaecollapse::reinflection::Example;

reinflection::FormFile task_1(const std::filesystem::path& file) {
  static const vaecollapse::Vocabulary vocabulary(U"aelorstv");
  static const vaecollapse::reinflection::Features features;
  return {file.string(),
          {vaecollapse::reinflection::Task::inflection, /*nfc=*/false},
          reinflection::Known{vocabulary, features}};
}

std::string word(const Example& row) { return vaecollapse::utf8::encode(row.source); }

/// Words a and b in turn, at places that say which.
struct TwoGroups {
  LabelledWords words;
  std::vector<float> codes;

  TwoGroups() {
    reinflection::Labelling letter{"letter", {"a", "b"}, {}}, parity{"parity", {"0", "1"}, {}},
        own{"own", {}, {}}, one{"one", {"x"}, {}};
    for (int i = 0; i < 40; ++i) {
      words.words.emplace_back();
      letter.of_word.push_back(i % 2);
      parity.of_word.push_back(i / 2 % 2);
      own.values.push_back(std::to_string(i));
      own.of_word.push_back(i);
      one.of_word.push_back(0);
      codes.push_back(i % 2 == 0 ? -5.0F : 5.0F);
      codes.push_back(static_cast<float>((i * 7) % 20) / 20);
    }
    words.labellings = {letter, parity, own, one};
  }
};

}  // namespace

TEST_CASE("latent space: forms of task 1 with their lemmas and tags") {
  const vaecollapse::test::TemporaryFolder folder;
  const auto file = folder.path() / "forms";
  vaecollapse::write_file(file,
                          "ev\tpos=N,num=SG\tev\n"
                          "at\tpos=N,num=SG\tat\nat\tpos=N,num=PL\tatlar\nat\tpos=N,num=SG\tat\n"
                          "ol\tpos=V\tolur\n");
  const LabelledWords all = reinflection::read_labelled_forms(task_1(file), 100);
  REQUIRE(all.words.size() == 4);
  CHECK(word(all.words[0]) == "at");  // the lemma with most forms is the first
  CHECK(word(all.words[1]) == "atlar");
  CHECK(all.words[1].source == all.words[1].target);
  REQUIRE(all.labellings.size() == 3);
  CHECK(all.labellings[0].name == "lemma");
  CHECK(all.labellings[0].values == std::vector<std::string>{"at", "ev", "ol"});
  CHECK(all.labellings[0].of_word == std::vector<int>{0, 0, 1, 2});
  CHECK(all.labellings[1].name == "num");
  CHECK(all.labellings[1].values == std::vector<std::string>{"", "PL", "SG"});
  CHECK(all.labellings[1].of_word == std::vector<int>{2, 1, 2, 0});
  CHECK(reinflection::read_labelled_forms(task_1(file), 3).words.size() == 3);
}

TEST_CASE("latent space: a label that the codes follow is grouped, another is not") {
  const TwoGroups groups;
  const vaecollapse::View<const float> codes(groups.codes.data(), 2, 40);
  const auto found = reinflection::score_groupings(codes, groups.words);
  REQUIRE(found.size() == 2);  // nobody shares `own`, and `one` has no other value
  CHECK(found[0].label == "letter");
  CHECK(found[0].purity == 1);
  CHECK(found[0].purity_chance == doctest::Approx(19.0 / 39));
  CHECK(found[0].probe == 1);
  CHECK(*found[0].silhouette > 0.8);
  CHECK(found[0].is_grouped());
  CHECK(found[1].label == "parity");
  CHECK_FALSE(found[1].is_grouped());
}

TEST_CASE("latent space: the rule of thumb is a quarter of the way from chance to certainty") {
  reinflection::Grouping grouping;
  grouping.purity = 0.624;
  grouping.purity_chance = 0.5;
  CHECK_FALSE(grouping.is_grouped());
  grouping.purity = 0.626;
  CHECK(grouping.is_grouped());
}
