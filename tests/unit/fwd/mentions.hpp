// A header as a user writes one who wants to build fast: of the library it includes fwd.hpp alone.
#pragma once

#include <vaecollapse/fwd.hpp>

namespace vaecollapse::test {

/// Types of the library by reference, by pointer and by value.
int symbols_of(const Words& words);
double rate_of(const Terms& terms, Report* report);
Words words_of(Seed seed);
template <class Scalar>
Var<Scalar, 2> twice(Tape<Scalar>& tape, Var<Scalar, 2> x);

/// And as members.
struct Mentions {
  const Layout& layout;
  Parameters<float>* parameters;
};

}  // namespace vaecollapse::test
