// The methods that are compared, by name: each is a small change of the settings. A name is made of
// parts that are joined by `+`, such as `mdr+character_dropout`. The parts are data: those of the
// policies are here, and a program adds its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>

#include "kit/settings.hpp"

namespace kit {

/// The method that the others are compared with.
inline constexpr std::string_view baseline_method = "elbo";

/// What the methods of a comparison share.
struct MethodNumbers {
  double rate = 60;         ///< \unit nats per example
  std::uint64_t steps = 1;  ///< of a whole run
};

/// Sets one setting, or adds to what other parts say. Braces in the text stand for numbers:
/// {rate}: the target; {half}: half of it; {steps}: of the run; {ramp}: of its first two fifths;
/// {drop}: the share that dropouts drop; {beta}, {length}: the spans with which contiguous dropout
/// drops as much.
struct Change {
  std::string setting;
  std::string text;
  bool adds = false;
};

struct MethodPart {
  std::string_view name;
  std::string_view about;
  std::vector<Change> changes;
};

/// Several methods by one name.
struct MethodList {
  std::string_view name;
  std::string_view methods;  ///< with commas between
};

/// What a program can compare. Its settings have `objective` and `dropout`.
struct Methods {
  std::string_view program;
  std::vector<MethodPart> parts;   ///< `all` stands for each of these alone
  std::vector<MethodPart> others;  ///< not of `all`
  std::vector<MethodList> lists;
  /// What the settings drop from the decoder's inputs is dropped by every method; what a method
  /// drops is dropped beside.
  bool keeps_dropout = false;
};

/// The parts that name an objective or a dropout.
std::vector<MethodPart> policy_parts();

/// The names in `list`, separated by commas; `all` and the lists stand for their methods.
/// \throws Error for unknown names, those that come twice, and none
std::vector<std::string> read_methods(const Methods& methods, std::string_view list);

/// What a method changes: a text for each setting. Where it says nothing of them, the objective is
/// the ELBO and the decoder reads every symbol.
/// \throws Error where two parts set one setting
std::vector<GivenSetting> changes_of(const Methods& methods, std::string_view method,
                                     const MethodNumbers& numbers);

/// Refuses a method that needs a setting which the program does not have.
[[noreturn]] void refuse_method(std::string_view method, std::string_view setting);

/// Both of two dropouts, of which `none` drops nothing.
std::string joined_dropouts(const std::string& one, const std::string& other);

/// The settings of a method: `base`, changed.
/// \throws Error as `changes_of`, and for a setting that the program does not have
template <class Settings>
Settings settings_of(const Methods& methods, const SettingTable<Settings>& table,
                     std::string_view method, Settings base, const MethodNumbers& numbers) {
  for (const GivenSetting& change : changes_of(methods, method, numbers)) {
    const Setting<Settings>* setting = table.find(change.name);
    if (setting == nullptr) refuse_method(method, change.name);
    const bool joins = methods.keeps_dropout && change.name == "dropout";
    table.set(base, *setting,
              joins ? joined_dropouts(show(base, *setting), change.text) : change.text);
  }
  return base;
}

/// One line for each part, and for the lists.
std::string method_help(const Methods& methods);

}  // namespace kit
