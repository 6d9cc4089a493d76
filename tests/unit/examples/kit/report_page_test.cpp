// The page of a report, and commands in it.
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "kit/report/page.hpp"
#include "kit/shell.hpp"

using nlohmann::ordered_json;

TEST_CASE("report: data cannot end the script that it stands in") {
  const ordered_json data{
      {"words", {"</script><!--&\xE2\x80\xA8\xE2\x80\xA9'\"", "\xFF{{script}}"}}};
  const std::string page = kit::report_page(data);
  const std::string begin = "id=\"data\">";
  const std::size_t at = page.find(begin) + begin.size();
  const std::string json = page.substr(at, page.find("</script>", at) - at);
  CHECK(json.find_first_of("<>&") == std::string::npos);
  CHECK(json.find("\xE2\x80\xA8") == std::string::npos);
  const ordered_json read = ordered_json::parse(json);
  CHECK(read["words"][0] == data["words"][0]);
  CHECK(read["words"][1] == "\xEF\xBF\xBD{{script}}");
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.ends_with("</html>\n"));
  CHECK(page.find("{{style}}") == std::string::npos);
  CHECK(page.find("http://") == std::string::npos);
}

TEST_CASE("report: commands as a shell takes them") {
  CHECK(kit::shell_word("a/b-1.tsv") == "a/b-1.tsv");
  CHECK(kit::shell_word("chars(0.3)") == "'chars(0.3)'");
  CHECK(kit::shell_word("it's") == "'it'\\''s'");
  CHECK(kit::shell_word("") == "''");
}
