// Rows in other columns than those of the tasks: UniMorph, SIGMORPHON 2017 to 2023, grapheme to
// phoneme; and what a row of one format is told that is read in another.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/tasks/reinflection/rows.hpp>

namespace vc = vaecollapse;
namespace reinflection = vaecollapse::reinflection;

namespace {

reinflection::RowFormat format_of(std::string_view list, char separator = ',') {
  std::vector<reinflection::NamedColumn> columns;
  // Not a REQUIRE: constants are made of it before doctest runs.
  if (reinflection::parse_columns(list, columns)) columns.clear();
  return {columns, {separator, /*bare=*/true}};
}

const reinflection::RowFormat unimorph = format_of("source,target,tags", ';');
const reinflection::RowFormat of_2023 = format_of("source,tags,target", ';');

reinflection::Example row_of(const reinflection::RowFormat& format, std::string_view text,
                             reinflection::Answers answers = reinflection::Answers::required) {
  return reinflection::parse_row("f", 7, text, format, answers);
}

std::vector<std::string> tags_of(const reinflection::RowFormat& format, std::string_view text) {
  std::vector<std::string> names;
  for (const reinflection::Tag& tag : row_of(format, text).tags) names.push_back(tag.name());
  return names;
}

std::string complaint(const reinflection::RowFormat& format, std::string_view text,
                      reinflection::Answers answers = reinflection::Answers::required,
                      long line = 7) {
  try {
    reinflection::parse_row("f", line, text, format, answers);
  } catch (const vc::InputError& error) {
    return error.what();
  }
  return "";
}

/// The columns and the separator that a row is told to be read with.
std::string advice(const reinflection::RowFormat& format, std::string_view text,
                   reinflection::Answers answers = reinflection::Answers::required) {
  try {
    reinflection::parse_row("f", 1, text, format, answers);
  } catch (const reinflection::RowFormatError& error) {
    return error.likely().columns + " " + error.likely().separator;
  } catch (const vc::InputError&) {
    return "refused";
  }
  return "read";
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("columns: UniMorph") {
  const reinflection::Example row = row_of(unimorph, "talk\ttalked\tV;PST");
  CHECK(row.source == U"talk");
  CHECK(row.target == U"talked");
  CHECK(row.msd == "V;PST");
  CHECK(row.tags == std::vector<reinflection::Tag>{{"", "V"}, {"", "PST"}});
  CHECK(row.has_target);
  CHECK(row_of(unimorph, "look up\tlooked up\tV;PST").target == U"looked up");
}

TEST_CASE("columns: tags of UniMorph stay whole") {
  CHECK(tags_of(of_2023, "house\tN;ABL(SG;PSS(1,SG))\thousex") == Names{"N", "ABL(SG;PSS(1,SG))"});
  CHECK(tags_of(unimorph, "a\tb\tV;V.PTCP;PST;{DEF/INDEF};ARGNOM1S;PRS+FUT;IND|SBJV") ==
        Names{"V", "V.PTCP", "PST", "{DEF/INDEF}", "ARGNOM1S", "PRS+FUT", "IND|SBJV"});
  CHECK(tags_of(unimorph, "a\tb\tV;NOM({1;2};SG);ACC(3,PL)") ==
        Names{"V", "NOM({1;2};SG)", "ACC(3,PL)"});
  CHECK(tags_of(unimorph, "a\tb\tN") == Names{"N"});
}

TEST_CASE("columns: bare tags and keys side by side") {
  CHECK(row_of(of_2023, "ev\tN;num=PL\tevler").tags ==
        std::vector<reinflection::Tag>{{"", "N"}, {"num", "PL"}});
  CHECK(tags_of(format_of("source,tags,target"), "ev\tN,PL\tevler") == Names{"N", "PL"});
  CHECK(tags_of(format_of("source,tags,target", '|'), "ev\tCase=Nom|Number=Plur\tevler") ==
        Names{"Case=Nom", "Number=Plur"});
  CHECK(tags_of(unimorph, "a\tb\tN;f(x=1;y=2)") == Names{"N", "f(x=1;y=2)"});
}

TEST_CASE("columns: no tags, empty tags, nothing between separators") {
  const reinflection::RowFormat phonemes = format_of("source,target");
  const reinflection::Example row = row_of(phonemes, "fish\tf ɪ ʃ");
  CHECK(row.tags.empty());
  CHECK(row.target == U"f ɪ ʃ");
  CHECK(reinflection::question(row) == "fish\t");
  CHECK(tags_of(unimorph, "talk\ttalked\t").empty());
  CHECK(tags_of(unimorph, "talk\ttalked\tV;;PST;") == Names{"V", "PST"});
}

TEST_CASE("columns: any order, and skipped ones") {
  const reinflection::Example row =
      row_of(format_of("tags,-,target,source_tags,source", ';'), "V;PST\t\ttalked\tV;PRS\ttalks");
  CHECK(row.source == U"talks");
  CHECK(row.target == U"talked");
  CHECK(row.source_msd == "V;PRS");
  CHECK(row.tags.size() == 2);
  CHECK(row_of(format_of("source,target,tags,-", ';'), "talk\ttalked\tV;PST\ttalk|ed").target ==
        U"talked");
}

TEST_CASE("columns: the target may be missing where answers may, wherever it stands") {
  const reinflection::Example covered =
      row_of(unimorph, "talk\tV;PST", reinflection::Answers::optional);
  CHECK_FALSE(covered.has_target);
  CHECK(covered.tags.size() == 2);
  CHECK(row_of(unimorph, "talk\ttalked\tV;PST", reinflection::Answers::optional).target ==
        U"talked");
  CHECK(row_of(format_of("source,target"), "fish", reinflection::Answers::optional).source ==
        U"fish");
  CHECK(row_of(format_of("source,tags", ';'), "talk\tV;PST", reinflection::Answers::optional)
            .tags.size() == 2);
  CHECK(unimorph.covered() == format_of("source,tags", ';'));
}

TEST_CASE("columns: lists that are none") {
  const auto fault = [](std::string_view list) {
    std::vector<reinflection::NamedColumn> columns;
    const auto found = reinflection::parse_columns(list, columns);
    return found ? found->found : "none";
  };
  CHECK(fault("source") == "none");
  CHECK(fault("-,-,source") == "none");
  CHECK(fault("") == "the column ''");
  CHECK(fault("lemma,tags,target") == "the column 'lemma'");
  CHECK(fault("source, tags") == "the column ' tags'");
  CHECK(fault("source,tags,source") == "the column 'source' twice");
  CHECK(fault("target,tags") == "no source in 'target,tags'");
  CHECK(reinflection::is_tag_separator(';'));
  CHECK(reinflection::is_tag_separator(' '));
  for (const char bad : {'=', '(', '}', 'a', 'Z', '0', '\t', '\n', '\0', '"'}) {
    CHECK_FALSE(reinflection::is_tag_separator(bad));
  }
}

TEST_CASE("columns: a row of another format is told which, and is not guessed") {
  const reinflection::RowFormat task = reinflection::Task::reinflection;
  CHECK(advice(task, "talk\ttalked\tV;PST") == "source,target,tags ;");
  CHECK(advice(task, "talk\tV;PST\ttalked") == "source,tags,target ;");
  CHECK(advice(task, "house\tN;ABL(SG;PSS(1,SG))\thousex") == "source,tags,target ;");
  CHECK(advice(task, "talk\ttalked\tV;PST\ttalk|ed") == "source,target,tags,- ;");
  CHECK(advice(task, "V;PST\ttalk\ttalked") == "tags,source,target ;");
  CHECK(advice(task, "ev\tevler\tpos=N,num=PL") == "source,target,tags ,");
  CHECK(advice(task, "ev\tN,PL\tevler") == "source,tags,target ,");
  CHECK(advice(task, "ev\tCase=Nom|Number=Plur\tevler") == "source,tags,target |");
  CHECK(advice(task, "fish\tf ɪ ʃ") == "source,target ,");
  CHECK(advice(task, "FISH\tF IH1 SH") == "source,target ,");
  CHECK(advice(unimorph, "ABACUS\tAE1 B AH0 K AH0 S") == "source,target ,");
  CHECK(advice(task, "num=PL\tevler\tnum=SG\tev") == "source_tags,source,tags,target ,");
  CHECK(advice(unimorph, "talk\tV;PST\ttalked") == "source,tags,target ;");
  CHECK(advice(of_2023, "talk\ttalked\tV;PST") == "source,target,tags ;");
  CHECK(advice(unimorph, "ev\tevler\tN,PL") == "source,target,tags ,");
  CHECK(advice(unimorph, "ev\tevler\tpos=N,num=PL") == "source,target,tags ,");
  CHECK(advice(format_of("source,target,tags"), "talk\ttalked\tV;PST") == "source,target,tags ;");
  CHECK(advice(format_of("source,target"), "talk\ttalked\tV;PST") == "source,target,tags ;");
  // Blanks beside a separator are a mistake in tags; words with blanks between are no tags.
  CHECK(advice(task, "talk\ttalked\tV; PST") == "source,target,tags ;");
  CHECK(advice(task, "talk\tV;PST \ttalked") == "source,tags,target ;");
  CHECK(advice(of_2023, "talk\ttalked\tV ;PST") == "source,target,tags ;");
  CHECK(advice(task, "talk\tTV; the radio\ttalked") == "refused");
  CHECK(advice(unimorph, "ben de\tI, too\t") == "read");
  // A covered file is no file of words without tags.
  CHECK(advice(task, "talk\tV;PST") == "refused");
  CHECK(advice(unimorph, "talk\tV;PST") == "refused");
  // Where answers may be missing, such a row is one without its answer.
  const reinflection::Answers covered = reinflection::Answers::optional;
  CHECK(advice(task, "talk\tV;PST", covered) == "source,tags ;");
  CHECK(advice(task, "V;PST\ttalk", covered) == "tags,source ;");
  CHECK(advice(task, "ev\tN,PL", covered) == "source,tags ,");
  CHECK(advice(unimorph, "ev\tN,PL", covered) == "source,tags ,");
  CHECK(advice(unimorph, "talk\tV;PST", covered) == "read");
  CHECK(advice(task, "ev\tevler", covered) == "source,target ,");
  // A mistake in key=value is no other format.
  CHECK(advice(task, "ev\tpos=N,num\tevler") == "refused");
  CHECK(advice(reinflection::Task::labelled_reinflection, "num=\tevler\tnum=SG\tev") == "refused");
}

TEST_CASE("columns: words in capitals and tags in small letters are read as they are named") {
  CHECK(advice(of_2023, "NATO\tN;SG\tNATO") == "read");
  CHECK(advice(of_2023, "NATO\tpl\tNATO") == "read");
  CHECK(advice(of_2023, "talk\tv;pst\ttalked") == "read");
  CHECK(advice(of_2023, "a;b\tN;SG\ta;c") == "read");
  CHECK(advice(unimorph, "DVD\tDVDs\tN;PL") == "read");
  CHECK(advice(format_of("source,target"), "A,B\tx") == "read");
}

TEST_CASE("columns: brackets that do not match") {
  const std::string expected = ", expected a closing bracket for each opening one";
  CHECK(complaint(unimorph, "a\tb\tN;A(B") ==
        "f:7: found unbalanced brackets in the tags 'N;A(B'" + expected);
  CHECK(complaint(unimorph, "a\tb\tN;A(B})") ==
        "f:7: found unbalanced brackets in the tags 'N;A(B})'" + expected);
}

TEST_CASE("columns: messages name the columns that were asked for") {
  CHECK(complaint(unimorph, "a\tb\tN;SG\tc\td") ==
        "f:7: found 5 columns, expected 3 (source, target, tags) separated by tabs; it looks like "
        "source,target,tags,-,- with ';' between tags");
  CHECK(complaint(unimorph, "\tb\tN") == "f:7: found nothing in column 1 (source), expected text");
  CHECK(complaint(unimorph, "a\t\tN") == "f:7: found nothing in column 2 (target), expected text");
  CHECK(complaint(unimorph, "abc", reinflection::Answers::optional) ==
        "f:7: found 1 column, expected 2 or 3 (source, target, tags) separated by tabs");
  CHECK(complaint(unimorph, "talk\ttalked\tV,PST") ==
        "f:7: found ',' between the tags 'V,PST', expected ';'; it looks like source,target,tags "
        "with ',' between tags");
}

TEST_CASE("columns: quotation marks of a spreadsheet") {
  const reinflection::RowFormat task = reinflection::Task::reinflection;
  const std::string as = " in quotation marks, as a spreadsheet writes it: ";
  CHECK(complaint(task, "\"ev\"\t\"pos=N,num=PL\"\t\"evler\"") ==
        "f:7: found column 1" + as + "'\"ev\"', expected the bare text");
  CHECK(complaint(task, "ev\t\"pos=N,num=PL\"\tevler") ==
        "f:7: found column 2" + as + "'\"pos=N,num=PL\"', expected the bare text");
  CHECK(complaint(unimorph, "talk\ttalked\t\"V;PST\"").find("column 3" + as) != std::string::npos);
  CHECK(complaint(task, "\"a, b\"\tpos=N\tx").find("column 1" + as) != std::string::npos);
  CHECK(complaint(task, "\"say \"\"a\"\"\"\tpos=N\tx").find("column 1" + as) != std::string::npos);
  // A word in quotation marks, and one that is a quotation mark.
  CHECK(row_of(task, "\"ev\"\tpos=N\tev").source == U"\"ev\"");
  CHECK(row_of(task, "\"\tpos=N\tev").source == U"\"");
}

TEST_CASE("columns: files that are no text say what they are, on the first line") {
  const auto first_line = [](std::string_view text) {
    return complaint(reinflection::Task::reinflection, text, reinflection::Answers::required, 1);
  };
  const std::string rest = ", expected text in UTF-8, not packed, one row a line";
  using namespace std::string_view_literals;
  CHECK(first_line("\xFF\xFE"
                   "e\0v\0\t\0"sv) == "f:1: found UTF-16 (a byte order mark)" + rest);
  CHECK(first_line("\xFE\xFF\0e\0v"sv) == "f:1: found UTF-16 (a byte order mark)" + rest);
  CHECK(first_line("e\0v\0\t\0n\0=\0P\0"sv) ==
        "f:1: found UTF-16 (every second byte is NUL)" + rest);
  CHECK(first_line("\0e\0v\0\t\0n\0=\0P"sv) ==
        "f:1: found UTF-16 (every second byte is NUL)" + rest);
  CHECK(first_line("\xFF\xFE\0\0e\0\0\0"sv) == "f:1: found UTF-32 (a byte order mark)" + rest);
  CHECK(first_line("\x1F\x8B\x08"sv) == "f:1: found gzip" + rest);
  CHECK(first_line("PK\x03\x04\x14"sv) ==
        "f:1: found a zip archive, which spreadsheets and documents are, too" + rest);
  CHECK(first_line("\xFD"
                   "7zXZ\0\0"sv) == "f:1: found xz" + rest);
  CHECK(first_line("\x28\xB5\x2F\xFD"sv) == "f:1: found zstd" + rest);
  CHECK(first_line("BZh91AY&SY"sv) == "f:1: found bzip2" + rest);
  CHECK(first_line("<!DOCTYPE html>"sv) == "f:1: found an HTML page" + rest);
  CHECK(first_line("version https://git-lfs.github.com/spec/v1"sv) ==
        "f:1: found a pointer of Git LFS to the file" + rest);
  // A single NUL is a NUL, and later lines are not looked at.
  CHECK(first_line("ev\tn=P\te\0v"sv) == "f:1: found a NUL at byte 9, expected text");
  CHECK(complaint(reinflection::Task::reinflection, "<html\tn=P\tx").empty());
}

TEST_CASE("columns: a packed file without a line end is named at the limit of a line") {
  std::string packed = "\x1F\x8B";
  packed.append(reinflection::longest_line + 10, 'a');
  std::FILE* stream = ::fmemopen(packed.data(), packed.size(), "rb");
  REQUIRE(stream != nullptr);
  CHECK_THROWS_WITH_AS(reinflection::read_rows(stream, "f", unimorph),
                       "f:1: found gzip, expected text in UTF-8, not packed, one row a line",
                       vc::InputError);
  std::fclose(stream);
}

TEST_CASE("columns: a reader shows the line of its row") {
  std::string text = "\xEF\xBB\xBFtalk\ttalked\tV;PST\r\n\nbe\twas\tV;PST\n\n";
  std::FILE* stream = ::fmemopen(text.data(), text.size(), "rb");
  REQUIRE(stream != nullptr);
  reinflection::RowReader reader(stream, "f", unimorph);
  reinflection::Example row;
  REQUIRE(reader.next(row));
  CHECK(reader.text() == "talk\ttalked\tV;PST");
  REQUIRE(reader.next(row));
  CHECK(row.line == 3);
  CHECK_FALSE(reader.next(row));
  CHECK(reader.line() == 4);
  std::fclose(stream);
}
