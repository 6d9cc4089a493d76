// Which columns and tags a run's rows have: the settings, options beside a model, and the options
// that a row of another format is told.
#include "row_format.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "settings.hpp"

using namespace reinflection;
using vaecollapse::reinflection::RowFormat;
using vaecollapse::reinflection::Task;

namespace {

Settings settings_of(const std::string& json) {
  Settings settings;
  setting_table.set_from_json(settings, "c.json", json);
  return settings;
}

std::string columns_of(const RowFormat& format) {
  std::string text;
  for (const auto& column : format.columns) text.append(column.name).append(" ");
  return text + format.tags.separator + (format.tags.bare ? " bare" : "");
}

std::string complaint(const std::string& json) {
  try {
    row_format(settings_of(json));
  } catch (const vaecollapse::Error& error) {
    return error.what();
  }
  return "";
}

RowFormat format_of(const vaecollapse::reinflection::LikelyFormat& likely) {
  std::vector<vaecollapse::reinflection::NamedColumn> columns;
  REQUIRE_FALSE(vaecollapse::reinflection::parse_columns(likely.columns, columns));
  return {columns, {likely.separator, /*bare=*/true}};
}

const std::string unimorph = R"({"format": "unimorph"})";

}  // namespace

TEST_CASE("row format: settings of version 0.1.0 mean what they meant") {
  CHECK(row_format(Settings()) == RowFormat(Task::reinflection));
  CHECK(row_format(settings_of(R"({"task": 1})")) == RowFormat(Task::inflection));
  CHECK(row_format(settings_of(R"({"task": 2})")) == RowFormat(Task::labelled_reinflection));
  CHECK_FALSE(row_format(Settings()).tags.bare);
}

TEST_CASE("row format: unimorph is columns and a separator, and columns beside it win") {
  CHECK(columns_of(row_format(settings_of(unimorph))) == "source target tags ; bare");
  CHECK(row_format(settings_of(unimorph)) ==
        row_format(settings_of(R"({"columns": "source,target,tags", "tag_separator": ";"})")));
  const std::string other = "source tags target ; bare";
  CHECK(columns_of(row_format(
            settings_of(R"({"format": "unimorph", "columns": "source,tags,target"})"))) == other);
  CHECK(columns_of(row_format(
            settings_of(R"({"columns": "source,tags,target", "format": "unimorph"})"))) == other);
  CHECK(columns_of(row_format(settings_of(R"({"tag_separator": "|", "format": "unimorph"})"))) ==
        "source target tags | bare");
  CHECK(columns_of(row_format(settings_of(R"({"tag_separator": ";", "task": 1})"))) ==
        "lemma MSD form ; bare");
  CHECK(columns_of(row_format(settings_of(R"({"columns": "source,target", "task": 2})"))) ==
        "source target , bare");
}

TEST_CASE("row format: options beside a model win over what it remembers") {
  const Settings trained = settings_of(unimorph);
  const auto with = [&](const GivenFormat& given) {
    return columns_of(row_format(trained, given));
  };
  CHECK(with({}) == "source target tags ; bare");
  CHECK(with({0, "", "source,tags", ""}) == "source tags ; bare");
  CHECK(with({0, "", "", "+"}) == "source target tags + bare");
  CHECK(with({1, "", "", ""}) == "lemma MSD form ; bare");
  CHECK(with({0, "sigmorphon2016", "", ""}) == "source MSD form ,");
  CHECK(row_format(Settings(), {1, "", "", ""}) == RowFormat(Task::inflection));
  CHECK(columns_of(row_format(Settings(), {0, "unimorph", "", ""})) == "source target tags ; bare");
}

TEST_CASE("row format: forms to look at are of task 1, or in the columns that were named") {
  CHECK(latent_row_format(Settings(), {}) == RowFormat(Task::inflection));
  CHECK(latent_row_format(settings_of(R"({"task": 2})"), {}) == RowFormat(Task::inflection));
  CHECK(latent_row_format(settings_of(unimorph), {}) == row_format(settings_of(unimorph)));
}

TEST_CASE("row format: mistakes name their option") {
  CHECK(
      complaint(R"({"columns": "lemma,tags"})") ==
      "--columns: found the column 'lemma', expected source, target, tags, source_tags, each once "
      "at most and the source always, and - for a column to skip, with commas between");
  const std::string separator =
      "', expected one character such as ; or |, but no letter, digit, bracket, quotation mark or "
      "=";
  CHECK(complaint(R"({"columns": "target", "tag_separator": ";;"})") ==
        "--columns: found no source in 'target', expected source, target, tags, source_tags, each "
        "once at most and the source always, and - for a column to skip, with commas between\n"
        "--tag-separator: found ';;" +
            separator);
  for (const char* bad : {";;", "a", "=", "(", "é"}) {
    CHECK(complaint(R"({"tag_separator": ")" + std::string(bad) + "\"}") ==
          "--tag-separator: found '" + std::string(bad) + separator);
  }
}

TEST_CASE("row format: the options that would read a row") {
  const RowFormat task;
  CHECK(options_for({"source,target,tags", ';'}, task) == "--format unimorph");
  CHECK(options_for({"source,tags,target", ';'}, task) ==
        "--columns source,tags,target --tag-separator ';'");
  CHECK(options_for({"source,tags,target", ','}, task) == "--columns source,tags,target");
  CHECK(options_for({"source,target", ','}, task) == "--columns source,target");
}

TEST_CASE("row format: the options that would read a row, given beside what was named before") {
  using vaecollapse::reinflection::LikelyFormat;
  for (const char* named : {R"({"columns": "source,target,tags", "tag_separator": ";"})",
                            R"({"columns": "-,source,target", "tag_separator": "|"})",
                            R"({"columns": "source,target"})", R"({"format": "unimorph"})",
                            R"({"task": 2, "tag_separator": ";"})", R"({"task": 2})"}) {
    const Settings settings = settings_of(named);
    const RowFormat own = row_format(settings);
    for (const LikelyFormat& likely :
         {LikelyFormat{"source,target,tags", ';'}, LikelyFormat{"source,tags,target", ','},
          LikelyFormat{"source,tags,target", ';'}, LikelyFormat{"source,target,tags,-", '|'}}) {
      const std::string options = options_for(likely, own);
      CAPTURE(named);
      CAPTURE(options);
      GivenFormat given;
      if (options == "--format unimorph") {
        given.format = "unimorph";
      } else {
        given.columns = likely.columns;
        const auto at = options.find("--tag-separator '");
        if (at != std::string::npos) given.tag_separator = options.substr(at + 17, 1);
      }
      // As options beside a model, and as options of a run that win over its config.
      CHECK(columns_of(row_format(settings, given)) == columns_of(format_of(likely)));
      Settings again = settings;
      if (!given.format.empty()) again.format = given.format;
      if (!given.columns.empty()) again.columns = given.columns;
      if (!given.tag_separator.empty()) again.tag_separator = given.tag_separator;
      CHECK(columns_of(row_format(again)) == columns_of(format_of(likely)));
    }
  }
}
