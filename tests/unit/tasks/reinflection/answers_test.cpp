// Rows that are there already, and answers that are held out.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/answers.hpp>

using namespace vaecollapse::reinflection;

namespace {

Example answer_row(const char* line) {
  return parse_row("f", 1, line, Task::reinflection, Answers::optional);
}

}  // namespace

TEST_CASE("rows are alike whatever the order of their tags") {
  DistinctRows rows(std::vector{answer_row("ev\tnum=PL,case=DAT\tevlere")});
  CHECK_FALSE(rows.insert(answer_row("ev\tcase=DAT,num=PL\tevlere")));
  CHECK(rows.insert(answer_row("eve\tcase=DAT,num=PL\tevlere")));
  CHECK(rows.insert(answer_row("ev\tcase=DAT\tevlere")));
  CHECK(rows.insert(answer_row("ev\tnum=PL,case=DAT\teve")));
  CHECK_FALSE(rows.insert(answer_row("ev\tnum=PL,case=DAT\teve")));
}

TEST_CASE("held out are dev's answers that the training rows do not tell") {
  const std::vector dev{answer_row("eve\tnum=PL,case=DAT\tevlere"), answer_row("at\tnum=PL\tatlar"),
                        answer_row("su\tcase=DAT")};
  const std::vector train{answer_row("at\tcase=DAT\tata"), answer_row("ata\tnum=PL\tatlar"),
                          answer_row("evlere\tnum=SG\tev")};
  const HeldOutAnswers held_out(dev, train);
  CHECK(held_out.are_told_by(answer_row("ev\tcase=DAT,num=PL\tevlere")));
  CHECK_FALSE(held_out.are_told_by(answer_row("ev\tcase=DAT\tevlere")));
  CHECK_FALSE(held_out.are_told_by(answer_row("at\tnum=PL\tatlar")));
  CHECK_FALSE(held_out.are_told_by(answer_row("su\tcase=DAT")));
  // As words they stand in the training rows, whatever their tags there.
  CHECK_FALSE(held_out.hold(U"evlere"));
  CHECK_FALSE(held_out.hold(U"atlar"));
  CHECK(HeldOutAnswers(dev, std::vector{train[0]}).hold(U"evlere"));
  CHECK_FALSE(held_out.hold(U"su"));
}
