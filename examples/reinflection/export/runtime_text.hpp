// The text of runtime.hpp below its first two lines; the build makes the source of it.
#pragma once

#include <string_view>

namespace reinflection {

extern const std::string_view runtime_text;

/// Names in it that are its own; what is written out has a hash behind them.
inline constexpr const char* runtime_namespace = "vaecollapse_exported";
inline constexpr const char* runtime_guard = "VAECOLLAPSE_EXPORTED_RUNTIME";

}  // namespace reinflection
