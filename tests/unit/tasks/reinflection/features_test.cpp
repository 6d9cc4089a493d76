// Tags and their ids.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/features.hpp>

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

using Ids = std::vector<vc::Symbol>;
using Names = std::vector<std::string>;

namespace {

std::vector<reinflection::Example> examples() {
  std::vector<reinflection::Example> rows;
  for (const char* msd : {"pos=V,mood={IND/COND}", "pos=N,num=SG", "pos=V,mood=IND"}) {
    rows.push_back(reinflection::parse_row("test", 1, "a\t" + std::string(msd) + "\tb",
                                           reinflection::Task::reinflection));
  }
  return rows;
}

}  // namespace

TEST_CASE("tags in order of their bytes; sets atomic by default") {
  const auto features = reinflection::Features::of(examples());
  CHECK(features.names() == Names{"mood=IND", "mood={IND/COND}", "num=SG", "pos=N", "pos=V"});
  CHECK(features.size() == 5);
  CHECK(features.set_values() == reinflection::SetValues::atomic);
  CHECK(features.id("num=SG") == 2);
  CHECK(features.name(2) == "num=SG");
  CHECK(features.id("num=PL") == vc::no_symbol);
}

TEST_CASE("sets expanded on demand") {
  const auto features = reinflection::Features::of(examples(), reinflection::SetValues::expanded);
  CHECK(features.names() == Names{"mood=COND", "mood=IND", "num=SG", "pos=N", "pos=V"});
  Ids ids;
  CHECK(features.encode(reinflection::parse_msd("pos=V,mood={IND/COND}"), ids) == 0);
  CHECK(ids == Ids{0, 1, 4});
  ids.clear();
  CHECK(features.encode(reinflection::parse_msd("mood={IND/OPT/IND}"), ids) == 1);
  CHECK(ids == Ids{1});
}

TEST_CASE("ids rise, whatever the order of writing; those before stay") {
  const auto features = reinflection::Features::of(examples());
  Ids one = {9}, other = {9};
  features.encode(reinflection::parse_msd("pos=N,num=SG"), one);
  features.encode(reinflection::parse_msd("num=SG,pos=N"), other);
  CHECK(one == Ids{9, 2, 3});
  CHECK(one == other);
}

TEST_CASE("unknown tags are left out and counted") {
  const auto features = reinflection::Features::of(examples());
  Ids ids;
  CHECK(features.encode(reinflection::parse_msd("pos=ADJ,num=SG,mood={COND/IND}"), ids) == 2);
  CHECK(ids == Ids{2});
}

TEST_CASE("a stored list gives the same features") {
  for (const auto sets : {reinflection::SetValues::atomic, reinflection::SetValues::expanded}) {
    const auto features = reinflection::Features::of(examples(), sets);
    CHECK(features == reinflection::Features(features.names(), sets));
  }
  CHECK(reinflection::Features(Names{"b=1", "a=1", "b=1"}).names() == Names{"a=1", "b=1"});
}

TEST_CASE("ids outside the features are errors") {
  CHECK_THROWS_WITH_AS(reinflection::Features::of(examples()).name(5),
                       "features: id is 5: there are 5 tags", vc::Error);
  CHECK_THROWS_AS(reinflection::Features().name(vc::no_symbol), vc::Error);
}

TEST_CASE("temporary features give copies of their names") {
  const auto features = [] { return reinflection::Features({"pos=N", "num=PL"}); };
  std::string names;
  for (const std::string& name : features().names()) names += name + " ";
  CHECK(names == "num=PL pos=N ");
  const std::string& name = features().name(1);
  CHECK(name == "pos=N");
}
