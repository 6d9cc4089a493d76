// The von Mises-Fisher distribution against mpmath, over dimensions and concentrations.
#include "reference/von_mises_fisher.hpp"

#include <cmath>
#include <iterator>
#include <span>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/ops/von_mises_fisher.hpp>
#include <vaecollapse/latent/concentration.hpp>

#include "reference/support.hpp"

using namespace reference_test;
namespace stored = vaecollapse::reference::von_mises_fisher;

TEST_CASE("reference: von Mises-Fisher normaliser, mean cosine and KL") {
  for (std::size_t i = 0; i < std::size(stored::dimensions); ++i) {
    for (std::size_t j = 0; j < std::size(stored::kappas); ++j) {
      const double kappa = stored::kappas[j];
      const vc::Concentration q(static_cast<Index>(stored::dimensions[i]), kappa);
      const std::size_t at = i * std::size(stored::kappas) + j;
      CAPTURE(q.dimensions());
      CAPTURE(kappa);
      CHECK(std::abs(q.mean_cosine() / stored::mean_cosine[at] - 1) < 1e-14);
      CHECK(std::abs(q.kl() - stored::kl[at]) < 1e-15 * (1 + kappa));
      const double uniform = stored::log_uniform[i];
      CHECK(std::abs(q.log_uniform() - uniform) < 1e-14 * (1 + std::abs(uniform)));
      CHECK(std::abs(q.log_normaliser() - stored::log_normaliser[at]) <
            1e-14 * (1 + std::abs(uniform) + kappa));
    }
  }
}

TEST_CASE_TEMPLATE("reference: von Mises-Fisher log density", Scalar, double, float) {
  vc::Parameters<Scalar> none{vc::Layout()};
  vc::Tape<Scalar> tape(none);
  const vc::Scope scope(tape);
  const auto leaf = [&](std::span<const double> numbers) {
    const auto made = tape.template make<2>(vc::Shape<2>{{stored::latent, stored::batch}});
    copy(numbers, made.data());
    return made;
  };
  const auto mu = leaf(stored::mu), z = leaf(stored::z);
  const vc::Concentration q(stored::latent, stored::kappa);
  const auto density = vc::von_mises_fisher_log_density(tape, mu, z, q.kappa(), q.log_normaliser());
  check_value<Scalar>(density, stored::log_density);
  copy(std::span<const double>(stored::d_log_density), density.gradient_data());
  tape.run_backward();
  check_gradient<Scalar>(mu, stored::d_mu);
  check_gradient<Scalar>(z, stored::d_z);
}
