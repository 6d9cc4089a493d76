// The methods that `reinflect compare` knows: those of the policies, and those of decoders and
// priors. A new method is a row in methods.cpp.
#pragma once

#include <string_view>

#include "kit/compare/methods.hpp"
#include "settings.hpp"

namespace reinflection {

const kit::Methods& methods();

/// The settings of a method: `base`, changed. \throws Error where two parts set one setting
Settings settings_of(std::string_view method, Settings base, const kit::MethodNumbers& numbers);

}  // namespace reinflection
