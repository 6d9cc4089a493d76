// `reinflect corpus`.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "smoke/program.hpp"

using reinflection::test::lines;
using reinflection::test::Outcome;
using reinflection::test::Workbench;

TEST_CASE("corpus writes four files, always the same, and does not replace others") {
  const Workbench bench;
  const Outcome made = bench.run({"corpus", "--out", bench.file("whole")});
  REQUIRE_MESSAGE(made.status == 0, made.err);
  CHECK(made.out == bench.file("whole/train.tsv") + ": 9000 rows\n" + bench.file("whole/dev.tsv") +
                        ": 900 rows\n" + bench.file("whole/test.tsv") + ": 900 rows\n" +
                        bench.file("whole/unseen.tsv") + ": 900 rows\n");
  CHECK(lines(bench.read("whole/train.tsv")).size() == 9000);
  const auto before = bench.contents("whole");
  const Outcome refused = bench.run({"corpus", "--out", bench.file("whole"), "--seed", "1"});
  CHECK(refused.status == 2);
  CHECK(refused.err ==
        bench.file("whole/train.tsv") + ": found a file, expected none; --overwrite replaces it\n");
  CHECK(bench.contents("whole") == before);
  CHECK(bench.run({"corpus", "--out", bench.file("whole"), "--overwrite"}).status == 0);
  CHECK(bench.contents("whole") == before);
}

TEST_CASE("corpus writes every noun in all its forms as a file of task 1") {
  const Workbench bench;
  const Outcome made = bench.run({"corpus", "--forms", bench.file("forms.tsv")});
  REQUIRE_MESSAGE(made.status == 0, made.err);
  const std::vector<std::string> rows = lines(bench.read("forms.tsv"));
  CHECK(made.out == bench.file("forms.tsv") + ": " + std::to_string(rows.size()) + " rows\n");
  CHECK(std::count(rows.begin(), rows.end(), "ev\tpos=N,case=ABL,num=PL\tevlerden") == 1);
  const Outcome again = bench.run({"corpus", "--forms", bench.file("forms.tsv")});
  CHECK(again.status == 2);
  CHECK(again.err ==
        bench.file("forms.tsv") + ": found a file, expected none; --overwrite replaces it\n");
}

TEST_CASE("corpus scores its inflector on a file of task 1") {
  const Workbench bench;
  const std::string file =
      bench.write("nouns.tsv", "ev\tpos=N,case=ABL,num=SG\tevden\nev\tpos=N,case=ABL,num=PL\tx\n");
  const Outcome done = bench.run({"corpus", "--score", file});
  REQUIRE_MESSAGE(done.status == 0, done.err);
  CHECK(done.out ==
        "1 of 2 rows right, 1 noun of our table\n0 of 0 rows right, 0 nouns by the rules alone\n"
        "ev\tpos=N,case=ABL,num=PL\tx, not our evlerden\n");
  // It has no option for rows of another format, so none is named.
  const std::string other = bench.write("unimorph.tsv", "ev\tevden\tN;ABL\n");
  const Outcome unlike = bench.run({"corpus", "--score", other});
  CHECK(unlike.status == 2);
  CHECK(unlike.err == other +
                          ":1: found no '=' in 'evden' in the MSD, expected key=value; it looks "
                          "like source,target,tags with ';' between tags (UniMorph, SIGMORPHON "
                          "2017 to 2022)\n");
  const Outcome neither = bench.run({"corpus"});
  CHECK(neither.status == 2);
  CHECK(neither.err == "corpus: found none of --out, --forms and --score, expected one of them\n");
}
