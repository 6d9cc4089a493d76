// Explanations as text for a terminal and as pages of the documentation.
#pragma once

#include <string>
#include <string_view>

#include "explain/explanation.hpp"

namespace reinflection {

/// What `reinflect explain METHOD` prints.
std::string explanation_text(const Explanation& explanation);

/// The page docs/reference/policies/NAME.md.
std::string explanation_markdown(const Explanation& explanation);

/// All names with their titles, by group.
std::string list_text();

/// The page docs/reference/policies/README.md.
std::string list_markdown();

}  // namespace reinflection
