#include "kit/numbers.hpp"

#include <cmath>

namespace kit {

namespace {

bool is_whole(double number) {
  return std::abs(number) <= largest_count && number == std::floor(number);
}

/// A bound in words: no `1e+09` where a count is meant.
std::string show_bound(double bound) {
  return is_whole(bound) ? std::to_string(static_cast<long long>(bound)) : show_number(bound);
}

}  // namespace

std::string show_number(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string expected_number(bool is_whole, double least, double most) {
  return std::string(is_whole ? "a whole number" : "a number") + " from " + show_bound(least) +
         " to " + show_bound(most);
}

}  // namespace kit
