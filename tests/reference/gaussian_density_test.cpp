// Log densities of Gaussians against Python's statistics.NormalDist.
#include "reference/gaussian_density.hpp"

#include <span>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/gaussian_density.hpp>

#include "reference/support.hpp"

using namespace reference_test;
namespace stored = vaecollapse::reference::gaussian_density;

namespace {

template <class Scalar>
vc::Var<Scalar, 2> leaf(vc::Tape<Scalar>& tape, std::span<const double> numbers, Index columns) {
  const auto made = tape.template make<2>(vc::Shape<2>{{stored::latent, columns}});
  copy(numbers, made.data());
  return made;
}

}  // namespace

TEST_CASE_TEMPLATE("reference: log densities", Scalar, double, float) {
  vc::Parameters<Scalar> none{vc::Layout()};
  vc::Tape<Scalar> tape(none);
  const vc::Scope scope(tape);
  const auto z = leaf(tape, stored::z, stored::batch);
  const auto mu = leaf(tape, stored::mu, stored::batch);
  const auto logvar = leaf(tape, stored::logvar, stored::batch);
  check_value<Scalar>(vc::gaussian_log_density(tape, mu, logvar, z), stored::log_density);
  check_value<Scalar>(vc::standard_normal_log_density(tape, z), stored::log_standard_normal);

  const auto logits = tape.template make<1>(vc::Shape<1>{{stored::components}});
  copy(std::span<const double>(stored::logits), logits.data());
  const vc::MixtureVars<Scalar> mixture{leaf(tape, stored::means, stored::components),
                                        leaf(tape, stored::logvars, stored::components), logits};
  check_value<Scalar>(vc::mixture_log_density(tape, z, mixture), stored::log_mixture);
}
