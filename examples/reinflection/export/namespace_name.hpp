// Names that a namespace of an exported header may have.
#pragma once

#include <string>
#include <string_view>

namespace reinflection {

/// What is wrong with a name for a namespace outside all others; empty: nothing. Beside words that
/// C++ and its library keep for themselves these are names that C's library has there.
std::string fault_of_namespace(std::string_view name);

}  // namespace reinflection
