// Explanations as text for a terminal and as pages of the documentation.
#pragma once

#include <string>
#include <string_view>

#include "kit/explain/explanation.hpp"

namespace kit {

/// What `explain METHOD` prints.
std::string explanation_text(const Handbook& book, const Explanation& explanation);

/// The page docs/reference/policies/NAME.md.
std::string explanation_markdown(const Handbook& book, const Explanation& explanation);

/// All names with their titles, by group.
std::string list_text(const Handbook& book);

/// The page docs/reference/policies/README.md.
std::string list_markdown(const Handbook& book);

}  // namespace kit
