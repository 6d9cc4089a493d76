// Training rows made from training rows.
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/copies_of_targets.hpp>

using namespace vaecollapse::reinflection;

TEST_CASE("each answered row is followed by its target as a source of itself") {
  std::vector<Example> rows{parse_row("f", 1, "ev\tnum=PL\tevler", Task::reinflection),
                            parse_row("f", 2, "at\tnum=PL", Task::reinflection, Answers::optional)};
  add_copies_of_targets(rows);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].source == U"ev");
  CHECK(rows[1].source == U"at");
  CHECK(rows[2].source == U"evler");
  CHECK(rows[2].target == U"evler");
  CHECK(rows[2].msd == "num=PL");
}

TEST_CASE("in task 2 a copy says of its source what it says of its target") {
  std::vector<Example> rows{
      parse_row("f", 1, "num=SG\tev\tnum=PL\tevler", Task::labelled_reinflection)};
  add_copies_of_targets(rows);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].source_msd == "num=PL");
  CHECK(rows[0].source_msd == "num=SG");
}

TEST_CASE("of rows behind those given, answers are copied that have not been, each once") {
  std::vector<Example> rows{parse_row("f", 1, "ev\tnum=PL\tevler", Task::reinflection),
                            parse_row("f", 2, "eve\tnum=PL\tevler", Task::reinflection),
                            parse_row("f", 3, "evde\tnum=PL\tevler", Task::reinflection),
                            parse_row("f", 4, "at\tnum=PL\tatlar", Task::reinflection),
                            parse_row("f", 5, "ata\tnum=PL\tatlar", Task::reinflection)};
  add_copies_of_targets(rows, 2);
  REQUIRE(rows.size() == 8);
  CHECK(rows[5].source == U"evler");
  CHECK(rows[6].source == U"evler");
  CHECK(rows[7].source == U"atlar");
}
