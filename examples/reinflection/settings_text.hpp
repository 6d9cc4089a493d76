// Settings and text: from the command line, to and from config.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kit/mistakes.hpp"
#include "settings.hpp"

namespace reinflection {

/// One option as it was written on the command line, without the dashes.
struct GivenSetting {
  std::string name;
  std::string text;
};

/// `--encoder-hidden` for `encoder_hidden`.
std::string option_name(const Setting& setting);

/// The value as the command line would have it.
std::string show(const Settings& settings, const Setting& setting);

/// Whether a list with commas, `h0,inputs`, has a word.
bool has_word(std::string_view list, std::string_view word);

/// The row with this name; null if there is none.
const Setting* find_setting(std::string_view name);

/// Sets one option; `compat` sets others too. \throws Error that names the option, what was found
/// and what was expected
void set_from_text(Settings& settings, const Setting& setting, std::string_view text);

/// A JSON object with all settings, or all that a model file holds.
enum class Content { all, of_model };
std::string to_json(const Settings& settings, Content content);

/// Sets what `json` holds and leaves the rest; `file` names it in errors.
/// \throws InputError for anything but one object with known keys, each once, and fitting values
void set_from_json(Settings& settings, std::string_view file, std::string_view json);

/// The same, but what does not fit is left out, and all of it is kept as mistakes.
void set_from_json(Settings& settings, std::string_view file, std::string_view json,
                   kit::Mistakes& mistakes);

/// The first setting of those that a model file holds in which two runs differ; null: none.
const Setting* first_difference(const Settings& one, const Settings& other);

/// The settings of a run: `defaults`, over them the file `config` unless that is empty, over both
/// what the command line gives. \throws Error with all that does not fit
Settings settle(const std::string& config, const std::vector<GivenSetting>& given,
                Settings defaults = {});

/// The same, but what does not fit is left out, and all of it is kept as mistakes.
Settings settle(const std::string& config, const std::vector<GivenSetting>& given,
                kit::Mistakes& mistakes, Settings defaults = {});

}  // namespace reinflection
