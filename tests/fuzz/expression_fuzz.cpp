// The little language: an expression that is taken is written in full, and that text means the
// same.
#include <string>
#include <string_view>

#include "choices.hpp"
#include "expression.hpp"
#include "fuzz/support.hpp"

namespace {

template <class Parse>
void check(Parse parse, std::string_view expression) {
  std::string text;
  try {
    text = parse(expression).text;
  } catch (const reinflection::ExpressionError& error) {
    fuzz::require(error.place() <= expression.size(), "the caret is under the expression");
    return;
  }
  fuzz::require(parse(text).text == text, "an expression in full is itself");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view expression = fuzz::as_text(data, size);
  check(reinflection::parse_objective, expression);
  check(reinflection::parse_dropout, expression);
  check(reinflection::parse_prior, expression);
  check(reinflection::parse_optimiser, expression);
  return 0;
}
