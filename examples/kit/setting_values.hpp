// Values of settings, as text and as JSON, without the program that they belong to.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "kit/mistakes.hpp"

namespace kit {

using SettingValue = std::variant<std::string, std::uint64_t, double, bool>;

/// What a text may be: anything, one of some words, several of them with commas between, or what
/// has a form of its own.
struct Choice {
  std::span<const std::string_view> words{};
  bool several = false;
  /// The text as files have it; nothing for one that is not allowed. Null: there is no such form.
  /// In JSON a whole number stands for its digits. Where there may be several, so may the option.
  std::optional<std::string> (*read)(std::string_view text) = nullptr;
  std::string_view expected{};  ///< what `read` takes
};

/// What a value may be.
struct Allowed {
  /// In the order of `SettingValue`.
  enum class Kind { text, count, number, flag };
  Kind kind = Kind::text;
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
  Choice choice{};
};

/// The value that a text is; nothing if it is not allowed.
std::optional<SettingValue> value_of(std::string_view text, const Allowed& allowed);

/// The value that a JSON value is; nothing if it is not allowed.
std::optional<SettingValue> value_of(const nlohmann::ordered_json& json, const Allowed& allowed);

/// The value as the command line would have it.
std::string show(const SettingValue& value);

/// `a whole number from 1 to 1024`.
std::string expected(const Allowed& allowed);

/// `--encoder-hidden` for `encoder_hidden`.
std::string option_name(std::string_view setting);

/// Whether a list with commas, `h0,inputs`, has a word.
bool has_word(std::string_view list, std::string_view word);

/// A JSON object with these values.
std::string to_json(const std::vector<std::pair<std::string_view, SettingValue>>& values);

/// A config in JSON, with what it names in errors.
class ConfigText {
 public:
  /// Sets what a key says, or raises an error.
  using Set = std::function<void(const std::string& key, const nlohmann::ordered_json& value)>;

  ConfigText(std::string_view file, std::string_view json) : file_(file), json_(json) {}

  /// Calls `set` for each key. \throws InputError for anything but one object that has each key
  /// once, and what `set` throws
  void read(const Set& set) const;
  /// The same, but each error is kept as a mistake.
  void read(const Set& set, Mistakes& mistakes) const;

  /// \throws InputError with the known key that is nearest
  [[noreturn]] void refuse_key(const std::string& key,
                               const std::vector<std::string_view>& known) const;
  [[noreturn]] void refuse_value(const std::string& key, const nlohmann::ordered_json& value,
                                 const Allowed& allowed) const;

 private:
  std::string_view file_;
  std::string_view json_;
};

}  // namespace kit
