#include "kit/setting_values.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/utf8.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/numbers.hpp"

namespace kit {

using Json = nlohmann::ordered_json;

namespace {

using vaecollapse::InputError;
using vaecollapse::raise;

/// `gru, historyless_a or historyless_b`.
std::string show_choice(const Choice& choice) {
  std::string text;
  for (std::size_t i = 0; i < choice.words.size(); ++i) {
    if (i > 0) text += i + 1 == choice.words.size() ? " or " : ", ";
    text += choice.words[i];
  }
  return text + (choice.several ? ", or several of them with commas between" : "");
}

bool is_choice(const Choice& choice, std::string_view text) {
  if (choice.words.empty()) return true;
  const auto is_known = [&](std::string_view word) {
    return std::find(choice.words.begin(), choice.words.end(), word) != choice.words.end();
  };
  if (!choice.several) return is_known(text);
  const std::vector<std::string_view> words = vaecollapse::split(text, ',');
  const std::set<std::string_view> different(words.begin(), words.end());
  return different.size() == words.size() && std::all_of(words.begin(), words.end(), is_known);
}

/// The text as a value, if it is allowed.
std::optional<SettingValue> text_value(std::string_view text, const Choice& choice) {
  if (vaecollapse::utf8::validate(text) || !is_choice(choice, text)) return std::nullopt;
  if (choice.read == nullptr) return std::string(text);
  auto read = choice.read(text);
  return read ? std::optional<SettingValue>(std::move(*read)) : std::nullopt;
}

/// The number as a value, if it is in range.
template <class Number>
std::optional<SettingValue> in_range(std::optional<Number> number, const Allowed& allowed) {
  if (!number) return std::nullopt;
  const auto value = static_cast<double>(*number);
  if (vaecollapse::is_nan(value) || value < allowed.least || value > allowed.most) {
    return std::nullopt;
  }
  return *number;
}

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

/// Parses JSON; `keys` gets those of the outermost object, as they come.
Json parse(std::string_view file, std::string_view text, std::vector<std::string>& keys) {
  const auto watch = [&](int depth, nlohmann::detail::parse_event_t event, Json& value) {
    if (depth > deepest_config) {
      raise(InputError(file, 0, "JSON nested more than " + std::to_string(deepest_config) + " deep",
                       "a JSON object of settings"));
    }
    if (event == Json::parse_event_t::key && depth == 1) keys.push_back(value.get<std::string>());
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), watch);
  } catch (const Json::parse_error& error) {
    const std::size_t byte = error.byte > 0 ? error.byte - 1 : 0;
    raise(InputError(file, line_at(text, byte), "a fault at byte " + std::to_string(error.byte),
                     "JSON"));
  } catch (const Json::out_of_range&) {
    raise(InputError(file, 0, "a number that is out of range", "JSON with numbers that fit"));
  }
}

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
  std::vector<std::string> keys;
  Json object = parse(file, text, keys);
  if (!object.is_object()) {
    raise(InputError(file, 0, "a JSON " + std::string(object.type_name()), "a JSON object"));
  }
  std::set<std::string> seen;
  for (const std::string& key : keys) {
    if (seen.insert(key).second) continue;
    raise(InputError(file, line_of_key(text, key), "the key " + Json(key).dump() + " twice",
                     "each key once"));
  }
  return object;
}

std::string shortened(const Json& value) {
  constexpr std::size_t longest = 60;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > longest) text.replace(longest, std::string::npos, "...");
  return text;
}

}  // namespace

std::optional<SettingValue> value_of(std::string_view text, const Allowed& allowed) {
  switch (allowed.kind) {
    case Allowed::Kind::text:
      return text_value(text, allowed.choice);
    case Allowed::Kind::flag:
      if (text != "true" && text != "false") break;
      return text == "true";
    case Allowed::Kind::count:
      return in_range(read_number<std::uint64_t>(text), allowed);
    case Allowed::Kind::number:
      return in_range(read_number<double>(text), allowed);
  }
  return std::nullopt;
}

std::optional<SettingValue> value_of(const Json& json, const Allowed& allowed) {
  switch (allowed.kind) {
    case Allowed::Kind::text:
      if (json.is_number_unsigned() && allowed.choice.read != nullptr) {
        return text_value(std::to_string(json.get<std::uint64_t>()), allowed.choice);
      }
      if (!json.is_string()) break;
      return text_value(json.get_ref<const std::string&>(), allowed.choice);
    case Allowed::Kind::flag:
      if (!json.is_boolean()) break;
      return json.get<bool>();
    case Allowed::Kind::count:
      if (!json.is_number_unsigned()) break;
      return in_range(std::optional(json.get<std::uint64_t>()), allowed);
    case Allowed::Kind::number:
      if (!json.is_number()) break;
      return in_range(std::optional(json.get<double>()), allowed);
  }
  return std::nullopt;
}

std::string show(const SettingValue& value) {
  struct Show {
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::uint64_t count) const { return std::to_string(count); }
    std::string operator()(double number) const { return show_number(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  };
  return std::visit(Show{}, value);
}

std::string expected(const Allowed& allowed) {
  switch (allowed.kind) {
    case Allowed::Kind::text:
      if (allowed.choice.read != nullptr) return std::string(allowed.choice.expected);
      return allowed.choice.words.empty() ? "text in UTF-8" : show_choice(allowed.choice);
    case Allowed::Kind::flag:
      return "true or false";
    case Allowed::Kind::count:
    case Allowed::Kind::number:
      break;
  }
  return expected_number(allowed.kind == Allowed::Kind::count, allowed.least, allowed.most);
}

std::string option_name(std::string_view setting) {
  std::string name = "--" + std::string(setting);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool has_word(std::string_view list, std::string_view word) {
  const std::vector<std::string_view> words = vaecollapse::split(list, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string to_json(const std::vector<std::pair<std::string_view, SettingValue>>& values) {
  Json object = Json::object();
  for (const auto& [name, value] : values) {
    Json& place = object[std::string(name)];
    std::visit([&](const auto& one) { place = one; }, value);
  }
  return object.dump(2) + "\n";
}

void ConfigText::read(const Set& set) const {
  const Json object = parse_object(file_, json_);
  for (const auto& [key, value] : object.items()) set(key, value);
}

void ConfigText::read(const Set& set, Mistakes& mistakes) const {
  Json object = Json::object();
  mistakes.keep([&] { object = parse_object(file_, json_); });
  for (const auto& [key, value] : object.items()) {
    mistakes.keep([&, &key = key, &value = value] { set(key, value); });
  }
}

void ConfigText::refuse_key(const std::string& key,
                            const std::vector<std::string_view>& known) const {
  const std::string_view nearest = nearest_name(key, known);
  std::string expected = nearest.empty() ? "one of " : "\"" + std::string(nearest) + "\" perhaps";
  if (nearest.empty()) {
    for (const std::string_view one : known) {
      expected.append(one == known.front() ? "" : ", ").append(one);
    }
  }
  raise(InputError(file_, line_of_key(json_, key), "the unknown key " + shortened(key), expected));
}

void ConfigText::refuse_value(const std::string& key, const Json& value,
                              const Allowed& allowed) const {
  raise(InputError(file_, line_of_key(json_, key), "\"" + key + "\": " + shortened(value),
                   expected(allowed)));
}

}  // namespace kit
