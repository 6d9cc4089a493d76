#include "model_file.hpp"

#include <string>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

using namespace reinflection;
using vaecollapse::Vocabulary;
using vaecollapse::reinflection::Features;
using vaecollapse::reinflection::SetValues;

namespace {

Description sample() {
  Description description;
  description.settings.latent = 12;
  description.vocabulary = Vocabulary(U"kitaplığ\U0001F600\"\\");
  description.features = Features({"pos=N", "mood={A/B}"}, SetValues::expanded);
  return description;
}

std::string complaint(const char* key, const std::string& text) {
  vaecollapse::Metadata metadata = to_metadata(sample());
  metadata[key] = text;
  try {
    from_metadata("m", metadata);
  } catch (const vaecollapse::InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a description goes to metadata and back") {
  const Description description = sample();
  const Description read = from_metadata("m", to_metadata(description));
  CHECK(read.settings == description.settings);
  CHECK(read.vocabulary == description.vocabulary);
  CHECK(read.features == description.features);
}

TEST_CASE("a model says its track") {
  Description description = sample();
  CHECK(to_metadata(description).at("track") == "restricted");
  description.settings.also = "rows:1";
  CHECK(to_metadata(description).at("track") == "standard");
}

TEST_CASE("metadata that reinflect does not write") {
  const std::string ill_formed = "m: found an ill-formed vocabulary in the metadata, ";
  for (const char* text :
       {"", "[]", "3", "{}", R"({"characters": "a", "tags": ["a=b"]})",
        R"({"characters": 1, "tags": ["a=b"], "set_values": "atomic"})",
        R"({"characters": "a", "tags": "a=b", "set_values": "atomic"})",
        R"({"characters": "a", "tags": [1], "set_values": "atomic"})",
        R"({"characters": "a", "tags": ["a=b"], "set_values": "none"})",
        R"({"characters": "a", "tags": ["a=b"], "set_values": "atomic", "more": 1})"}) {
    CAPTURE(text);
    CHECK(complaint("vocabulary", text).starts_with(ill_formed));
  }
  CHECK(complaint("config", "{\"laten\": 3}") ==
        "m (config):1: found the unknown key \"laten\", expected \"latent\" perhaps");
  CHECK(complaint("vocabulary", R"({"unit": "words", "tokens": ["a"]})") ==
        "m: found a model of text_vae, expected a model that reinflect has trained");
  CHECK_THROWS_WITH(from_metadata("m", {}),
                    "m: found no metadata \"config\", expected a model that reinflect has trained");
}

TEST_CASE("a vocabulary of very many keys or very deep lists is refused in no time") {
  std::string many = "{";
  for (int key = 0; key < 300'000; ++key) {
    many += (key > 0 ? ",\"" : "\"") + std::to_string(key) + "\":0";
  }
  CHECK(complaint("vocabulary", many + "}").starts_with("m: found an ill-formed vocabulary"));
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  CHECK(complaint("vocabulary",
                  R"({"characters": "a", "tags": )" + deep + R"(, "set_values": "atomic"})")
            .starts_with("m: found an ill-formed vocabulary"));
}
