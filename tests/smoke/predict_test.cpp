// `reinflect predict`: from a file and from standard input, with and without answers.
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using reinflection::test::Arguments;
using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::split;
using reinflection::test::Workbench;

namespace {

/// The rows without their last column.
std::string covered(const std::string& rows) {
  std::string text;
  for (const std::string& line : lines(rows)) text += line.substr(0, line.rfind('\t')) + "\n";
  return text;
}

Outcome predict(const Workbench& bench, const std::string& input, const Arguments& more = {},
                const std::string& standard_input = {}) {
  return bench.run(
      Arguments{"predict", "--model", bench.file("model"), "--input", input, "--threads", "1"} +
          more,
      standard_input);
}

}  // namespace

TEST_CASE("predict gives the same with and without answers, from a file and standard input") {
  const Workbench bench;
  bench.train("model");
  const std::string rows = bench.read("corpus/test.tsv");
  const Outcome answered = predict(bench, bench.test_file());
  REQUIRE_MESSAGE(answered.status == 0, answered.err);
  const auto given = lines(rows), said = lines(answered.out);
  REQUIRE(said.size() == given.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto expected = split(given[i], '\t'), got = split(said[i] + "\t", '\t');
    REQUIRE(got.size() == 3);
    CHECK(got[0] == expected[0]);
    CHECK(got[1] == expected[1]);
  }
  CHECK(predict(bench, bench.write("covered.tsv", covered(rows))).out == answered.out);
  CHECK(predict(bench, "-", {}, covered(rows)).out == answered.out);
  CHECK(predict(bench, "-", {}, rows).out == answered.out);
}

TEST_CASE("predict lists guesses best first") {
  const Workbench bench;
  bench.train("model");
  const Outcome done = predict(bench, bench.test_file(), {"--nbest", "3", "--scores"});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  const auto said = lines(done.out);
  REQUIRE(said.size() == 90);
  for (std::size_t row = 0; row < 30; ++row) {
    std::set<std::string> words;
    double last = 0;
    for (std::size_t i = 3 * row; i < 3 * row + 3; ++i) {
      const auto columns = split(said[i], '\t');
      REQUIRE(columns.size() == 4);
      words.insert(columns[2]);
      CHECK(std::stod(columns[3]) <= last);
      last = std::stod(columns[3]);
    }
    CHECK(words.size() == 3);
  }
}

TEST_CASE("predict streams: the pieces do not show") {
  const Workbench bench;
  bench.train("model", {"--epochs", "1"});
  std::string rows;
  while (rows.size() < 60'000) rows += covered(bench.read("corpus/train.tsv"));
  const auto all = lines(rows);
  REQUIRE(all.size() > 1024);
  const std::string last = all.back() + "\n";
  const Outcome whole = predict(bench, "-", {}, rows);
  REQUIRE_MESSAGE(whole.status == 0, whole.err);
  CHECK(lines(whole.out).size() == all.size());
  CHECK(whole.out.ends_with("\n" + predict(bench, "-", {}, last).out));
}

TEST_CASE("predict takes no more memory for ten times the rows") {
  const Workbench bench;
  bench.train("model", {"--epochs", "1"});
  const std::string some = covered(bench.read("corpus/train.tsv"));
  std::string few;
  while (lines(few).size() < 2000) few += some;
  std::string many;
  for (int copy = 0; copy < 10; ++copy) many += few;
  const Outcome first = predict(bench, "-", {}, few), second = predict(bench, "-", {}, many);
  REQUIRE_MESSAGE(second.status == 0, second.err);
  CHECK(lines(second.out).size() == 10 * lines(first.out).size());
  // Rows that were kept would be about a kilobyte each, 18 megabytes. What a process has used
  // before it runs another program counts as that program's, hence the text of the rows.
  const long own = static_cast<long>((many.size() + second.out.size()) / 1024);
  // The address sanitizer keeps what was freed.
  if (!VAECOLLAPSE_SANITIZED) CHECK(second.peak < first.peak + own + 4096);
}

TEST_CASE("predict says what it had to ignore") {
  const Workbench bench;
  bench.train("model", {"--epochs", "1"});
  const Outcome done = predict(bench, "-", {}, "xq\tpos=N,case=QQQ\n");
  CHECK(done.status == 0);
  CHECK(done.err ==
        "note: standard input:1: 2 characters are unknown to the model, the first is U+0078 'x'\n"
        "note: standard input:1: 1 tag is unknown to the model, and left out, the first is "
        "case=QQQ\n");
  CHECK(done.out.starts_with("xq\tpos=N,case=QQQ\t"));
}

TEST_CASE("rows before a bad one are answered") {
  const Workbench bench;
  bench.train("model", {"--epochs", "1"});
  const Outcome done = predict(bench, "-", {}, "ev\tpos=N,case=ABL,num=SG\nev\n");
  CHECK(done.status == 2);
  CHECK(done.err ==
        "standard input:2: found 1 column, expected 2 or 3 (source, MSD, form) separated by "
        "tabs\n");
  CHECK(lines(done.out).size() == 1);
}
