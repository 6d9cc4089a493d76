#include <type_traits>
#include <utility>

#include <doctest/doctest.h>

#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/any.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>

#include "support.hpp"

using namespace objective_test;
namespace vc = vaecollapse;

static_assert(!std::is_constructible_v<vc::AnyObjective, int>);
static_assert(!std::is_constructible_v<vc::AnyObjective, vc::LinearSchedule>);

TEST_CASE("an erased policy gives what the policy gives") {
  Batch batch = batch_of_five(), twin = batch_of_five();
  const vc::FreeBits<3> policy(4.5);
  const vc::AnyObjective any = policy;
  CHECK(batch.evaluate(any).loss == twin.evaluate(policy).loss);
  CHECK(batch.dkl == twin.dkl);
  CHECK(batch.dnll == twin.dnll);
  check_seeds(any, batch_of_five());
}

TEST_CASE("copies learn on their own, and so do moves") {
  vc::AnyObjective one = vc::Annealed(vc::LinearSchedule{.steps = 4}, vc::Elbo());
  one.after_step({});
  vc::AnyObjective two = one;
  two.after_step({});
  Batch batch = batch_of_five();
  CHECK(batch.evaluate(one).kl_weight == 0.25);
  CHECK(batch.evaluate(two).kl_weight == 0.5);
  one = two;
  const vc::AnyObjective& itself = one;
  one = itself;
  CHECK(batch.evaluate(one).kl_weight == 0.5);
  vc::AnyObjective three = std::move(one);
  one.after_step({});
  CHECK(batch.evaluate(three).kl_weight == 0.5);
  CHECK(batch.evaluate(one).kl_weight == 0.75);
}

TEST_CASE("state has the same names whether a policy is erased or not") {
  vc::Annealed plain(vc::LinearSchedule{.steps = 4}, HalvingController{});
  vc::AnyObjective any = plain;
  vc::Annealed within(vc::LinearSchedule{.steps = 4}, vc::AnyObjective(HalvingController{}));
  CHECK(state_of(any) == state_of(plain));
  CHECK(state_of(within) == state_of(plain));
}

TEST_CASE("copying policies inside policies costs no more than their depth") {
  vc::AnyObjective deep = vc::Elbo();
  for (int level = 0; level < 200; ++level) deep = vc::Annealed(vc::LinearSchedule{}, deep);
  const vc::AnyObjective copy = deep;
  Batch batch = batch_of_five();
  CHECK(batch.evaluate(copy).kl_weight == 0.0);
}
