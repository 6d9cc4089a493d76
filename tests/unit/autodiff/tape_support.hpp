// What the tests of tapes share: a small model, and a loss of it.
#pragma once

#include <cstddef>
#include <vector>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/ops/activation.hpp>
#include <vaecollapse/autodiff/ops/affine.hpp>
#include <vaecollapse/autodiff/ops/arithmetic.hpp>
#include <vaecollapse/autodiff/tape.hpp>

namespace tape_test {

namespace vc = vaecollapse;
using vc::Index;
using Tape = vc::Tape<double>;
using Matrix = Eigen::Tensor<double, 2>;

/// Two parameters with small numbers.
struct Model {
  vc::Layout layout;
  vc::Slot<2> weight = layout.add("weight", vc::Shape<2>{{2, 3}}, vc::Init::normal(1));
  vc::Slot<1> bias = layout.add("bias", vc::Shape<1>{{3}}, vc::Init::normal(1));
  vc::Parameters<double> parameters{layout, vc::Seed{5}};
};

inline Matrix counting(Index rows, Index columns) {
  Matrix result(rows, columns);
  for (Index i = 0; i < result.size(); ++i) result.data()[i] = static_cast<double>(i + 1);
  return result;
}

template <vc::Context C>
auto forward(C& cx, const Model& model) {
  const auto x = cx.variable(counting(2, 4));
  return vc::tanh(cx, vc::affine(cx, cx.parameter(model.weight), cx.parameter(model.bias), x));
}

template <class C, int Rank>
vc::Var<double, 0> total(C& cx, const vc::Var<double, Rank>& x) {
  return vc::weighted_sum(cx, x, std::vector<double>(static_cast<std::size_t>(x.size()), 1.0));
}

}  // namespace tape_test
