// What the gradient checks share: inputs that are declared through a layout, so that gradcheck
// reaches them, and a ragged batch.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/gradcheck.hpp>
#include <vaecollapse/core/layout.hpp>
#include <vaecollapse/core/range.hpp>
#include <vaecollapse/core/sequence.hpp>
#include <vaecollapse/core/team.hpp>

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

/// The gradients of a drawn sum of f's results, by what moves alone. Where f depends on nothing
/// that moves, they are zero.
template <class F>
std::vector<double> gradients_of(vc::Parameters<double>& parameters, F&& f, vc::Team& team,
                                 const vc::ParameterRange* moving) {
  parameters.zero_gradients();
  Tape tape(parameters, team);
  tape.set_moving(moving);
  const vc::Scope scope(tape);
  const auto y = f(tape);
  if (y.has_gradient()) {
    for (Index i = 0; i < y.size(); ++i) y.gradient_data()[i] += std::sin(double(3 * i + 1));
    tape.run_backward();
  }
  const auto gradients = parameters.gradients();
  return {gradients.begin(), gradients.end()};
}

/// Frozen parameters have no gradient, and the others the same bits as if all moved: with each
/// parameter frozen in its turn, and with each moving alone, on one to three threads.
template <class F>
void check_frozen(vc::Parameters<double>& parameters, F&& f) {
  static std::array<vc::Team, 3> teams{vc::Team(1), vc::Team(2), vc::Team(3)};
  const vc::Layout& layout = parameters.layout();
  const std::vector<double> all = gradients_of(parameters, f, teams[0], nullptr);
  std::size_t turn = 0;
  for (const vc::Layout::Entry& entry : layout.entries()) {
    for (const bool is_frozen : {false, true}) {
      const auto range = is_frozen ? vc::ParameterRange::without(layout, {entry.name})
                                   : vc::ParameterRange(layout, {entry.name});
      std::vector<double> expected(all.size(), 0.0);
      for (std::size_t i = 0; i < layout.entries().size(); ++i) {
        if (!range.contains(i)) continue;
        const vc::Layout::Entry& moved = layout.entries()[i];
        std::copy_n(all.begin() + moved.offset, moved.shape.size(),
                    expected.begin() + moved.offset);
      }
      CAPTURE(entry.name);
      CAPTURE(is_frozen);
      CHECK(gradients_of(parameters, f, teams[turn++ % 3], &range) == expected);
    }
  }
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
  check_frozen(parameters, f);
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
