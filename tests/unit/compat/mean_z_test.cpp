// The mean of z in training, and nowhere else.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/autodiff/workspace.hpp>
#include <vaecollapse/compat/mean_z.hpp>
#include <vaecollapse/latent/any.hpp>
#include <vaecollapse/latent/mixture_prior.hpp>
#include <vaecollapse/latent/refinements.hpp>

#include "one_step.hpp"
#include "support/values.hpp"

namespace vc = vaecollapse;
using compat_test::Step;
using compat_test::Task;
using vaecollapse_test::values;

static_assert(vc::PosteriorFamily<vc::compat::MeanInTraining<vc::GaussianHead>>);
static_assert(vc::PosteriorFamily<vc::compat::MeanInTraining<vc::MixturePriorHead>>);

TEST_CASE("Seq2SeqVae: with the mean of z a step draws nothing") {
  const Task task;
  CHECK(step(task, {}, 3).report.nll != step(task, {}, 4).report.nll);
  const Step one = step(task, {.mean_z = true}, 3);
  CHECK(one.gradients == step(task, {.mean_z = true}, 4).gradients);
  CHECK(one.report.rate == step(task, {}).report.rate);
}

TEST_CASE("MeanInTraining: only the draws of training give the mean, and only where it is on") {
  vc::Layout layout;
  const vc::GaussianHead head(layout, "posterior", {4, 3});
  const vc::compat::MeanInTraining mean(head), off(head, false);
  const vc::Parameters<double> parameters(layout, vc::Seed{4});
  vc::Workspace<double> cx(parameters);
  const auto code = cx.make<2>(vc::Shape<2>{{4, 2}});
  for (vc::Index i = 0; i < code.size(); ++i) code.value_view().data[i] = 0.5 * double(i);
  const auto q = mean.head(cx, code);
  const std::vector<std::uint32_t> rows{3, 8};
  for (const vc::Pass pass : {vc::Pass::train, vc::Pass::evaluate, vc::Pass::diagnose}) {
    const vc::Draws draws(1, 2, pass);
    const auto drawn = values(head.sample(cx, q, draws, rows, 1));
    CHECK(values(off.sample(cx, q, draws, rows, 1)) == drawn);
    const auto z = values(mean.sample(cx, q, draws, rows, 1));
    CHECK(z == (pass == vc::Pass::train ? values(q.mu) : drawn));
  }
}

TEST_CASE("a wrapped posterior has the prior of what it wraps") {
  vc::Layout layout;
  const vc::MixturePriorHead head(layout, "posterior", {4, 3, 2});
  const vc::compat::MeanInTraining wrapped{vc::AnyPosterior(head)};
  const vc::Parameters<double> parameters(layout, vc::Seed{4});
  vc::Workspace<double> cx(parameters);
  const auto z = cx.make<2>(vc::Shape<2>{{3, 2}});
  for (vc::Index i = 0; i < z.size(); ++i) z.value_view().data[i] = 0.3 * double(i) - 1;
  std::vector<double> expected(2), found(2);
  vc::log_priors(cx, head, z, expected);
  vc::log_priors(cx, wrapped, z, found);
  CHECK(found == expected);
  const std::vector<std::uint32_t> rows{5, 1};
  std::vector<double> of_head(6), of_wrapped(6);
  head.sample_prior(cx, vc::Draws(1, 2), rows, vc::View<double>(of_head.data(), 3, 2));
  wrapped.sample_prior(cx, vc::Draws(1, 2), rows, vc::View<double>(of_wrapped.data(), 3, 2));
  CHECK(of_wrapped == of_head);
  CHECK(wrapped.kl_groups() == 1);
  CHECK(wrapped.latent() == 3);
}
