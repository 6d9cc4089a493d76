// The metadata of a model of sentences.
#include "text_vae/model_file.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/core/check.hpp>

using namespace text_vae;
using vaecollapse::TokenUnit;
using vaecollapse::TokenVocabulary;

namespace {

Description model_of(TokenUnit unit) {
  const std::vector<std::string> tokens{"the", "\"", "kita\xC4\x9F", "</s>", "\xF0\x9F\x98\x80"};
  Description description{{}, TokenVocabulary(tokens, unit)};
  description.settings.latent = 12;
  description.settings.out = "here";
  return description;
}

std::string fault_of_vocabulary(const std::string& text) {
  vaecollapse::Metadata metadata = to_metadata(model_of(TokenUnit::words));
  metadata["vocabulary"] = text;
  try {
    from_metadata("m", metadata);
  } catch (const vaecollapse::InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a model of sentences goes to metadata and back, but for where its files are") {
  for (const TokenUnit unit : {TokenUnit::words, TokenUnit::characters}) {
    Description description = model_of(unit);
    const Description read = from_metadata("m", to_metadata(description));
    CHECK(read.vocabulary == description.vocabulary);
    CHECK(read.vocabulary.unit() == unit);
    description.settings.out.clear();
    CHECK(read.settings == description.settings);
  }
}

TEST_CASE("metadata that text_vae does not write is refused, with the file's name") {
  const std::string ill_formed = "m: found an ill-formed vocabulary in the metadata, ";
  for (const char* text :
       {"", "[]", "3", "{}", R"({"unit": "words"})", R"({"unit": "lines", "tokens": ["a"]})",
        R"({"unit": "words", "tokens": "a"})", R"({"unit": "words", "tokens": [1]})",
        R"({"unit": "words", "tokens": ["a"], "more": 1})"}) {
    CAPTURE(text);
    CHECK(fault_of_vocabulary(text).starts_with(ill_formed));
  }
  for (const char* text :
       {R"({"unit": "words", "tokens": ["a", "a"]})", R"({"unit": "words", "tokens": [""]})",
        R"({"unit": "words", "tokens": ["<unk>"]})"}) {
    CAPTURE(text);
    CHECK(fault_of_vocabulary(text).starts_with("m: found token vocabulary: "));
  }
  const vaecollapse::Metadata other{{"config", R"({"compat": "none"})"},
                                    {"vocabulary", R"({"characters": "a", "tags": []})"}};
  CHECK_THROWS_WITH(from_metadata("m", other),
                    "m: found a model of reinflect, expected a model that text_vae has trained");
  vaecollapse::Metadata none;
  CHECK_THROWS_AS(from_metadata("m", none), vaecollapse::InputError);
}
