#include "kit/choices.hpp"

#include <variant>

#include <doctest/doctest.h>

using namespace kit;

TEST_CASE("--prior: N(0, I), or a mixture of so many components") {
  CHECK(parse_prior("gaussian").components == 0);
  CHECK(parse_prior("gaussian").text == "gaussian");
  CHECK(parse_prior("mixture").components == 10);
  CHECK(parse_prior("mixture(4)").text == "mixture(components=4)");
  CHECK(help(prior_methods()).find("  mixture(components=10): ") != std::string::npos);
  CHECK_THROWS_WITH_AS(parse_prior("mixtur"),
                       "unknown prior 'mixtur': did you mean 'mixture'?\n"
                       "  mixtur\n"
                       "  ^\n"
                       "known: gaussian, mixture",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_prior("mixture(0)"),
                       "components is 0, it must lie between 1 and 65536\n"
                       "  mixture(0)\n"
                       "          ^",
                       ExpressionError);
}

TEST_CASE("--optimiser: named, with its numbers") {
  CHECK(parse_optimiser("adam").text == "adam(beta1=0.9,beta2=0.999,epsilon=1e-08)");
  CHECK(parse_optimiser("sgd(0.9)").text == "sgd(momentum=0.9)");
  const OptimiserChoice choice = parse_optimiser("adadelta(rho=0.5)");
  CHECK(choice.text == "adadelta(rho=0.5,epsilon=1e-06)");
  CHECK(std::get<vaecollapse::AdadeltaOptions>(choice.options).rho == 0.5);
  CHECK(parse_optimiser(choice.text).text == choice.text);
  CHECK(help(optimiser_methods()).find("  sgd(momentum=0): ") != std::string::npos);
  CHECK(parse_optimiser("adamw").text ==
        "adamw(decay=0.01,of=all,beta1=0.9,beta2=0.999,epsilon=1e-08)");
  const OptimiserChoice adamw = parse_optimiser("adamw(0.5,matrices)");
  CHECK(std::get<vaecollapse::AdamWOptions>(adamw.options).weight_decay == 0.5);
  CHECK_FALSE(std::get<vaecollapse::AdamWOptions>(adamw.options).decay_vectors);
  CHECK(parse_optimiser("nesterov").text == "nesterov(momentum=0.9)");
  CHECK(std::get<vaecollapse::SgdOptions>(parse_optimiser("nesterov(0.5)").options).nesterov);
  CHECK_THROWS_WITH_AS(parse_optimiser("sgd(momentum=1)"),
                       "sgd: momentum is 1: it must be in [0, 1)\n"
                       "  sgd(momentum=1)\n"
                       "  ^",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_optimiser("adagrad"),
                       "unknown optimiser 'adagrad'\n"
                       "  adagrad\n"
                       "  ^\n"
                       "known: adam, adamw, sgd, nesterov, adadelta",
                       ExpressionError);
}

TEST_CASE("adamw: matrices decay by learning rate * decay, and vectors need not") {
  vaecollapse::Layout layout;
  layout.add("weight", vaecollapse::Shape<2>{{1, 1}}, vaecollapse::Init::constant(1));
  layout.add("bias", vaecollapse::Shape<1>{{1}}, vaecollapse::Init::constant(1));
  vaecollapse::Parameters<float> parameters(layout, vaecollapse::Seed{1});
  auto optimiser = make_optimiser(parse_optimiser("adamw(decay=0.5,of=matrices)"), 0.5);
  optimiser.step(parameters);
  CHECK(parameters.values()[0] == 0.75f);
  CHECK(parameters.values()[1] == 1);
}

TEST_CASE("an optimiser is made at the learning rate of the settings") {
  vaecollapse::Layout layout;
  layout.add("w", vaecollapse::Shape<1>{{1}}, vaecollapse::Init::zeros());
  vaecollapse::Parameters<float> parameters(layout);
  parameters.gradients()[0] = 1;
  auto optimiser = make_optimiser(parse_optimiser("sgd"), 0.25);
  optimiser.step(parameters);
  CHECK(parameters.values()[0] == -0.25f);
}
