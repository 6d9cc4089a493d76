#include "settings_text.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/io/file.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/numbers.hpp"

namespace reinflection {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::Error;
using vaecollapse::InputError;
using vaecollapse::raise;

/// `gru, historyless_a or historyless_b`.
std::string show_choice(const Setting::Choice& choice) {
  std::string text;
  for (std::size_t i = 0; i < choice.words.size(); ++i) {
    if (i > 0) text += i + 1 == choice.words.size() ? " or " : ", ";
    text += choice.words[i];
  }
  return text + (choice.several ? ", or several of them with commas between" : "");
}

/// `a whole number from 1 to 1024`.
std::string expected(const Setting& setting) {
  if (std::holds_alternative<Setting::Text>(setting.member)) {
    return setting.choice.words.empty() ? "text in UTF-8" : show_choice(setting.choice);
  }
  if (std::holds_alternative<Setting::Flag>(setting.member)) return "true or false";
  return kit::expected_number(std::holds_alternative<Setting::Count>(setting.member), setting.least,
                              setting.most);
}

bool is_in_range(const Setting& setting, double number) {
  return !vaecollapse::is_nan(number) && number >= setting.least && number <= setting.most;
}

bool is_choice(const Setting::Choice& choice, std::string_view text) {
  if (choice.words.empty()) return true;
  const auto is_known = [&](std::string_view word) {
    return std::find(choice.words.begin(), choice.words.end(), word) != choice.words.end();
  };
  if (!choice.several) return is_known(text);
  const std::vector<std::string_view> words = vaecollapse::split(text, ',');
  const std::set<std::string_view> different(words.begin(), words.end());
  return different.size() == words.size() && std::all_of(words.begin(), words.end(), is_known);
}

/// Sets from text; false if the text is no fitting value.
struct AssignText {
  Settings& settings;
  const Setting& setting;
  std::string_view text;

  bool operator()(Setting::Text member) const {
    if (vaecollapse::utf8::validate(text) || !is_choice(setting.choice, text)) return false;
    settings.*member = text;
    return true;
  }
  bool operator()(Setting::Flag member) const {
    settings.*member = text == "true";
    return text == "true" || text == "false";
  }
  bool operator()(Setting::Count member) const { return number(member); }
  bool operator()(Setting::Number member) const { return number(member); }

  template <class T>
  bool number(T Settings::*member) const {
    const auto value = kit::read_number<T>(text);
    if (!value || !is_in_range(setting, static_cast<double>(*value))) return false;
    settings.*member = *value;
    return true;
  }
};

/// Sets from JSON; false if it is no fitting value.
struct AssignJson {
  Settings& settings;
  const Setting& setting;
  const Json& value;

  bool operator()(Setting::Text member) const {
    if (!value.is_string() || !is_choice(setting.choice, value.get_ref<const std::string&>())) {
      return false;
    }
    settings.*member = value.get<std::string>();
    return true;
  }
  bool operator()(Setting::Flag member) const {
    if (!value.is_boolean()) return false;
    settings.*member = value.get<bool>();
    return true;
  }
  bool operator()(Setting::Count member) const {
    if (!value.is_number_unsigned()) return false;
    return number(member);
  }
  bool operator()(Setting::Number member) const {
    if (!value.is_number()) return false;
    return number(member);
  }

  template <class T>
  bool number(T Settings::*member) const {
    const T number = value.get<T>();
    if (!is_in_range(setting, static_cast<double>(number))) return false;
    settings.*member = number;
    return true;
  }
};

long line_at(std::string_view text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<long>(std::count(text.begin(), end, '\n'));
}

/// The parser forgets where a key stood; in a config its first mention is near enough.
long line_of_key(std::string_view text, const std::string& key) {
  const std::size_t at = text.find(Json(key).dump());
  return at == std::string_view::npos ? 0 : line_at(text, at);
}

/// A config is flat and short. What is not would be shown by recursion, and an object takes the
/// square of the time for very many keys.
constexpr std::size_t longest_config = 65536;
constexpr int deepest_config = 16;

/// Parses an object, minding keys that come twice.
Json parse_object(std::string_view file, std::string_view text) {
  if (text.size() > longest_config) {
    raise(InputError(file, 0, "a config of " + std::to_string(text.size()) + " bytes",
                     "at most " + std::to_string(longest_config)));
  }
  // The parser takes a zero byte for the end and would not see what is behind it.
  if (const auto zero = text.find('\0'); zero != text.npos) {
    raise(
        InputError(file, line_at(text, zero), "a NUL at byte " + std::to_string(zero + 1), "JSON"));
  }
  std::set<std::string> keys;
  std::string twice;
  const auto watch = [&](int depth, nlohmann::detail::parse_event_t event, Json& value) {
    if (depth > deepest_config) {
      raise(InputError(file, 0, "JSON nested more than " + std::to_string(deepest_config) + " deep",
                       "a JSON object of settings"));
    }
    if (event == Json::parse_event_t::key && depth == 1) {
      const auto key = value.get<std::string>();
      if (!keys.insert(key).second && twice.empty()) twice = key;
    }
    return true;
  };
  Json object;
  try {
    object = Json::parse(text.begin(), text.end(), watch);
  } catch (const Json::parse_error& error) {
    const std::size_t byte = error.byte > 0 ? error.byte - 1 : 0;
    raise(InputError(file, line_at(text, byte), "a fault at byte " + std::to_string(error.byte),
                     "JSON"));
  } catch (const Json::out_of_range&) {
    raise(InputError(file, 0, "a number that is out of range", "JSON with numbers that fit"));
  }
  if (!object.is_object()) {
    raise(InputError(file, 0, "a JSON " + std::string(object.type_name()), "a JSON object"));
  }
  if (!twice.empty()) {
    raise(InputError(file, line_of_key(text, twice), "the key " + Json(twice).dump() + " twice",
                     "each key once"));
  }
  return object;
}

/// The option whose name is nearest, for a message.
std::string suggestion(const std::string& name) {
  std::vector<std::string_view> known;
  for (const Setting& setting : setting_table) known.push_back(setting.name);
  const std::string_view nearest = kit::nearest_name(name, known);
  if (!nearest.empty()) return "\"" + std::string(nearest) + "\" perhaps";
  std::string all = "one of ";
  for (const std::string_view one : known) {
    all.append(one == known.front() ? "" : ", ").append(one);
  }
  return all;
}

std::string shortened(const Json& value) {
  constexpr std::size_t longest = 60;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > longest) text.replace(longest, std::string::npos, "...");
  return text;
}

/// `compat`, when it has been set, sets others.
void apply_compat(Settings& settings, const Setting& changed) {
  if (changed.name != "compat") return;
  for (const CompatSetting& one : compat_settings(settings.compat)) {
    set_from_text(settings, *find_setting(one.setting), one.value);
  }
}

/// Sets what one key of a config says.
void set_one(Settings& settings, std::string_view file, std::string_view json,
             const std::string& key, const Json& value) {
  const Setting* setting = find_setting(key);
  if (setting == nullptr) {
    raise(InputError(file, line_of_key(json, key), "the unknown key " + shortened(key),
                     suggestion(key)));
  }
  if (!std::visit(AssignJson{settings, *setting, value}, setting->member)) {
    raise(InputError(file, line_of_key(json, key), "\"" + key + "\": " + shortened(value),
                     expected(*setting)));
  }
  apply_compat(settings, *setting);
}

}  // namespace

std::string option_name(const Setting& setting) {
  std::string name = "--" + std::string(setting.name);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string show(const Settings& settings, const Setting& setting) {
  struct Show {
    const Settings& settings;
    std::string operator()(Setting::Text member) const { return settings.*member; }
    std::string operator()(Setting::Count member) const { return std::to_string(settings.*member); }
    std::string operator()(Setting::Number member) const {
      return kit::show_number(settings.*member);
    }
    std::string operator()(Setting::Flag member) const {
      return settings.*member ? "true" : "false";
    }
  };
  return std::visit(Show{settings}, setting.member);
}

bool has_word(std::string_view list, std::string_view word) {
  const std::vector<std::string_view> words = vaecollapse::split(list, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

const Setting* find_setting(std::string_view name) {
  const auto found = std::find_if(setting_table.begin(), setting_table.end(),
                                  [&](const Setting& setting) { return setting.name == name; });
  return found == setting_table.end() ? nullptr : &*found;
}

void set_from_text(Settings& settings, const Setting& setting, std::string_view text) {
  if (std::visit(AssignText{settings, setting, text}, setting.member)) {
    return apply_compat(settings, setting);
  }
  raise(Error(option_name(setting) + ": found '" + std::string(text) + "', expected " +
              expected(setting)));
}

std::string to_json(const Settings& settings, Content content) {
  Json object = Json::object();
  for (const Setting& setting : setting_table) {
    if (content == Content::of_model && setting.kept == Setting::Kept::in_config_only) continue;
    std::visit([&](auto member) { object[std::string(setting.name)] = settings.*member; },
               setting.member);
  }
  return object.dump(2) + "\n";
}

void set_from_json(Settings& settings, std::string_view file, std::string_view json) {
  const Json object = parse_object(file, json);
  for (const auto& [key, value] : object.items()) {
    set_one(settings, file, json, key, value);
  }
}

void set_from_json(Settings& settings, std::string_view file, std::string_view json,
                   kit::Mistakes& mistakes) {
  Json object = Json::object();
  mistakes.keep([&] { object = parse_object(file, json); });
  for (const auto& [key, value] : object.items()) {
    mistakes.keep([&, &key = key, &value = value] { set_one(settings, file, json, key, value); });
  }
}

const Setting* first_difference(const Settings& one, const Settings& other) {
  const auto found =
      std::find_if(setting_table.begin(), setting_table.end(), [&](const Setting& setting) {
        return setting.kept == Setting::Kept::in_model &&
               std::visit([&](auto member) { return one.*member != other.*member; },
                          setting.member);
      });
  return found == setting_table.end() ? nullptr : &*found;
}

Settings settle(const std::string& config, const std::vector<GivenSetting>& given,
                kit::Mistakes& mistakes, Settings settings) {
  if (!config.empty()) {
    mistakes.keep(
        [&] { set_from_json(settings, config, vaecollapse::read_text_file(config), mistakes); });
  }
  for (const GivenSetting& one : given) {
    mistakes.keep([&] {
      const Setting* setting = find_setting(one.name);
      if (setting == nullptr) raise(Error("there is no setting " + one.name));
      set_from_text(settings, *setting, one.text);
    });
  }
  return settings;
}

Settings settle(const std::string& config, const std::vector<GivenSetting>& given,
                Settings settings) {
  kit::Mistakes mistakes;
  settings = settle(config, given, mistakes, std::move(settings));
  mistakes.raise_if_any();
  return settings;
}

}  // namespace reinflection
