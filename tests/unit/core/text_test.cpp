#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/text.hpp>

namespace vc = vaecollapse;
using Parts = std::vector<std::string_view>;

TEST_CASE("split: the parts between separators, empty ones too") {
  CHECK(vc::split("ev,kitap", ',') == Parts{"ev", "kitap"});
  CHECK(vc::split(",ev,", ',') == Parts{"", "ev", ""});
  CHECK(vc::split("", ',') == Parts{""});
  CHECK(vc::split("ev kitap", ',') == Parts{"ev kitap"});
}

TEST_CASE("formatted: a line as printf writes it, cut off at 255 bytes") {
  CHECK(vc::formatted("%d of %.2f %s", 3, 2.5, "nats") == "3 of 2.50 nats");
  const std::string longer(300, 'x');
  CHECK(vc::formatted("%s", longer.c_str()) == std::string(255, 'x'));
}

TEST_CASE("with_article: by the first letter") {
  CHECK(vc::with_article("word") == "a word");
  CHECK(vc::with_article("image") == "an image");
  CHECK(vc::with_article("") == "a ");
}
