// The little language: an expression that is taken is written in full, and that text means the
// same.
#include <string>
#include <string_view>

#include "fuzz/support.hpp"
#include "kit/choices.hpp"
#include "kit/expression.hpp"
#include "kit/head_transforms.hpp"
#include "kit/posteriors.hpp"

namespace {

template <class Parse>
void check(Parse parse, std::string_view expression) {
  std::string text;
  try {
    text = parse(expression).text;
  } catch (const kit::ExpressionError& error) {
    fuzz::require(error.place() <= expression.size(), "the caret is under the expression");
    return;
  }
  fuzz::require(parse(text).text == text, "an expression in full is itself");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view expression = fuzz::as_text(data, size);
  check(kit::parse_objective, expression);
  check(kit::parse_dropout, expression);
  check(kit::parse_prior, expression);
  check(kit::parse_posterior, expression);
  check(kit::parse_head_transform, expression);
  check(kit::parse_optimiser, expression);
  return 0;
}
