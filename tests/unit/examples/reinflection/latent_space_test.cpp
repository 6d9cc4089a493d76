#include "latent_space.hpp"

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
