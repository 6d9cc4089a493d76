// What `text_vae explain` says: of every policy that the program takes, with options that it has.
#include <algorithm>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "kit/explain/page.hpp"
#include "kit/policies.hpp"
#include "text_vae/handbook.hpp"
#include "text_vae/settings.hpp"
#include "text_vae/training_run.hpp"

using namespace text_vae;

TEST_CASE("explanations for sentences: each has its texts, and what it says to use can be used") {
  for (const kit::Explanation& one : handbook().explanations) {
    CAPTURE(one.name);
    for (const std::string_view text :
         {one.title, one.use, one.what, one.helps, one.hurts, one.source}) {
      CHECK_FALSE(text.empty());
    }
    CHECK_NOTHROW(kit::explanation_text(handbook(), one));
    // `--objective "mdr(rate=60)"`: an option and its value.
    const std::size_t space = one.use.find(' ');
    std::string option(one.use.substr(2, space - 2));
    std::replace(option.begin(), option.end(), '-', '_');
    const Setting* setting = setting_table.find(option);
    REQUIRE(setting != nullptr);
    if (one.expression.empty()) continue;
    std::string value(one.use.substr(space + 1));
    value.erase(std::remove(value.begin(), value.end(), '"'), value.end());
    Settings settings;
    setting_table.set(settings, *setting, value);
    CHECK_NOTHROW(prepare(settings));
  }
}

TEST_CASE("explanations for sentences: every policy but those of words has one") {
  const auto all = handbook().explanations;
  for (const kit::MethodSummary& method : kit::policies()) {
    CAPTURE(method.name);
    const bool is_explained = std::any_of(
        all.begin(), all.end(), [&](const auto& one) { return one.expression == method.name; });
    CHECK(is_explained == (method.name != "bag_of_characters" && method.name != "places"));
  }
}
