// What the gradient checks share: inputs that are declared through a layout, so that gradcheck
// reaches them, and a ragged batch.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/sequence.hpp>

namespace gradcheck_test {

namespace vc = vaecollapse;
using vc::Index;
using vc::Symbol;
using Tape = vc::Tape<double>;

/// Central differences of step 1e-5 are right to about 1e-10 for functions of this size.
constexpr double tolerance = 1e-8;

inline vc::Slot<2> matrix(vc::Layout& layout, const std::string& name, Index rows, Index columns) {
  return layout.add(name, vc::Shape<2>{{rows, columns}}, vc::Init::normal(1));
}
inline vc::Slot<1> vector(vc::Layout& layout, const std::string& name, Index size) {
  return layout.add(name, vc::Shape<1>{{size}}, vc::Init::normal(1));
}

/// f must pass at parameters drawn as the layout says, or at the values that are given first.
template <class F>
void check(const vc::Layout& layout, F&& f, std::span<const double> values = {}) {
  vc::Parameters<double> parameters(layout, vc::Seed{11});
  std::copy(values.begin(), values.end(), parameters.values().begin());
  const auto result = vc::gradcheck(parameters, f);
  INFO(result.message());
  CHECK(result.error < tolerance);
  CHECK(result.checked >= std::min<Index>(layout.size(), 10));
}

/// Five rows, one of them empty, and a symbol of a vocabulary of four for each column.
struct Ragged {
  static constexpr Index rows = 5, columns = 14, symbols = 4, tags = 6;
  std::vector<Index> lengths{3, 5, 0, 1, 5};
  std::vector<Symbol> ids{0, 1, 2, 3, 3, 2, 1, 0, 1, 2, vc::no_symbol, 0, vc::no_symbol, 2};
  std::vector<Index> first_tag{0, 1, 1, 3, 6, 7};
  std::vector<Symbol> tag_ids{2, 0, 5, 1, 3, 5, 0};
  vc::SequencePlan plan{std::span<const Index>(lengths)};

  vc::Symbols symbols_of_plan() const { return {&plan, ids}; }
  vc::TagSets tag_sets() const { return {first_tag, tag_ids}; }
};

}  // namespace gradcheck_test
