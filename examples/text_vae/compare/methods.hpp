// The methods that `text_vae compare` knows: the language model, objectives, and what weakens the
// decoder. A new method is a row in methods.cpp.
#pragma once

#include <string_view>

#include "kit/compare/methods.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

const kit::Methods& methods();

/// The settings of a method: `base`, changed. \throws Error where two parts set one setting
Settings settings_of(std::string_view method, Settings base, const kit::MethodNumbers& numbers);

}  // namespace text_vae
