// Letters with marks of the Latin, Greek and Cyrillic scripts, composed and decomposed: enough to
// see two normal forms in one file where the library of Unicode is missing, too little to
// normalise.
#pragma once

#include <optional>
#include <string_view>

namespace reinflection {

struct Decomposed {
  char32_t letter, mark;
};

/// The character that a letter and a mark behind it make.
std::optional<char32_t> compose(char32_t letter, char32_t mark);

/// What a character is made of; nothing if it is simple, or not in the table.
std::optional<Decomposed> decompose(char32_t character);

}  // namespace reinflection
