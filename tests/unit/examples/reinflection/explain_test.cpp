// What is said of the methods: all of them are there, with all their parameters.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <vaecollapse/metrics/verdict.hpp>

#include "compare/methods.hpp"
#include "handbook.hpp"
#include "kit/choices.hpp"
#include "kit/explain/page.hpp"
#include "kit/expression.hpp"
#include "kit/policies.hpp"
#include "settings.hpp"
#include "training_run.hpp"

using namespace reinflection;

namespace {

std::set<std::string> names() {
  std::set<std::string> all;
  for (const kit::Explanation& one : handbook().explanations) CHECK(all.emplace(one.name).second);
  return all;
}

std::set<std::string> parameters_of(const kit::Explanation& one) {
  std::set<std::string> all;
  for (const kit::ParameterText& parameter : one.parameters) {
    CHECK(all.emplace(parameter.name).second);
    CHECK_FALSE(parameter.about.empty());
  }
  return all;
}

}  // namespace

TEST_CASE("explanations: every method that can be chosen has one, and all its parameters") {
  for (const kit::MethodSummary& method : kit::policies()) {
    CAPTURE(method.name);
    std::set<std::string> explained;
    for (const kit::Explanation& one : handbook().explanations) {
      if (one.expression == method.name) explained.merge(parameters_of(one));
    }
    std::set<std::string> known;
    for (const kit::Parameter& parameter : method.parameters) known.emplace(parameter.name);
    CHECK(explained == known);
    const auto named = [&](const kit::Explanation& one) { return one.expression == method.name; };
    const auto all = handbook().explanations;
    CHECK(std::any_of(all.begin(), all.end(), named));
  }
  const std::set<std::string> all = names();
  for (const std::string& method : kit::read_methods(methods(), "all,compat")) {
    CAPTURE(method);
    CHECK(all.contains(method));
  }
  for (const std::string_view decoder : decoder_names) {
    CAPTURE(decoder);
    CHECK(all.contains(std::string(decoder)));
  }
  for (const std::string_view cell : kit::cell_names) {
    CAPTURE(cell);
    CHECK(all.contains(std::string(cell)));
  }
  for (const kit::MethodSummary& method : kit::objective_methods()) {
    if (method.name != "anneal") continue;
    for (const std::string_view schedule : method.parameters.front().words) {
      CAPTURE(schedule);
      CHECK(all.contains(std::string(schedule)));
    }
  }
}

TEST_CASE("explanations: none is without its texts, and what they say to use can be used") {
  for (const kit::Explanation& one : handbook().explanations) {
    CAPTURE(one.name);
    for (const std::string_view text :
         {one.title, one.use, one.what, one.helps, one.hurts, one.source}) {
      CHECK_FALSE(text.empty());
    }
    if (one.expression.empty()) continue;
    // `--objective "mdr(rate=60)"`: an option and its value.
    const std::size_t space = one.use.find(' ');
    std::string value(one.use.substr(space + 1));
    value.erase(std::remove(value.begin(), value.end(), '"'), value.end());
    std::string option(one.use.substr(2, space - 2));
    std::replace(option.begin(), option.end(), '-', '_');
    const Setting* setting = setting_table.find(option);
    REQUIRE(setting != nullptr);
    Settings settings;
    setting_table.set(settings, *setting, value);
    CHECK_NOTHROW(prepare(settings));
  }
}

TEST_CASE("explanations: defaults are those of the program") {
  for (const kit::Explanation& one : handbook().explanations) {
    CAPTURE(one.name);
    CHECK_NOTHROW(kit::explanation_text(handbook(), one));
    if (one.name == "mdr") {
      const std::string text = kit::explanation_text(handbook(), one);
      CHECK(text.starts_with("mdr: Minimum desired rate (MDR)\n\n  The constraint"));
      CHECK(text.find("\n  reinflect compare --methods mdr\n") != std::string::npos);
      CHECK(text.find("\n  rate, nats per row; default none: it must be given\n") !=
            std::string::npos);
      CHECK(text.find("\n  learning_rate, per nat and step; default 0.001\n") != std::string::npos);
      CHECK(text.find("\n  form; default softplus (or projected)\n") != std::string::npos);
      CHECK(kit::explanation_markdown(handbook(), one).find("| `multiplier` |  | 1.01 |") !=
            std::string::npos);
    }
  }
}

TEST_CASE("explanations for a terminal are 80 columns wide, but for expressions") {
  for (const kit::Explanation& one : handbook().explanations) {
    CAPTURE(one.name);
    const std::string whole = kit::explanation_text(handbook(), one);
    std::size_t begin = 0;
    while (begin < whole.size()) {
      const std::size_t end = whole.find('\n', begin);
      const std::string line = whole.substr(begin, end - begin);
      CAPTURE(line);
      CHECK((line.size() <= 80 || line.find('(') != std::string::npos));
      begin = end + 1;
    }
  }
}

namespace {

bool is_name(char c) { return c == '_' || (c >= 'a' && c <= 'z'); }

/// `mdr(rate=60)`: what stands before a parenthesis, without a blank between, and to its end.
std::vector<std::string> calls_in(const std::string& text) {
  std::vector<std::string> calls;
  for (std::size_t open = text.find('('); open != text.npos; open = text.find('(', open + 1)) {
    std::size_t begin = open;
    while (begin > 0 && is_name(text[begin - 1])) --begin;
    if (open - begin < 3) continue;  // `b(x)` is a formula
    std::size_t end = open;
    for (int depth = 0; end < text.size(); ++end) {
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
      if (depth == 0) break;
    }
    calls.push_back(text.substr(begin, end + 1 - begin));
  }
  return calls;
}

bool parses(const std::string& policy) {
  // An auxiliary loss stands behind an objective.
  for (const auto& [option, before] : {std::pair{"objective", ""},
                                       {"objective", "elbo+"},
                                       {"dropout", ""},
                                       {"posterior", ""},
                                       {"prior", ""},
                                       {"head_transform", ""},
                                       {"criterion", ""},
                                       {"objective", "plan(elbo:epochs=1,"}}) {
    Settings settings;
    const std::string_view rest = std::string_view(before).starts_with("plan") ? ",elbo)" : "";
    setting_table.set(settings, *setting_table.find(option),
                      std::string(before).append(policy).append(rest));
    try {
      prepare(settings);
      return true;
    } catch (const vaecollapse::Error&) {
    }
  }
  return false;
}

/// Each name of an objective, as a word of its own, that is not written as it can be given.
std::vector<std::string> bare_names_in(const std::string& text) {
  std::vector<std::string> bare;
  for (const kit::MethodSummary& method : kit::objective_methods()) {
    const std::string name(method.name);
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      const bool is_word = (at == 0 || !is_name(text[at - 1])) && !is_name(text[end]);
      if (is_word && text[end] != '(') bare.push_back(name);
    }
  }
  return bare;
}

std::vector<std::string> options_in(const std::string& text) {
  std::vector<std::string> options;
  for (std::size_t at = text.find("--"); at != text.npos; at = text.find("--", at + 2)) {
    std::size_t end = at + 2;
    while (end < text.size() && (is_name(text[end]) || text[end] == '-')) ++end;
    std::string name = text.substr(at + 2, end - at - 2);
    std::replace(name.begin(), name.end(), '-', '_');
    options.push_back(name);
  }
  return options;
}

/// The advice of every verdict.
std::vector<std::string> all_advice() {
  using namespace vaecollapse;
  std::vector<std::string> all;
  for (const Health health :
       {Health::healthy, Health::collapsed, Health::encoder_lags, Health::rate_unused,
        Health::only_length_used, Health::over_regularised, Health::unknown}) {
    all.emplace_back(detail::advice_for(health));
    all.emplace_back(detail::advice_for_sequence(health));
    all.emplace_back(detail::advice_for_sentences(health));
  }
  for (const TaskProgress task :
       {TaskProgress::unknown, TaskProgress::not_learnt, TaskProgress::learning,
        TaskProgress::partly_learnt, TaskProgress::learnt}) {
    for (const bool holds_little : {false, true}) {
      all.emplace_back(detail::advice_for(task, holds_little));
    }
    all.emplace_back(detail::advice_for_sentences(task));
  }
  return all;
}

}  // namespace

TEST_CASE("advice can be followed: what it names is what the trainer takes") {
  std::size_t calls = 0;
  for (const std::string& advice : all_advice()) {
    CAPTURE(advice);
    CHECK(bare_names_in(advice).empty());
    for (const std::string& policy : calls_in(advice)) {
      CAPTURE(policy);
      CHECK(parses(policy));
      ++calls;
    }
    for (const std::string& option : options_in(advice)) {
      CAPTURE(option);
      CHECK(setting_table.find(option) != nullptr);
    }
  }
  CHECK(calls >= 10);
  CHECK_FALSE(parses("free_bits(rate=60,of=what)"));
  CHECK(bare_names_in("take mdr or free_bits(rate=1)") == std::vector<std::string>{"mdr"});
}

TEST_CASE("explanations: the policies and options that texts name can be given") {
  for (const kit::Explanation& one : handbook().explanations) {
    CAPTURE(one.name);
    for (const std::string_view view : {one.use, one.helps, one.hurts, one.what}) {
      const std::string text(view);
      for (const std::string& policy : calls_in(text)) {
        CAPTURE(policy);
        CHECK((policy == "min(u, 1)" || parses(policy)));  // but for formulas
      }
      for (const std::string& option : options_in(text)) {
        CAPTURE(option);
        // `reinflect compare --methods study` is no option of training.
        CHECK((option == "methods" || setting_table.find(option) != nullptr));
      }
    }
  }
}
