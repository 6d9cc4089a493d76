#include <type_traits>

#include <doctest/doctest.h>

#include <vaecollapse/core/literal.hpp>

namespace vc = vaecollapse;

namespace {

template <vc::Literal Value>
struct Named {};

template <vc::Literal Rate = vc::at_run_time>
struct Policy {
  Policy() = default;
  explicit Policy(double rate) : number(rate) {}
  vc::Number<Rate> number;
};

}  // namespace

static_assert(std::is_same_v<Named<2>, Named<2.0>>);
static_assert(std::is_same_v<Named<2.5>, Named<2.5f>>);
static_assert(!std::is_same_v<Named<2.5>, Named<2.25>>);
static_assert(std::is_same_v<Named<0.0>, Named<-0.0>>);
static_assert(!std::is_same_v<Named<0>, Named<vc::at_run_time>>);
static_assert(vc::Literal(0.1).value() == 0.1);
static_assert(vc::Literal(-3).value() == -3.0);
static_assert(vc::Number<2.5>{}.value() == 2.5);
static_assert(std::is_empty_v<vc::Number<2.5>>);
static_assert(!std::is_default_constructible_v<vc::Number<vc::at_run_time>>);

TEST_CASE("Literal: one policy, its number at compile time or at run time") {
  CHECK(Policy<2.5>{}.number.value() == 2.5);
  CHECK(Policy<>{2.5}.number.value() == 2.5);
  CHECK(Policy<0>{}.number.value() == 0);
}
