// Against nlohmann's own reader.
#include <cstddef>
#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/io/json.hpp>

namespace vc = vaecollapse;

TEST_CASE("JSON text is read as nlohmann's own reader reads it") {
  for (const char* text :
       {"null", "true", "-3", "18446744073709551615", "0.25", "\"\\u00e9 \\n\"", "[]", "{}",
        "[1, [2, [], {\"a\": [3]}], 4, \"five\", null, [[[6.5]]]]",
        "{\"a\": {\"b\": [1, 2, {\"c\": false}], \"d\": {}}, \"e\": [\"f\", -7], \"g\": null}",
        "{\"twice\": 1, \"twice\": [2]}", " \n[0]\t"}) {
    CAPTURE(text);
    const nlohmann::json expected = nlohmann::json::parse(text);
    const nlohmann::json found = vc::parse_json("a.json", text);
    CHECK(found == expected);
    CHECK(found.type() == expected.type());
  }
}

TEST_CASE("a long list of objects is read in order, with what lies in them") {
  std::string text = "{\"outer\": [";
  for (int i = 0; i < 1000; ++i) text += "{\"n\": [" + std::to_string(i) + "]},";
  text += "0]}";
  CHECK(vc::parse_json("a.json", text) == nlohmann::json::parse(text));
}

TEST_CASE("what is no JSON is refused with the name of the file and the place") {
  for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "[1] 2", "nul", "\"\x80\"", "{1: 2}"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(vc::parse_json("a.json", text), vc::InputError);
  }
  try {
    (void)vc::parse_json("a.json", "[1, }");
    FAIL("no error");
  } catch (const vc::InputError& error) {
    const std::string message = error.what();
    CAPTURE(message);
    CHECK(message.starts_with("a.json: found "));
    CHECK(message.find("line 1, column 5") != message.npos);
    CHECK(message.ends_with(", expected JSON text"));
  }
}

TEST_CASE("a deep text is read without a deep stack") {
  const std::size_t depth = 100'000;
  const std::string text = std::string(depth, '[') + std::string(depth, ']');
  nlohmann::json value = vc::parse_json("a.json", text);
  CHECK(value.is_array());
  CHECK(value.size() == 1);
}
