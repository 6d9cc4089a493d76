// Lines that name the columns of a file, `lemma form tags`, as tables have them and rows do not.
#pragma once

#include <span>
#include <string_view>

namespace reinflection {

/// Whether each of the fields is a common name of a column, in whatever case, and none comes twice.
bool are_column_names(std::span<const std::string_view> fields);

/// The same of the fields of a line, with tabs between.
bool names_columns(std::string_view line);

}  // namespace reinflection
