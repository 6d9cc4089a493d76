// Names without regard to their case.
#pragma once

namespace kit {

/// The small letter of a capital one of ASCII; whatever else it is stays.
constexpr char small_letter(char one) {
  return one >= 'A' && one <= 'Z' ? static_cast<char>(one - 'A' + 'a') : one;
}

}  // namespace kit
