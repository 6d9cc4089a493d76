#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/diagnose/groupings.hpp>

using namespace vaecollapse;

namespace {

/// Words a and b in turn, at places that say which.
struct TwoGroups {
  std::vector<Labelling> labellings;
  std::vector<float> z;

  TwoGroups() {
    std::vector<std::string> letter, parity, own, one;
    for (int i = 0; i < 40; ++i) {
      letter.emplace_back(i % 2 == 0 ? "a" : "b");
      parity.push_back(std::to_string(i / 2 % 2));
      own.push_back(std::to_string(i));
      one.emplace_back("x");
      z.push_back(i % 2 == 0 ? -5.0F : 5.0F);
      z.push_back(static_cast<float>((i * 7) % 20) / 20);
    }
    labellings = {label_words("letter", letter), label_words("parity", parity),
                  label_words("own", own), label_words("one", one)};
  }
};

}  // namespace

TEST_CASE("groupings: a labelling has each value once, in order") {
  const Labelling found = label_words("case", {"NOM", "", "ACC", "NOM"});
  CHECK(found.name == "case");
  CHECK(found.values == std::vector<std::string>{"", "ACC", "NOM"});
  CHECK(found.of_word == std::vector<int>{2, 0, 1, 2});
}

TEST_CASE("groupings: a label that z follows is grouped, another is not") {
  const TwoGroups groups;
  const auto found = score_groupings({groups.z.data(), 2, 40}, groups.labellings);
  REQUIRE(found.size() == 2);  // nobody shares `own`, and `one` has no other value
  CHECK(found[0].label == "letter");
  CHECK(found[0].values == 2);
  CHECK(found[0].purity == 1);
  CHECK(found[0].purity_chance == doctest::Approx(19.0 / 39));
  CHECK(found[0].probe == 1);
  CHECK(*found[0].silhouette > 0.8);
  CHECK(found[0].is_grouped());
  CHECK(found[1].label == "parity");
  CHECK_FALSE(found[1].is_grouped());
}

TEST_CASE("groupings: the rule of thumb is a quarter of the way from chance to certainty") {
  Grouping grouping;
  grouping.purity = 0.624;
  grouping.purity_chance = 0.5;
  CHECK_FALSE(grouping.is_grouped());
  grouping.purity = 0.626;
  CHECK(grouping.is_grouped());
}
