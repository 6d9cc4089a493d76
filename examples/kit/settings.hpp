// The options of a program as one table, which the command line, the config in JSON and the help
// are made from. A program has a struct of members with their defaults, and a row for each: a new
// option is a member and a row.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/io/file.hpp>

#include "kit/mistakes.hpp"
#include "kit/setting_values.hpp"

namespace kit {

/// One option as it was written on the command line, without the dashes.
struct GivenSetting {
  std::string name;
  std::string text;
};

/// Whether a model file says it, too. What does not change the weights is left out, so that the
/// same weights are the same bytes.
enum class Kept { in_model, in_config_only };

/// All settings, or all that a model file holds.
enum class Content { all, of_model };

/// One option of a program whose options are the members of `Settings`: `encoder_hidden` in
/// config.json is `--encoder-hidden` on the command line.
template <class Settings>
struct Setting {
  using Text = std::string Settings::*;
  using Count = std::uint64_t Settings::*;
  using Number = double Settings::*;
  using Flag = bool Settings::*;
  using Kept = kit::Kept;

  std::string_view name;
  std::string_view value;  ///< what help calls the value: `FILE`
  std::string_view about;
  std::variant<Text, Count, Number, Flag> member;
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
  Kept kept = Kept::in_model;
  Choice choice{};

  bool is_flag() const { return std::holds_alternative<Flag>(member); }
  bool is_list() const { return choice.several && choice.read != nullptr; }
  Allowed allowed() const {
    return {static_cast<Allowed::Kind>(member.index()), least, most, choice};
  }
};

/// `--encoder-hidden` for `encoder_hidden`.
template <class Settings>
std::string option_name(const Setting<Settings>& setting) {
  return option_name(setting.name);
}

template <class Settings>
SettingValue value_in(const Settings& settings, const Setting<Settings>& setting) {
  return std::visit([&](auto member) { return SettingValue(settings.*member); }, setting.member);
}

/// The value as the command line would have it.
template <class Settings>
std::string show(const Settings& settings, const Setting<Settings>& setting) {
  return show(value_in(settings, setting));
}

template <class Settings>
class SettingTable {
 public:
  using Row = Setting<Settings>;
  /// What setting one sets besides, as a name that stands for several values does.
  using AfterSet = void (*)(Settings& settings, const Row& changed);

  /// \param rows must live as long as the table
  template <std::size_t Count>
  constexpr explicit SettingTable(const std::array<Row, Count>& rows, AfterSet after_set = nullptr)
      : rows_(rows), after_set_(after_set) {}

  constexpr auto begin() const { return rows_.begin(); }
  constexpr auto end() const { return rows_.end(); }
  constexpr std::size_t size() const { return rows_.size(); }
  constexpr const Row& front() const { return rows_.front(); }

  /// The row with this name; null if there is none.
  const Row* find(std::string_view name) const {
    const auto found =
        std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.name == name; });
    return found == rows_.end() ? nullptr : &*found;
  }

  /// Sets one, and what it sets besides. \throws Error that names the option, what was found and
  /// what was expected
  void set(Settings& settings, const Row& row, std::string_view text) const {
    const auto value = value_of(text, row.allowed());
    if (!value) {
      vaecollapse::raise(vaecollapse::Error(option_name(row) + ": found '" + std::string(text) +
                                            "', expected " + expected(row.allowed())));
    }
    assign(settings, row, *value);
  }

  /// A JSON object.
  std::string to_json(const Settings& settings, Content content) const {
    std::vector<std::pair<std::string_view, SettingValue>> values;
    for (const Row& row : rows_) {
      if (content == Content::of_model && row.kept == Kept::in_config_only) continue;
      values.emplace_back(row.name, value_in(settings, row));
    }
    return kit::to_json(values);
  }

  /// Sets what `json` holds and leaves the rest; `file` names it in errors.
  /// \throws InputError for anything but one object with known keys, each once, and fitting values
  void set_from_json(Settings& settings, std::string_view file, std::string_view json) const {
    const ConfigText config(file, json);
    config.read(setter(settings, config));
  }

  /// The same, but what does not fit is left out, and all of it is kept as mistakes.
  void set_from_json(Settings& settings, std::string_view file, std::string_view json,
                     Mistakes& mistakes) const {
    const ConfigText config(file, json);
    config.read(setter(settings, config), mistakes);
  }

  /// The first setting of those that a model file holds in which two runs differ; null: none.
  const Row* first_difference(const Settings& one, const Settings& other) const {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) {
      return row.kept == Kept::in_model && value_in(one, row) != value_in(other, row);
    });
    return found == rows_.end() ? nullptr : &*found;
  }

  /// The settings of a run: `settings`, over them the file `config` unless that is empty, over both
  /// what the command line gives. What does not fit is left out, and all of it is kept as mistakes.
  Settings settle(const std::string& config, const std::vector<GivenSetting>& given,
                  Mistakes& mistakes, Settings settings = {}) const {
    if (!config.empty()) {
      mistakes.keep(
          [&] { set_from_json(settings, config, vaecollapse::read_text_file(config), mistakes); });
    }
    for (const GivenSetting& one : given) {
      mistakes.keep([&] {
        const Row* row = find(one.name);
        if (row == nullptr) {
          vaecollapse::raise(vaecollapse::Error("there is no setting " + one.name));
        }
        set(settings, *row, one.text);
      });
    }
    return settings;
  }

  /// The same. \throws Error with all that does not fit
  Settings settle(const std::string& config, const std::vector<GivenSetting>& given,
                  Settings settings = {}) const {
    Mistakes mistakes;
    settings = settle(config, given, mistakes, std::move(settings));
    mistakes.raise_if_any();
    return settings;
  }

 private:
  void assign(Settings& settings, const Row& row, const SettingValue& value) const {
    std::visit(
        [&](auto member) {
          using Value = std::remove_reference_t<decltype(settings.*member)>;
          settings.*member = std::get<Value>(value);
        },
        row.member);
    if (after_set_ != nullptr) after_set_(settings, row);
  }

  ConfigText::Set setter(Settings& settings, const ConfigText& config) const {
    return [this, &settings, &config](const std::string& key, const nlohmann::ordered_json& json) {
      const Row* row = find(key);
      if (row == nullptr) config.refuse_key(key, names());
      const auto value = value_of(json, row->allowed());
      if (!value) config.refuse_value(key, json, row->allowed());
      assign(settings, *row, *value);
    };
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (const Row& row : rows_) names.push_back(row.name);
    return names;
  }

  std::span<const Row> rows_;
  AfterSet after_set_;
};

}  // namespace kit
