// The grammar of the little language that names objectives and dropouts, and its errors. What the
// names mean is not known here.
//
//   sum      = term { "+" term }
//   term     = number | name [ "(" [ argument { "," argument } ] ")" ]
//   argument = [ name "=" ] sum { ":" name "=" sum }
//   name     = word { "." word }
//
// White space may stand between any two of these.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>

namespace kit {

/// A mistake in an expression: what is wrong, the expression with a caret under the place, and,
/// where it helps, what could stand there.
class ExpressionError : public vaecollapse::Error {
 public:
  ExpressionError(std::string_view expression, std::size_t place, std::string_view problem,
                  std::string_view known = {});

  /// The byte of the expression under the caret.
  std::size_t place() const { return place_; }

 private:
  std::size_t place_;
};

struct Argument;

/// One node of a parsed expression. Texts point into the expression.
struct Term {
  enum class Kind { number, name, sum };
  Kind kind = Kind::number;
  std::size_t place = 0;
  double number = 0;
  std::string_view name;
  std::vector<Argument> arguments;
  bool has_arguments = false;  ///< parentheses were written, if only `()`
  std::vector<Term> terms;     ///< of a sum, two or more
};

struct Argument {
  std::string_view name;  ///< empty for a positional one
  std::size_t place = 0;
  Term value;
  std::vector<Argument> options{};  ///< what follows ':', each with a name
};

/// Parses the whole expression; `known` is what an error shows where a name should stand.
/// \throws ExpressionError
Term parse_expression(std::string_view expression, std::string_view known = {});

/// The known name that differs from `name` by the fewest letters, at most a third of them; else the
/// only one that begins with it; else nothing. Capital and small letters are the same.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace kit
