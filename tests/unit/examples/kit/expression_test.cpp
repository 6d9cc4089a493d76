// What the expressions of --objective and --dropout mean.
#include "kit/expression.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/dropout/chain.hpp>
#include <vaecollapse/dropout/character.hpp>
#include <vaecollapse/dropout/concepts.hpp>
#include <vaecollapse/dropout/contiguous.hpp>
#include <vaecollapse/dropout/embedding.hpp>
#include <vaecollapse/objective/annealing.hpp>
#include <vaecollapse/objective/capacity.hpp>
#include <vaecollapse/objective/compose.hpp>
#include <vaecollapse/objective/elbo.hpp>
#include <vaecollapse/objective/free_bits.hpp>
#include <vaecollapse/objective/ha_bits.hpp>
#include <vaecollapse/objective/hinge.hpp>
#include <vaecollapse/objective/mdr.hpp>
#include <vaecollapse/objective/places.hpp>
#include <vaecollapse/objective/soft_free_bits.hpp>

#include "kit/expression_table.hpp"

namespace vc = vaecollapse;
using kit::ExpressionError;
using kit::parse_dropout;
using kit::parse_objective;

namespace {

std::string objective_text(std::string_view expression) { return parse_objective(expression).text; }
std::string dropout_text(std::string_view expression) { return parse_dropout(expression).text; }

/// The loss on a fixed batch of two examples and four dimensions, after `steps` steps.
template <class Policy>
double loss(Policy policy, int steps = 0) {
  const std::vector<double> kl{1.5, 0.25, 1.0, 0.0, 0.5, 0.75, 3.0, 0.2}, nll{2.0, 4.0};
  std::vector<double> dkl(8), dnll(2);
  const vc::Terms terms{vc::View<const double>(kl.data(), 4, 2), nll};
  vc::Seeds seeds{vc::View<double>(dkl.data(), 4, 2), dnll};
  for (int step = 0; step < steps; ++step) vc::notify_step(policy, vc::Report{});
  return policy.evaluate(terms, seeds).loss;
}

/// What becomes of eight words of twelve symbols.
template <class Dropout>
vc::Corruption corrupt(const Dropout& dropout) {
  const std::vector<vc::Index> lengths(8, 12);
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4, 5, 6, 7};
  const std::vector<vc::Symbol> ids(96, 50);
  const vc::SequencePlan plan(lengths);
  vc::Corruption out;
  vc::corrupt(dropout, vc::Symbols{&plan, ids}, rows, vc::Draws(7, 0), out);
  return out;
}

/// What a decoder reads of them.
template <class Dropout>
std::vector<vc::Symbol> read(const Dropout& dropout) {
  return corrupt(dropout).ids;
}

}  // namespace

TEST_CASE("objectives mean what they say") {
  CHECK(loss(parse_objective("elbo").objective) == loss(vc::Elbo()));
  CHECK(loss(parse_objective("elbo(beta=0.5)").objective) == loss(vc::Elbo(0.5)));
  CHECK(loss(parse_objective("elbo(0.5)").objective) == loss(vc::Elbo(0.5)));
  CHECK(loss(parse_objective("free_bits(groups=1,rate=60)").objective) ==
        loss(vc::FreeBits<1>(60)));
  CHECK(loss(parse_objective("free_bits(rate=3,per=example,groups=2)").objective) ==
        loss(vc::FreeBits<2>(3, {.per_example = true})));
  const auto annealed = parse_objective("anneal(linear,steps=8,free_bits(groups=4,rate=3))");
  CHECK(loss(annealed.objective, 2) ==
        loss(vc::Annealed(vc::LinearSchedule{.steps = 8}, vc::FreeBits<4>(3)), 2));
  CHECK(loss(parse_objective("anneal(steps=8,start=2,maximum=0.5)").objective, 6) ==
        loss(vc::Elbo(0.25)));
}

TEST_CASE("objectives that target a rate mean what they say, and learn") {
  const auto check = [](std::string_view expression, const auto& policy) {
    CAPTURE(expression);
    const vc::AnyObjective parsed = parse_objective(expression).objective;
    CHECK(loss(parsed) == loss(policy));
    CHECK(loss(parsed, 7) == loss(policy, 7));
  };
  check("soft_free_bits(rate=60)", vc::SoftFreeBits<60>());
  check("soft_free_bits(60,0.5,0)", vc::SoftFreeBits<60>({.alpha = 0.5, .epsilon = 0}));
  check("soft_free_bits(60,free_bits(4,3))",
        vc::Controlled(vc::SoftFreeBits<60>(), vc::FreeBits<4>(3)));
  check("ha_bits(rate=8)", vc::HaBits<2>());
  check("ha_bits(0.2,per=dimension)", vc::HaBits<0.2>());
  check("mdr(rate=60)", vc::MDR<60>());
  check("mdr(60,0.1,0.5,projected)",
        vc::MDR<60>({.learning_rate = 0.1, .multiplier = 0.5, .projected = true}));
  check("mdr(60,averaging=0.9,multiplier=0.5,learning_rate=0.1,free_bits(4,3))",
        vc::Controlled(vc::MDR<60>({.learning_rate = 0.1, .multiplier = 0.5, .averaging = 0.9}),
                       vc::FreeBits<4>(3)));
  check("hinge(rate=60)", vc::Hinge<60>());
  check("hinge(60,3.5)", vc::Hinge<60>({.gamma = 3.5}));
  check("capacity(rate=60,steps=20)", vc::Capacity<60>({.steps = 20}));
  check("capacity(60,20,gamma=3)", vc::Capacity<60>({.steps = 20, .gamma = 3}));
}

TEST_CASE("the floors of places mean what they say, and want places") {
  const std::vector<double> kl{2, 3, 10, 5, 2, 3, 4, 0}, nll{2.0, 4.0};
  const std::vector<vc::Index> places{4, 3};
  const vc::Terms terms{vc::View<const double>(kl.data(), 4, 2), nll, 3, places,
                        vc::KlRows{.length = 1, .global = 1}};
  const auto loss_of_places = [&](const auto& policy) {
    std::vector<double> dkl(8), dnll(2);
    vc::Seeds seeds{vc::View<double>(dkl.data(), 4, 2), dnll};
    return policy.evaluate(terms, seeds).loss;
  };
  for (const auto& one :
       {std::pair("places(rate=11)", vc::Places<>(11)), std::pair("places(4)", vc::Places<>(4)),
        std::pair("places(rate=11,global=50)", vc::Places<>(11, {.global = 50})),
        std::pair("places(4,2)", vc::Places<>(4, {.global = 2}))}) {
    CAPTURE(one.first);
    CHECK(loss_of_places(parse_objective(one.first).objective) == loss_of_places(one.second));
  }
  CHECK(objective_text("places(11)") == "places(rate=11,global=0)");
  CHECK_THROWS_AS(loss(parse_objective("places(11)").objective), vc::ShapeError);
}

TEST_CASE("schedules rise within `steps` steps") {
  const auto weight = [](std::string_view expression, int steps) {
    const vc::AnyObjective objective = parse_objective(expression).objective;
    return loss(objective, steps) - loss(vc::Elbo(0));
  };
  const double rate = loss(vc::Elbo()) - loss(vc::Elbo(0));
  const auto near = [&](double share) { return doctest::Approx(share * rate).epsilon(1e-12); };
  CHECK(weight("anneal(exponential,steps=30)", 0) == 0.0);
  CHECK(weight("anneal(exponential,steps=30)", 30) == near(1 - std::exp(-3.0)));
  CHECK(weight("anneal(exponential,steps=30,start=10)", 10) == 0.0);
  CHECK(weight("anneal(logistic,steps=30)", 15) == near(0.5));
  CHECK(weight("anneal(logistic,steps=30)", 0) == near(1 / (1 + std::exp(3.0))));
  CHECK(weight("anneal(logistic,steps=30,start=4,maximum=0.8)", 34) ==
        near(0.8 / (1 + std::exp(-3.0))));
  CHECK(weight("anneal(cyclical,steps=32)", 10) == near(0.5));
  CHECK(weight("anneal(cyclical,steps=32,start=8,maximum=0.8,cycles=2,ramp=1)", 28) == near(0.2));
}

TEST_CASE("two owners of the KL's weight are refused with the library's sentence") {
  const std::string sentence =
      "at most one controller may own the weight of the KL: two would each undo what the other "
      "learns\n  ";
  CHECK_THROWS_WITH_AS(parse_objective("mdr(60, soft_free_bits(60))"),
                       (sentence + "mdr(60, soft_free_bits(60))\n  ^").c_str(), ExpressionError);
  CHECK_THROWS_WITH_AS(
      parse_objective("anneal(soft_free_bits(60, anneal(mdr(60))))"),
      (sentence + "anneal(soft_free_bits(60, anneal(mdr(60))))\n         ^").c_str(),
      ExpressionError);
  CHECK_NOTHROW(parse_objective("anneal(mdr(60, anneal(free_bits(rate=60))))"));
}

TEST_CASE("dropouts mean what they say") {
  CHECK(read(parse_dropout("none").dropout) == std::vector<vc::Symbol>(96, 50));
  CHECK(read(parse_dropout("chars(0.3)").dropout) == read(vc::CharacterDropout<0.3>()));
  CHECK(read(parse_dropout("chars(0.3,zero)").dropout) ==
        read(vc::CharacterDropout<0.3>({.replacement = vc::no_symbol})));
  CHECK(read(parse_dropout("contiguous(0.1)").dropout) == read(vc::ContiguousDropout<0.1, 3.5>()));
  CHECK(read(parse_dropout("embedding(0.3)").dropout) == std::vector<vc::Symbol>(96, 50));
  CHECK(corrupt(parse_dropout("embedding(p=0.3)").dropout).unit_rate == 0.3);
  CHECK(corrupt(parse_dropout("embedding(0.3)+chars(0.2)").dropout).unit_rate == 0.3);
  CHECK(read(parse_dropout("embedding(0.3)+chars(0.2)").dropout) ==
        read(vc::CharacterDropout<0.2>()));
  CHECK(read(parse_dropout("chars(0.2)+contiguous(0.1,2)").dropout) ==
        read(vc::Chain<vc::CharacterDropout<0.2>, vc::ContiguousDropout<0.1, 2>>()));
  CHECK(read(parse_dropout("chars(0.2)+chars(0.2)+chars(0.2)").dropout) ==
        read(vc::Chain<vc::CharacterDropout<0.2>, vc::CharacterDropout<0.2>,
                       vc::CharacterDropout<0.2>>()));
}

TEST_CASE("the canonical text names every parameter, in order") {
  CHECK(objective_text("elbo") == "elbo(beta=1)");
  CHECK(objective_text(" free_bits ( rate = 6e1 ,\n groups = 4 ) ") ==
        "free_bits(groups=4,rate=60,per=batch)");
  CHECK(objective_text("anneal(linear,steps=10000,free_bits(groups=128,rate=30))") ==
        "anneal(schedule=linear,steps=10000,objective=free_bits(groups=128,rate=30,per=batch),"
        "maximum=1,start=0,cycles=4,ramp=0.5)");
  CHECK(objective_text("anneal(1e6)") ==
        "anneal(schedule=linear,steps=1000000,objective=elbo(beta=1),maximum=1,start=0,"
        "cycles=4,ramp=0.5)");
  CHECK(dropout_text("none") == "none");
  CHECK(dropout_text("embedding(.3)") == "embedding(p=0.3)");
  CHECK(dropout_text("none()") == "none");
  CHECK(dropout_text("chars(0.2) + contiguous(.1, 3.5)") ==
        "chars(beta=0.2,to=unk)+contiguous(beta=0.1,lambda=3.5,to=unk)");
}

TEST_CASE("the canonical text reads as itself") {
  for (const std::string_view expression :
       {"elbo(0.1)", "elbo(1e-300)", "elbo(0.30000000000000004)", "free_bits(6,1e22)",
        "anneal(anneal(linear,3,free_bits(2,1,example)),5)", "anneal(cyclical,cycles=2,mdr(60))",
        "soft_free_bits(60,ha_bits(0.2,dimension))", "hinge(60)", "capacity(60)"}) {
    CAPTURE(expression);
    const std::string text = objective_text(expression);
    CHECK(objective_text(text) == text);
  }
  const std::string text = dropout_text("none+chars(0.2,zero)+contiguous(0.1)");
  CHECK(dropout_text(text) == text);
}

TEST_CASE("a positional argument goes to the first parameter left that can take it") {
  CHECK(objective_text("anneal(free_bits(1,60),linear,30)") ==
        objective_text("anneal(schedule=linear,steps=30,objective=free_bits(1,60))"));
  CHECK(objective_text("anneal(elbo,maximum=0.5,30,7)") ==
        objective_text("anneal(objective=elbo,maximum=0.5,steps=30,start=7)"));
}

TEST_CASE("help lists every method with its parameters") {
  CHECK(help(kit::objective_methods()).find("free_bits(groups=1,rate,per=batch|example): ") !=
        std::string::npos);
  CHECK(help(kit::dropout_methods()).find("contiguous(beta,lambda=3.5,to=unk|zero): ") !=
        std::string::npos);
}

namespace {

/// A controller, to see that the language passes on what the library refuses.
struct Owner {
  static constexpr int controllers = 1;
  double learnt = 1;
  double weight() const { return learnt; }
  vc::Report evaluate(const vc::Terms& terms, vc::Seeds& seeds) const {
    return vc::report_reconstruction("Owner", terms, seeds);
  }
  void after_step(const vc::Report&) {}
  void visit(vc::Visitor& visitor) { visitor("weight", learnt); }
};

}  // namespace

TEST_CASE("what the library refuses is shown at the method that was refused") {
  using Arguments = kit::Arguments<vc::AnyObjective>;
  const kit::Table<vc::AnyObjective> table{
      .noun = "objective",
      .methods = {{"elbo", "", {}, [](const Arguments&) -> vc::AnyObjective { return vc::Elbo(); }},
                  {"owner",
                   "",
                   {{"over", kit::Parameter::Kind::policy, "elbo"}},
                   [](const Arguments& given) -> vc::AnyObjective {
                     return vc::Controlled(Owner{}, given.policy("over"));
                   }}}};
  CHECK(kit::Binder("owner", table).bind().text == "owner(over=elbo)");
  CHECK_THROWS_WITH_AS(kit::Binder(" owner(owner)", table).bind(),
                       "at most one controller may own the weight of the KL: two would each undo "
                       "what the other learns\n"
                       "   owner(owner)\n"
                       "   ^",
                       ExpressionError);
}

TEST_CASE("an auxiliary loss is added to an objective") {
  const auto plain = parse_objective("elbo");
  CHECK_FALSE(plain.bag.has_value());
  const auto choice = parse_objective("free_bits(groups=1,rate=60)+bag_of_characters(0.5)");
  REQUIRE(choice.bag.has_value());
  CHECK(choice.bag->weight == 0.5);
  CHECK(choice.bag->entries == vaecollapse::BagEntries::counts);
  CHECK(choice.text ==
        "free_bits(groups=1,rate=60,per=batch)+bag_of_characters(weight=0.5,entries=counts)");
  const auto again = parse_objective(choice.text);
  CHECK(again.text == choice.text);
  CHECK(parse_objective("elbo + bag_of_characters(presence)").bag->entries ==
        vaecollapse::BagEntries::presence);
  CHECK(parse_objective("elbo+bag_of_characters(entries=shares)").bag->entries ==
        vaecollapse::BagEntries::shares);
  CHECK(help(kit::auxiliary_methods())
            .starts_with("  bag_of_characters(weight=1,entries=counts|shares|presence): "));
}

TEST_CASE("switches that reproduce a published system stand around an objective or a dropout") {
  CHECK(parse_objective("per_entry(elbo)").text == "per_entry(objective=elbo(beta=1))");
  CHECK(parse_dropout("batch_wide(chars(0.4,zero)+chars(0.1))").text ==
        "batch_wide(dropout=chars(beta=0.4,to=zero)+chars(beta=0.1,to=unk))");
  CHECK_THROWS_AS(parse_objective("per_entry"), ExpressionError);
}
