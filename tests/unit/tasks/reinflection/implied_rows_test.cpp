// Rows that follow from others, by hand and on the shared task's own files.
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/answers.hpp>
#include <vaecollapse/tasks/reinflection/implied_rows.hpp>

using namespace vaecollapse::reinflection;

namespace {

std::string shown(const Example& row) {
  return question(row) + "\t" + vaecollapse::utf8::encode(row.target);
}

std::vector<std::string> all_shown(const std::vector<Example>& rows) {
  std::vector<std::string> texts;
  for (const Example& row : rows) texts.push_back(shown(row));
  return texts;
}

std::vector<Example> rows_of(const std::vector<std::string>& lines, Task task) {
  std::vector<Example> rows;
  for (const std::string& line : lines) {
    rows.push_back(parse_row("f", long(rows.size()) + 1, line, task, Answers::optional));
  }
  return rows;
}

}  // namespace

TEST_CASE("rows of one source imply the way from each target to each other") {
  const auto rows = rows_of({"ev\tnum=PL\tevler", "at\tnum=PL\tatlar", "ev\tcase=DAT\teve",
                             "ev\tnum=PL\tevler", "ev\tcase=LOC\tevde", "at\tcase=DAT"},
                            Task::reinflection);
  CHECK(all_shown(implied_rows(rows)) ==
        std::vector<std::string>{"evler\tcase=DAT\teve", "evler\tcase=LOC\tevde",
                                 "eve\tnum=PL\tevler", "eve\tcase=LOC\tevde", "evde\tnum=PL\tevler",
                                 "evde\tcase=DAT\teve"});
}

TEST_CASE("equal forms of two meanings imply their copies, a source alone nothing") {
  const auto rows =
      rows_of({"Tür\tcase=DAT\tTür", "Tür\tcase=ACC\tTür", "Tor\tcase=ACC\tTor"}, Task::inflection);
  CHECK(all_shown(implied_rows(rows)) ==
        std::vector<std::string>{"Tür\tcase=ACC\tTür", "Tür\tcase=DAT\tTür"});
}

TEST_CASE("in task 2 an implied row says of its source what was said of that target") {
  const auto rows = rows_of({"num=SG\tev\tnum=PL\tevler", "num=SG\tev\tcase=DAT\teve"},
                            Task::labelled_reinflection);
  CHECK(all_shown(implied_rows(rows)) ==
        std::vector<std::string>{"num=PL\tevler\tcase=DAT\teve", "case=DAT\teve\tnum=PL\tevler"});
}

TEST_CASE("a row of task 2 read backward asks for its source by the source's tags") {
  const auto rows = rows_of({"case=NOM,num=SG\tev\tnum=PL\tevler"}, Task::labelled_reinflection);
  const Example back = reversed(rows.front(), TagSyntax{});
  CHECK(shown(back) == "num=PL\tevler\tcase=NOM,num=SG\tev");
  CHECK(back.tags == std::vector<Tag>{{"case", "NOM"}, {"num", "SG"}});
  CHECK(shown(reversed(back, TagSyntax{})) == shown(rows.front()));
}

TEST_CASE("all forms that rows link imply each other, as far as their tags are known") {
  const auto rows = rows_of({"ev\tnum=PL\tevler", "at\tnum=PL\tatlar", "evde\tcase=DAT\teve",
                             "evler\tcase=LOC\tevde", "at\tcase=DAT"},
                            Task::reinflection);
  CHECK(all_shown(rows_of_linked_forms(rows)) ==
        std::vector<std::string>{"ev\tnum=PL\tevler", "evde\tnum=PL\tevler", "eve\tnum=PL\tevler",
                                 "ev\tcase=DAT\teve", "evler\tcase=DAT\teve", "evde\tcase=DAT\teve",
                                 "ev\tcase=LOC\tevde", "evler\tcase=LOC\tevde",
                                 "eve\tcase=LOC\tevde", "at\tnum=PL\tatlar"});
}

TEST_CASE("linked forms of task 2 have the tags that the rows say of them") {
  const auto rows = rows_of({"num=SG\tev\tnum=PL\tevler", "num=PL\tevler\tcase=DAT\teve"},
                            Task::labelled_reinflection);
  CHECK(all_shown(rows_of_linked_forms(rows)) ==
        std::vector<std::string>{"num=SG\tev\tnum=PL\tevler", "case=DAT\teve\tnum=PL\tevler",
                                 "num=SG\tev\tcase=DAT\teve", "num=PL\tevler\tcase=DAT\teve"});
}

TEST_CASE("whatever rows of one source imply, their linked forms imply, too, without copies") {
  const auto rows = rows_of({"b\tx=1\tc", "a\tx=2\tc", "a\tx=3\td", "d\tx=1\td", "e\tx=1\te"},
                            Task::reinflection);
  std::set<std::string> linked;
  for (const Example& row : rows_of_linked_forms(rows)) {
    CHECK(row.source != row.target);
    CHECK(linked.insert(shown(row)).second);
  }
  for (const Example& row : implied_rows(rows)) CHECK(linked.contains(shown(row)));
  for (const Example& row : rows) CHECK(linked.contains(shown(row)) == (row.source != row.target));
}

TEST_CASE("what the shared task's own rows imply") {
  const char* given = std::getenv("VAECOLLAPSE_SHARED_DATA");
  if (given == nullptr) {
    MESSAGE("skipped: VAECOLLAPSE_SHARED_DATA does not name the SIGMORPHON 2016 files");
    return;
  }
  struct Count {
    const char* file;
    Task task;
    std::size_t rows;
  };
  for (const Count& count : {Count{"finnish-task3-train", Task::reinflection, 212},
                             Count{"hungarian-task3-train", Task::reinflection, 7104},
                             Count{"finnish-task1-train", Task::inflection, 6768},
                             Count{"hungarian-task1-train", Task::inflection, 171808}}) {
    CAPTURE(count.file);
    const std::string file = std::string(given) + "/" + count.file;
    CHECK(implied_rows(read_file(file, count.task)).size() == count.rows);
  }
  const auto finnish = read_file(std::string(given) + "/finnish-task3-train", Task::reinflection);
  DistinctRows known(finnish);
  std::size_t others = 0;
  for (const Example& row : rows_of_linked_forms(finnish)) others += known.insert(row) ? 1 : 0;
  CHECK(others == 718);
}
