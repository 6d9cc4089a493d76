#include "text_vae/model_file.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/io/own_files.hpp>

namespace text_vae {

namespace {

using vaecollapse::InputError;
using vaecollapse::TokenUnit;
using vaecollapse::TokenVocabulary;

constexpr const char* config_key = "config";
constexpr const char* vocabulary_key = "vocabulary";

std::string_view unit_name(TokenUnit unit) {
  return unit == TokenUnit::words ? token_names.front() : token_names.back();
}

std::string vocabulary_json(const TokenVocabulary& vocabulary) {
  return nlohmann::ordered_json{{"unit", unit_name(vocabulary.unit())},
                                {"tokens", vocabulary.tokens()}}
      .dump();
}

/// A text of the metadata.
const std::string& text_of(std::string_view file, const vaecollapse::Metadata& metadata,
                           const char* key) {
  return vaecollapse::metadata_text(file, metadata, key, "a model that text_vae has trained");
}

TokenVocabulary parse_vocabulary(std::string_view file, const std::string& text) {
  const auto object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto refuse = [&] {
    vaecollapse::raise(InputError(file, 0, "an ill-formed vocabulary in the metadata",
                                  "{\"unit\": \"words\" or \"characters\", \"tokens\": texts}"));
  };
  const auto has = [&](const char* key) { return object.is_object() && object.contains(key); };
  if (!has("unit") || !has("tokens") || object.size() != 2) refuse();
  const nlohmann::json &unit = object["unit"], &tokens = object["tokens"];
  const bool are_texts = tokens.is_array() &&
                         std::all_of(tokens.begin(), tokens.end(),
                                     [](const nlohmann::json& token) { return token.is_string(); });
  const bool is_words = unit == unit_name(TokenUnit::words);
  if (!are_texts || (!is_words && unit != unit_name(TokenUnit::characters))) refuse();
  try {
    return TokenVocabulary(tokens.get<std::vector<std::string>>(),
                           is_words ? TokenUnit::words : TokenUnit::characters);
  } catch (const InputError&) {
    throw;
  } catch (const vaecollapse::Error& error) {
    vaecollapse::raise(InputError(file, 0, error.what(), "a model that text_vae has trained"));
  }
}

/// The unknown options of a model of `reinflect` would not tell what it is.
void refuse_reinflect(std::string_view file, const vaecollapse::Metadata& metadata) {
  const auto text = metadata.find(vocabulary_key);
  if (text == metadata.end()) return;
  const auto object = nlohmann::json::parse(text->second, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("characters")) return;
  vaecollapse::raise(
      InputError(file, 0, "a model of reinflect", "a model that text_vae has trained"));
}

}  // namespace

vaecollapse::Metadata to_metadata(const Description& description) {
  return {{config_key, setting_table.to_json(description.settings, kit::Content::of_model)},
          {vocabulary_key, vocabulary_json(description.vocabulary)}};
}

Settings settings_of(std::string_view file, const vaecollapse::Metadata& metadata) {
  refuse_reinflect(file, metadata);
  Settings settings;
  setting_table.set_from_json(settings, std::string(file) + " (config)",
                              text_of(file, metadata, config_key));
  return settings;
}

Description from_metadata(std::string_view file, const vaecollapse::Metadata& metadata) {
  return {settings_of(file, metadata),
          parse_vocabulary(file, text_of(file, metadata, vocabulary_key))};
}

}  // namespace text_vae
