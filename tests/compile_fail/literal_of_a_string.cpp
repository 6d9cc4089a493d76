// expect: Literal
// A number that names an experiment is a number.
#include <vaecollapse/core/literal.hpp>

vaecollapse::Number<"2.5"> number;
