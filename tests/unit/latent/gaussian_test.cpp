// The Gaussian posterior: head, sample, KL, mean.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/eigen.hpp>
#include <vaecollapse/autodiff/tape.hpp>
#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/latent/gaussian.hpp>

#include "support/values.hpp"

namespace vc = vaecollapse;
using vaecollapse_test::column;
using vaecollapse_test::values;
using vc::Index;

namespace {

constexpr Index input = 4, latent = 6;

struct Model {
  vc::Layout layout;
  vc::GaussianHead head{layout, "posterior", {input, latent}};
  vc::Parameters<double> parameters{layout, vc::Seed{4}};
  vc::Workspace<double> cx{parameters};

  /// Columns told by the numbers of their rows.
  vc::Var<double, 2> code(const std::vector<std::uint32_t>& rows, double scale = 1) {
    Eigen::Tensor<double, 2> result(input, Index(rows.size()));
    for (Index b = 0; b < Index(rows.size()); ++b) {
      for (Index i = 0; i < input; ++i) {
        const auto row = static_cast<double>(rows[static_cast<std::size_t>(b)]);
        result(i, b) = scale * std::sin(1 + row + 2.5 * static_cast<double>(i));
      }
    }
    return cx.constant(result);
  }
};

}  // namespace

TEST_CASE("GaussianHead: two linear heads, z and KL by the formulas") {
  Model model;
  CHECK(model.head.latent() == latent);
  for (const char* name : {"posterior.mu.weight", "posterior.mu.bias", "posterior.logvar.weight",
                           "posterior.logvar.bias"}) {
    CHECK(model.layout.find(name) != nullptr);
  }
  const std::vector<std::uint32_t> rows{3, 8, 5};
  const auto q = model.head(model.cx, model.code(rows), vc::Draws(1, 2), rows);
  std::vector<double> noise(3 * latent);
  vc::fill_normal(vc::Draws(1, 2), vc::Stream::latent, std::span<const std::uint32_t>(rows), 0,
                  vc::View<double>(noise.data(), latent, 3));
  const auto mu = values(q.mu), logvar = values(q.logvar), z = values(q.z), kl = values(q.kl);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double m = mu[i], s = logvar[i];
    CHECK(std::abs(kl[i] - 0.5 * (m * m + std::exp(s) - s - 1)) < 1e-14);
    CHECK(std::abs(z[i] - (m + std::exp(s / 2) * noise[i])) < 1e-14);
  }
  CHECK(model.head.mean(vc::Gaussian<double>{q.mu, q.logvar}).data() == q.mu.data());
}

TEST_CASE("GaussianHead: noise is addressed by corpus row, step and sample") {
  Model model;
  const auto draw = [&](const std::vector<std::uint32_t>& rows, std::uint64_t step,
                        std::uint32_t number = 0) {
    const auto q = model.head.head(model.cx, model.code(rows));
    return model.head.sample(model.cx, q, vc::Draws(1, step), rows, number);
  };
  const auto z = draw({3, 8, 5}, 2), permuted = draw({5, 3}, 2);
  CHECK(column(permuted, 0) == column(z, 2));
  CHECK(column(permuted, 1) == column(z, 0));
  CHECK(values(draw({3, 8, 5}, 3)) != values(z));
  CHECK(values(draw({3, 8, 5}, 2, 1)) != values(z));
  // Without a corpus the rows count from 0.
  const auto counted = model.head(model.cx, model.code({0, 1}), vc::Draws(1, 2));
  CHECK(values(counted.z) == values(draw({0, 1}, 2)));
}

TEST_CASE("GaussianHead: logvar keeps within its range and everything stays finite") {
  Model model;
  const std::vector<std::uint32_t> rows{0, 1, 2, 3};
  const auto q = model.head(model.cx, model.code(rows, 1e12), vc::Draws(1, 1), rows);
  double greatest = -20;
  for (const double logvar : values(q.logvar)) {
    CHECK(logvar >= -20);
    CHECK(logvar <= 20);
    greatest = std::max(greatest, logvar);
  }
  CHECK(greatest > 19);
  for (const double z : values(q.z)) CHECK(std::isfinite(z));
  for (const double kl : values(q.kl)) CHECK((std::isfinite(kl) && kl >= 0));
}

TEST_CASE("GaussianHead: a corpus row for each column") {
  Model model;
  const auto q = model.head.head(model.cx, model.code({0, 1}));
  const std::vector<std::uint32_t> rows{0};
  CHECK_THROWS_WITH_AS(model.head.sample(model.cx, q, vc::Draws(1, 1), rows),
                       "gaussian_sample: mu is [6 x 2], corpus rows is [1]: there must be a corpus "
                       "row for each column",
                       vc::ShapeError);
}

TEST_CASE("GaussianHead: a latent as wide as draws tell apart, and no wider") {
  for (const Index wide : {4096, 4097, 10000}) {
    vc::Layout layout;
    const vc::GaussianHead head(layout, "q", {1, wide});
    vc::Parameters<float> parameters(layout, vc::Seed{4});
    vc::Workspace<float> cx(parameters);
    Eigen::Tensor<float, 2> code(1, 2);
    code.setConstant(0.5F);
    const auto q = head(cx, cx.constant(code), vc::Draws(1, 2));
    CHECK(q.z.shape() == vc::Shape<2>{{wide, 2}});
    CHECK(q.z.view()(wide - 1, 0) != q.z.view()(wide - 1, 1));
  }
  vc::Layout layout;
  CHECK_THROWS_WITH_AS(
      vc::GaussianHead(layout, "q", {1, 4194305}),
      "GaussianHead: latent is 4194305: there are draws for 4194304 dimensions at most", vc::Error);
  CHECK(layout.entries().empty());
}
