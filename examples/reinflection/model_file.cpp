#include "model_file.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/io/own_files.hpp>

#include "settings.hpp"
#include "track.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::InputError;
using vaecollapse::raise;
using vaecollapse::reinflection::SetValues;

constexpr const char* config_key = "config";
constexpr const char* vocabulary_key = "vocabulary";
constexpr const char* track_key = "track";

std::string vocabulary_json(const Description& description) {
  const bool atomic = description.features.set_values() == SetValues::atomic;
  return Json{{"characters", vaecollapse::utf8::encode(description.vocabulary.characters())},
              {"tags", description.features.names()},
              {"set_values", atomic ? "atomic" : "expanded"}}
      .dump();
}

/// A text of the metadata.
const std::string& text_of(std::string_view file, const vaecollapse::Metadata& metadata,
                           const char* key) {
  return vaecollapse::metadata_text(file, metadata, key, "a model that reinflect has trained");
}

[[noreturn]] void refuse_vocabulary(std::string_view file) {
  raise(InputError(file, 0, "an ill-formed vocabulary in the metadata",
                   "{\"characters\": text, \"tags\": texts, \"set_values\": \"atomic\" or "
                   "\"expanded\"}"));
}

void parse_vocabulary(std::string_view file, const std::string& text, Description& description) {
  // Not the ordered kind, which takes the square of the time for an object of many keys.
  using Read = nlohmann::json;
  const Read object = Read::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto has = [&](const char* key) { return object.is_object() && object.contains(key); };
  if (!has("characters") || !has("tags") || !has("set_values") || object.size() != 3) {
    refuse_vocabulary(file);
  }
  const Read &characters = object["characters"], &tags = object["tags"];
  const Read& set_values = object["set_values"];
  const bool texts = tags.is_array() && std::all_of(tags.begin(), tags.end(), [](const Read& tag) {
                       return tag.is_string();
                     });
  if (!characters.is_string() || !texts || (set_values != "atomic" && set_values != "expanded")) {
    refuse_vocabulary(file);
  }
  description.vocabulary =
      vaecollapse::Vocabulary(vaecollapse::utf8::decode(characters.get_ref<const std::string&>()));
  description.features = vaecollapse::reinflection::Features(
      tags.get<std::vector<std::string>>(),
      set_values == "atomic" ? SetValues::atomic : SetValues::expanded);
}

/// The unknown options of a model of `text_vae` would not tell what it is.
void refuse_text_vae(std::string_view file, const vaecollapse::Metadata& metadata) {
  const auto text = metadata.find(vocabulary_key);
  if (text == metadata.end()) return;
  const auto object = nlohmann::json::parse(text->second, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains("tokens")) return;
  raise(InputError(file, 0, "a model of text_vae", "a model that reinflect has trained"));
}

}  // namespace

vaecollapse::Metadata to_metadata(const Description& description) {
  return {{config_key, setting_table.to_json(description.settings, kit::Content::of_model)},
          {vocabulary_key, vocabulary_json(description)},
          {track_key, std::string(name_of(track_of(description.settings)))}};
}

Description from_metadata(std::string_view file, const vaecollapse::Metadata& metadata) {
  refuse_text_vae(file, metadata);
  Description description;
  const std::string where(file);
  setting_table.set_from_json(description.settings, where + " (config)",
                              text_of(file, metadata, config_key));
  parse_vocabulary(file, text_of(file, metadata, vocabulary_key), description);
  return description;
}

bool read_vocabulary(std::string_view file, const vaecollapse::Metadata& metadata,
                     Description& description) {
  const auto found = metadata.find(vocabulary_key);
  if (found == metadata.end()) return false;
  parse_vocabulary(file, found->second, description);
  return true;
}

}  // namespace reinflection
