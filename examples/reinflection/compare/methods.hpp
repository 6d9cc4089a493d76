// The methods that are compared, by name: each is a small change of the settings. A name is made
// of parts that are joined by `+`, such as `mdr+character_dropout`. A new method is a row of the
// table in methods.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "settings.hpp"

namespace reinflection {

/// The method that the others are compared with.
inline constexpr std::string_view baseline_method = "elbo";

/// What the methods of a comparison share.
struct MethodNumbers {
  double rate = 60;         ///< \unit nats per word
  std::uint64_t steps = 1;  ///< of a whole run
};

/// The names in `list`, separated by commas; `all` stands for each part alone, `study` for the
/// published study's table. \throws Error for unknown names, those that come twice, and none
std::vector<std::string> read_methods(std::string_view list);

/// The settings of a method: `base`, changed. Where a method says nothing, the objective is the
/// ELBO and the decoder reads every symbol.
/// \throws Error for a setting that this program does not have, and for one that two parts set
Settings settings_of(std::string_view method, Settings base, const MethodNumbers& numbers);

/// One line for each part, and for the lists.
std::string method_help();

}  // namespace reinflection
