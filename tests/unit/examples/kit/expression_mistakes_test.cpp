// How mistakes in the expressions of --objective and --dropout are shown.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "kit/expression.hpp"

using kit::ExpressionError;
using kit::parse_dropout;
using kit::parse_objective;

TEST_CASE("mistakes of meaning are shown with a caret and what is known") {
  CHECK_THROWS_WITH_AS(parse_objective("free_bit(groups=1)"),
                       "unknown objective 'free_bit': did you mean 'free_bits'?\n"
                       "  free_bit(groups=1)\n"
                       "  ^\n"
                       "known: elbo, free_bits, soft_free_bits, ha_bits, mdr, hinge, "
                       "capacity, places, per_entry, anneal",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("anneal(linear, free_bits(group=1, rate=60))"),
                       "free_bits has no parameter 'group': did you mean 'groups'?\n"
                       "  anneal(linear, free_bits(group=1, rate=60))\n"
                       "                           ^\n"
                       "parameters: groups=1, rate, per=batch|example",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("anneal(linaer)"),
                       "anneal cannot take 'linaer': did you mean 'linear'?\n"
                       "  anneal(linaer)\n"
                       "         ^\n"
                       "parameters: schedule=linear|exponential|logistic|cyclical, "
                       "steps=10000, objective=elbo, maximum=1, start=0, cycles=4, ramp=0.5",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("iaf(60)"),
                       "unknown objective 'iaf'\n"
                       "  iaf(60)\n"
                       "  ^\n"
                       "known: elbo, free_bits, soft_free_bits, ha_bits, mdr, hinge, "
                       "capacity, places, per_entry, anneal",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("free_bits(4)"),
                       "free_bits needs rate\n"
                       "  free_bits(4)\n"
                       "  ^\n"
                       "parameters: groups=1, rate, per=batch|example",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_dropout("chars(0.2)+chars(1.5)"),
                       "beta is 1.5, it must lie between 0 and 1\n"
                       "  chars(0.2)+chars(1.5)\n"
                       "                   ^",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_dropout("none(0.2)"),
                       "none takes no further number\n"
                       "  none(0.2)\n"
                       "       ^\n"
                       "none has no parameters",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_dropout("chars(0.2,to=nul)"),
                       "unknown to 'nul'\n"
                       "  chars(0.2,to=nul)\n"
                       "               ^\n"
                       "known: unk, zero",
                       ExpressionError);
}

TEST_CASE("more mistakes of meaning, by their first line and their place") {
  struct Mistake {
    std::string_view expression, problem;
    std::size_t place;
  };
  for (const Mistake& mistake : {
           Mistake{"elbo(beta=1,beta=2)", "beta is given twice", 12},
           Mistake{"elbo(1,2)", "elbo takes no further number", 7},
           Mistake{"elbo(1,elbo+elbo)", "elbo takes no further objective", 7},
           Mistake{"elbo(-0.5)", "beta is -0.5, it must be at least 0", 5},
           Mistake{"elbo(beta=elbo)", "beta must be a number", 10},
           Mistake{"free_bits(groups=1.5,60)", "groups is 1.5, it must be a whole number", 17},
           Mistake{"free_bits(groups=0,60)", "groups is 0, it must lie between 1 and 1e+09", 17},
           Mistake{"anneal(schedule=linear(3))", "schedule must be a word", 16},
           Mistake{"anneal(objective=3)", "expected an objective, found a number", 17},
           Mistake{"mdr", "mdr needs rate", 0},
           Mistake{"mdr(60,multiplier=0)",
                   "MDR: multiplier is 0, which softplus never reaches; use the projected form", 0},
           Mistake{"anneal(logistic,0)", "steps is 0, this schedule needs at least 1", 0},
           Mistake{"anneal(exponential,steps=0)", "steps is 0, this schedule needs at least 1", 0},
           Mistake{"anneal(cycles=2)", "cycles and ramp are of the cyclical schedule only", 0},
           Mistake{"anneal(logistic,ramp=1)", "cycles and ramp are of the cyclical schedule only",
                   0},
           Mistake{"elbo+elbo", "only an auxiliary loss can be added to an objective", 5},
           Mistake{"bag_of_characters", "unknown objective 'bag_of_characters'", 0},
           Mistake{"elbo+bag_of_charakters",
                   "unknown auxiliary loss 'bag_of_charakters': did you mean 'bag_of_characters'?",
                   5},
           Mistake{"elbo+bag_of_characters+bag_of_characters", "bag_of_characters is added twice",
                   23},
           Mistake{"elbo+bag_of_characters(-1)", "weight is -1, it must be at least 0", 23},
           Mistake{"mdr(60,elbo+bag_of_characters)", "nothing can be added to an objective here",
                   12},
           Mistake{"3", "expected an objective, found a number", 0},
       }) {
    CAPTURE(mistake.expression);
    try {
      parse_objective(mistake.expression);
      FAIL("was accepted");
    } catch (const ExpressionError& error) {
      const std::string_view text = error.what();
      CHECK(text.substr(0, text.find('\n')) == mistake.problem);
      CHECK(error.place() == mistake.place);
    }
  }
}

TEST_CASE("mistakes of form are shown with a caret") {
  CHECK_THROWS_WITH_AS(parse_objective(""),
                       "expected a name, found the end\n"
                       "  \n"
                       "  ^\n"
                       "known: elbo, free_bits, soft_free_bits, ha_bits, mdr, hinge, "
                       "capacity, places, per_entry, anneal",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("elbo(0.5"),
                       "expected ',' or ')', found the end\n"
                       "  elbo(0.5\n"
                       "          ^",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("elbo 0.5"),
                       "expected '+' or the end, found '0'\n"
                       "  elbo 0.5\n"
                       "       ^",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_dropout("chars(0.3) + "),
                       "expected a name, found the end\n"
                       "  chars(0.3) + \n"
                       "               ^\n"
                       "known: none, chars, words, contiguous, embedding, batch_wide",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("elbo(1e999)"),
                       "this number is out of range\n"
                       "  elbo(1e999)\n"
                       "       ^",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_objective("elbo(-inf)"),
                       "expected a number\n"
                       "  elbo(-inf)\n"
                       "       ^",
                       ExpressionError);
}

TEST_CASE("the caret counts characters, not bytes, and white space becomes blanks") {
  CHECK_THROWS_WITH_AS(parse_objective("elbo(ü)"),
                       "expected a name, found 'ü'\n"
                       "  elbo(ü)\n"
                       "       ^\n"
                       "known: elbo, free_bits, soft_free_bits, ha_bits, mdr, hinge, "
                       "capacity, places, per_entry, anneal",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(parse_dropout("chars(\n\t0.3)ü+chars(2)"),
                       "expected '+' or the end, found 'ü'\n"
                       "  chars(  0.3)ü+chars(2)\n"
                       "              ^",
                       ExpressionError);
  CHECK_THROWS_WITH_AS(kit::parse_expression("çş"), "expected a name, found 'ç'\n  çş\n  ^",
                       ExpressionError);
}

TEST_CASE("nesting has a bottom") {
  std::string deep = "elbo";
  for (int level = 0; level < 30; ++level) deep = "anneal(" + deep + ")";
  CHECK_NOTHROW(parse_objective(deep));
  std::string bottomless;
  for (int level = 0; level < 10'000; ++level) bottomless += "anneal(";
  CHECK_THROWS_AS(parse_objective(bottomless), ExpressionError);
}

TEST_CASE("no garbled expression does more than raise an ExpressionError") {
  const std::string seed = "anneal(linear,steps=10000,free_bits(groups=128,rate=30))+chars(.2)";
  const std::string_view letters = "()=,+-.e0 1az_\xC3\xBC\n";
  std::uint32_t state = 1;
  const auto draw = [&state](std::size_t below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % static_cast<std::uint32_t>(below);
  };
  int refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string garbled = seed;
    for (std::uint32_t edits = 1 + draw(4); edits > 0; --edits) {
      const std::size_t place = draw(garbled.size());
      if (draw(2) == 0) {
        garbled[place] = letters[draw(letters.size())];
      } else {
        garbled.erase(place, 1 + draw(12));
      }
    }
    try {
      parse_objective(garbled);
    } catch (const ExpressionError&) {
      ++refused;
    }
  }
  CHECK(refused > 2000);
}
