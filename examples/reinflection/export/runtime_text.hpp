// The text of runtime.hpp below its first two lines; the build makes the source of it.
#pragma once

#include <string_view>

namespace reinflection {

extern const std::string_view runtime_text;

}  // namespace reinflection
