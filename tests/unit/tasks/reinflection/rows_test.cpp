// Reading rows: each task, with and without answers, and every way a file can be wrong.
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

namespace {

struct Close {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

/// A stream that holds `content`.
std::unique_ptr<std::FILE, Close> stream_of(std::string_view content) {
  std::unique_ptr<std::FILE, Close> stream(std::tmpfile());
  REQUIRE(stream != nullptr);
  REQUIRE(std::fwrite(content.data(), 1, content.size(), stream.get()) == content.size());
  std::rewind(stream.get());
  return stream;
}

std::vector<reinflection::Example> rows_of(
    std::string_view content, reinflection::Answers answers = reinflection::Answers::required) {
  return reinflection::read_rows(stream_of(content).get(), "train",
                                 reinflection::Task::reinflection, answers);
}

/// The message that `content` gives, or nothing.
std::string complaint(std::string_view content,
                      reinflection::Task task = reinflection::Task::reinflection,
                      reinflection::Answers answers = reinflection::Answers::required) {
  try {
    reinflection::read_rows(stream_of(content).get(), "train", task, answers);
  } catch (const vc::InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("task 3 rows") {
  const auto row = reinflection::parse_row("f", 7, "çöle\tpos=N,num={SG/PL}\tçöller",
                                           reinflection::Task::reinflection);
  CHECK(row.source == U"çöle");
  CHECK(row.msd == "pos=N,num={SG/PL}");
  CHECK(row.tags == std::vector<reinflection::Tag>{{"pos", "N"}, {"num", "{SG/PL}"}});
  CHECK(row.target == U"çöller");
  CHECK(row.has_target);
  CHECK(row.line == 7);
  CHECK(row.source_msd.empty());
  CHECK(reinflection::question(row) == "çöle\tpos=N,num={SG/PL}");
}

TEST_CASE("task 1 rows") {
  const auto row = reinflection::parse_row("f", 1, "{}\tpos=N\tev", reinflection::Task::inflection);
  CHECK(row.source == U"{}");
  CHECK(row.target == U"ev");
}

TEST_CASE("task 2 rows") {
  const auto row = reinflection::parse_row("f", 1, "num=PL\tevler\tnum=SG\tev",
                                           reinflection::Task::labelled_reinflection);
  CHECK(row.source_msd == "num=PL");
  CHECK(row.source == U"evler");
  CHECK(row.msd == "num=SG");
  CHECK(row.target == U"ev");
  CHECK(reinflection::question(row) == "num=PL\tevler\tnum=SG");
}

TEST_CASE("covered rows, where the caller allows them") {
  const auto three = reinflection::parse_row("f", 1, "ev\tnum=PL", reinflection::Task::reinflection,
                                             reinflection::Answers::optional);
  CHECK_FALSE(three.has_target);
  CHECK(three.target.empty());
  const auto two = reinflection::parse_row("f", 1, "num=PL\tevler\tnum=SG",
                                           reinflection::Task::labelled_reinflection,
                                           reinflection::Answers::optional);
  CHECK_FALSE(two.has_target);
  CHECK(two.source == U"evler");
  CHECK(reinflection::parse_row("f", 1, "ev\tnum=PL\tevler", reinflection::Task::reinflection,
                                reinflection::Answers::optional)
            .has_target);
}

TEST_CASE("files with and without a last newline, with carriage returns, a mark, blank lines") {
  const std::string_view plain = "ev\tnum=PL\tevler\ngöz\tnum=PL\tgözler\n";
  for (const std::string_view content :
       {plain, std::string_view("ev\tnum=PL\tevler\ngöz\tnum=PL\tgözler"),
        std::string_view("ev\tnum=PL\tevler\r\ngöz\tnum=PL\tgözler\r\n"),
        std::string_view("\xEF\xBB\xBF"
                         "ev\tnum=PL\tevler\ngöz\tnum=PL\tgözler\n")}) {
    const auto rows = rows_of(content);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].source == U"ev");
    CHECK(rows[0].target == U"evler");
    CHECK(rows[1].target == U"gözler");
    CHECK(rows[1].line == 2);
  }
  const auto spaced = rows_of("\xEF\xBB\xBF\r\n\nev\tnum=PL\tevler\n\r\n\n");
  REQUIRE(spaced.size() == 1);
  CHECK(spaced[0].line == 3);
}

TEST_CASE("a stream is read row by row") {
  const auto stream = stream_of("ev\tnum=PL\n\ngöz\tnum=PL\n");
  reinflection::RowReader reader(stream.get(), "-", reinflection::Task::reinflection,
                                 reinflection::Answers::optional);
  reinflection::Example row;
  CHECK(reader.line() == 0);
  REQUIRE(reader.next(row));
  CHECK(reader.line() == 1);
  REQUIRE(reader.next(row));
  CHECK(row.source == U"göz");
  CHECK(reader.line() == 3);
  CHECK_FALSE(reader.next(row));
  CHECK_FALSE(reader.next(row));
}

TEST_CASE("wrong columns") {
  const std::string three = ", expected 3 (source, MSD, form) separated by tabs";
  const std::string perhaps = " where tabs should be, perhaps)";
  CHECK(complaint("ev\tnum=PL\tevler\nev num=PL evler\n") ==
        "train:2: found 1 column (with blanks" + perhaps + three);
  CHECK(complaint("ev,num=PL,evler\n") == "train:1: found 1 column (with commas" + perhaps + three);
  CHECK(complaint("ev;pos=N,num=PL;evler\n") ==
        "train:1: found 1 column (with semicolons" + perhaps + three);
  CHECK(complaint("ev|num=PL|evler\n") == "train:1: found 1 column (with bars" + perhaps + three);
  CHECK(complaint("evler\n") == "train:1: found 1 column" + three);
  CHECK(complaint("ev\tnum=PL\n") == "train:1: found 2 columns" + three);
  CHECK(complaint("a\tb=c\td\te\n") ==
        "train:1: found 4 columns" + three +
            "; it looks like source,tags,target,- with ',' between tags");
  CHECK(complaint("ev\n", reinflection::Task::reinflection, reinflection::Answers::optional) ==
        "train:1: found 1 column, expected 2 or 3 (source, MSD, form) separated by tabs");
  CHECK(complaint("a\tb=c\n", reinflection::Task::labelled_reinflection,
                  reinflection::Answers::optional) ==
        "train:1: found 2 columns, expected 3 or 4 (source MSD, source, MSD, form) separated by "
        "tabs; it looks like source,tags with ',' between tags");
  CHECK(complaint("a\tb=c\n", reinflection::Task::inflection) ==
        "train:1: found 2 columns, expected 3 (lemma, MSD, form) separated by tabs");
}

TEST_CASE("empty columns") {
  CHECK(complaint("\tnum=PL\tevler\n") ==
        "train:1: found nothing in column 1 (source), expected text");
  CHECK(complaint("ev\tnum=PL\t\r\n") ==
        "train:1: found nothing in column 3 (form), expected text");
  CHECK(complaint("ev\tnum=PL\t\n", reinflection::Task::reinflection,
                  reinflection::Answers::optional) ==
        "train:1: found nothing in column 3 (form), expected text");
}

TEST_CASE("an empty column of tags is no tags") {
  const auto rows = rows_of("ev\t\tevler\n");
  CHECK(rows[0].tags.empty());
  CHECK(rows[0].msd.empty());
  CHECK(reinflection::parse_row("f", 1, "\tevler\tnum=SG\tev",
                                reinflection::Task::labelled_reinflection)
            .source_msd.empty());
}

TEST_CASE("all carriage returns at the end of a line are part of its end") {
  const auto row = reinflection::parse_row("train", 1, "ev\tnum=PL\tevler\r\r",
                                           reinflection::Task::reinflection);
  CHECK(row.target == U"evler");
  CHECK(complaint("\r\r\nev\tnum=PL\n") ==
        "train:2: found 2 columns, expected 3 (source, MSD, form) separated by tabs");
}

TEST_CASE("a carriage return inside a row is refused where it stands") {
  const std::string lines = ", expected lines that end with a newline, or with both";
  CHECK(complaint("ev\tn=S\tev\rat\tn=S\tat\r") ==
        "train:1: found a carriage return at byte 10 inside the row" + lines);
  CHECK(complaint("ev\tn=S\tev\ne\rv\tnum=PL\tev\n") ==
        "train:2: found a carriage return at byte 2 inside the row" + lines);
  CHECK(complaint("ev\tn=S\rat\tn=S\r", reinflection::Task::reinflection,
                  reinflection::Answers::optional) ==
        "train:1: found a carriage return at byte 7 inside the row" + lines);
}

TEST_CASE("bytes that are no text") {
  CHECK(complaint("ev\tnum=PL\tevler\ng\xC3z\tnum=PL\tx\n") ==
        "train:2: found a truncated character at byte 2, expected UTF-8");
  CHECK(complaint(std::string_view("ev\tnum=PL\te\0v\n", 14)) ==
        "train:1: found a NUL at byte 12, expected text");
}

TEST_CASE("a line without an end is refused at its limit, and not read to the end") {
  const std::string refused =
      ":1: found a line of more than 1048576 bytes, expected 3 (source, MSD, form) separated by "
      "tabs";
  // A line that never ends: more than any memory.
  CHECK_THROWS_WITH_AS(reinflection::read_file("/dev/zero", reinflection::Task::reinflection),
                       ("/dev/zero" + refused).c_str(), vc::InputError);
  CHECK(complaint(std::string(100'000'000, 'a')) == "train" + refused);
  CHECK(complaint(std::string(reinflection::longest_line, 'a')) ==
        "train:1: found 1 column, expected 3 (source, MSD, form) separated by tabs");
}

TEST_CASE("words of more characters than any word has") {
  std::string longest;
  for (std::size_t i = 0; i < reinflection::longest_word; ++i) longest += "ç";
  CHECK(rows_of(longest + "\tn=S\t" + longest).front().target.size() == 1024);
  CHECK(complaint(longest + "c\tn=S\tx\n") ==
        "train:1: found a source of 1025 characters, expected at most 1024");
  CHECK(complaint("x\tn=S\t" + longest + "c\n") ==
        "train:1: found a form of 1025 characters, expected at most 1024");
}

TEST_CASE("an MSD of 10,000 tags") {
  std::string msd;
  for (int tag = 0; tag < 10'000; ++tag) {
    msd += (tag > 0 ? ",k" : "k") + std::to_string(tag) + "=v";
  }
  const auto rows = rows_of("ev\t" + msd + "\tevler\n");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].tags.size() == 10'000);
  CHECK(rows[0].tags.back() == reinflection::Tag{"k9999", "v"});
  CHECK(complaint("ev\t" + msd + ",k77=w\tevler\n") ==
        "train:1: found the key 'k77' twice in the MSD, expected each key once, with a set {A/B} "
        "for several values");
}

TEST_CASE("a character is a code point: combining ones are characters, and nothing is normalised") {
  const auto rows = rows_of("o\u0308\tn=S\t\u00F6\n");
  CHECK(rows[0].source == U"o\u0308");
  CHECK(rows[0].target == U"\u00F6");
}

TEST_CASE("a byte order mark inside a file is a character") {
  const auto rows = rows_of("a\tn=S\tb\n\uFEFFa\tn=S\tb\n");
  CHECK(rows[1].source == U"\uFEFFa");
}

TEST_CASE("ill-formed MSDs") {
  CHECK(complaint("ev\tPL\tevler\n") ==
        "train:1: found no '=' in 'PL' in the MSD, expected key=value; it looks like "
        "source,tags,target with ';' between tags (SIGMORPHON 2023)");
  CHECK(complaint("num=\tevler\tnum=SG\tev\n", reinflection::Task::labelled_reinflection) ==
        "train:1: found an empty value in 'num=' in the MSD, expected key=value");
}

TEST_CASE("files that are missing, empty or no files") {
  const std::string rows = ", expected rows of 3 (source, MSD, form) separated by tabs";
  CHECK(complaint("") == "train: found no rows" + rows);
  CHECK(complaint("\n\r\n") == "train: found no rows" + rows);
  CHECK_THROWS_WITH_AS(
      reinflection::read_file("no/such/file", reinflection::Task::reinflection),
      ("no/such/file: found no readable file (No such file or directory)" + rows).c_str(),
      vc::InputError);
  CHECK_THROWS_WITH_AS(reinflection::read_file(".", reinflection::Task::reinflection),
                       (".: found a read error (Is a directory)" + rows).c_str(), vc::InputError);
}
