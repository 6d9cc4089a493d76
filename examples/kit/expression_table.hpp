// What the names of the little language mean: tables of methods with their parameters, and the
// binding of a parsed expression to them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>

#include "kit/expression_syntax.hpp"
#include "kit/method_summary.hpp"
#include "kit/numbers.hpp"

namespace kit {

/// A policy and the expression that names it in full.
template <class Policy>
struct Built {
  Policy policy;
  std::string text;
};

/// The arguments of one method: a value for each of its parameters.
template <class Policy>
class Arguments {
 public:
  struct Value {
    double number = 0;
    std::string_view word;
    std::optional<Policy> policy;
    std::string text;
  };

  explicit Arguments(const std::vector<Parameter>& parameters)
      : parameters_(parameters), values_(parameters.size()) {}

  double number(std::string_view name) const { return of(name).number; }
  std::uint64_t count(std::string_view name) const {
    return static_cast<std::uint64_t>(of(name).number);
  }
  std::string_view word(std::string_view name) const { return of(name).word; }
  const Policy& policy(std::string_view name) const { return *of(name).policy; }

  std::vector<std::optional<Value>>& values() { return values_; }

 private:
  const Value& of(std::string_view name) const {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (parameters_[i].name == name) return *values_[i];
    }
    vaecollapse::raise(vaecollapse::Error("no parameter is named " + std::string(name)));
  }

  const std::vector<Parameter>& parameters_;
  std::vector<std::optional<Value>> values_;
};

/// One method.
template <class Policy>
struct Method {
  std::string_view name;
  std::string_view about;
  std::vector<Parameter> parameters;
  Policy (*build)(const Arguments<Policy>&);
};

/// The methods of one option.
template <class Policy>
struct Table {
  std::string_view noun;  ///< `objective`
  std::vector<Method<Policy>> methods;
  /// What `a + b` is, or null where nothing can be added.
  Policy (*add)(const Policy&, const Policy&) = nullptr;
};

/// What is known of a table's methods without their policies.
template <class Policy>
std::vector<MethodSummary> summaries(const Table<Policy>& table) {
  std::vector<MethodSummary> methods;
  for (const Method<Policy>& method : table.methods) {
    methods.push_back({method.name, method.about, method.parameters});
  }
  return methods;
}

/// Makes a policy of an expression, by a table.
template <class Policy>
class Binder {
 public:
  Binder(std::string_view expression, const Table<Policy>& table)
      : text_(expression), table_(table) {}

  Built<Policy> bind() const { return policy(parse()); }

  /// The same in two steps, for who looks at the terms first: `bind` takes one of them.
  Term parse() const { return parse_expression(text_, names()); }
  Built<Policy> bind(const Term& term) const { return policy(term); }

  /// Whether a term names a method of the table.
  bool knows(const Term& term) const {
    const std::vector<std::string_view> known = method_names();
    return term.kind == Term::Kind::name &&
           std::find(known.begin(), known.end(), term.name) != known.end();
  }

 private:
  using Kind = Parameter::Kind;
  using Row = Method<Policy>;
  using Value = typename Arguments<Policy>::Value;

  Built<Policy> policy(const Term& term) const {
    switch (term.kind) {
      case Term::Kind::number:
        fail(term.place, "expected " + a_policy() + ", found a number", names());
      case Term::Kind::sum:
        return sum(term);
      case Term::Kind::name:
        break;
    }
    return call(term);
  }

  Built<Policy> sum(const Term& term) const {
    if (table_.add == nullptr) {
      fail(term.terms[1].place, "nothing can be added to " + a_policy() + " here");
    }
    Built<Policy> total = policy(term.terms[0]);
    for (std::size_t i = 1; i < term.terms.size(); ++i) {
      const Built<Policy> next = policy(term.terms[i]);
      total = {table_.add(total.policy, next.policy), total.text + "+" + next.text};
    }
    return total;
  }

  Built<Policy> call(const Term& term) const {
    const Row& method = method_of(term);
    refuse_options(term);
    Arguments<Policy> arguments(method.parameters);
    bind_named(term, method, arguments);
    bind_positional(term, method, arguments);
    bind_defaults(term, method, arguments);
    return {build(term, method, arguments), canonical(method, arguments)};
  }

  void refuse_options(const Term& term) const {
    for (const Argument& argument : term.arguments) {
      if (argument.options.empty()) continue;
      fail(argument.options.front().place, "only a phase of a plan has options after ':'");
    }
  }

  const Row& method_of(const Term& term) const {
    for (const Row& method : table_.methods) {
      if (method.name == term.name) return method;
    }
    fail(term.place, unknown(table_.noun, term.name, method_names()), names());
  }

  void bind_named(const Term& term, const Row& method, Arguments<Policy>& arguments) const {
    for (const Argument& argument : term.arguments) {
      if (argument.name.empty()) continue;
      const std::size_t i = parameter_named(argument, method);
      if (arguments.values()[i]) {
        fail(argument.place, std::string(argument.name) + " is given twice");
      }
      arguments.values()[i] = value(argument.value, method.parameters[i]);
    }
  }

  std::size_t parameter_named(const Argument& argument, const Row& method) const {
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < method.parameters.size(); ++i) {
      known.push_back(method.parameters[i].name);
      if (known.back() == argument.name) return i;
    }
    const std::string kind = std::string(method.name) + " has no parameter";
    fail(argument.place, suggest(kind, argument.name, known), parameters(method));
  }

  /// A positional argument is that of the first parameter not yet given that can take it.
  void bind_positional(const Term& term, const Row& method, Arguments<Policy>& arguments) const {
    for (const Argument& argument : term.arguments) {
      if (!argument.name.empty()) continue;
      const std::size_t i = first_fit(argument.value, method, arguments);
      arguments.values()[i] = value(argument.value, method.parameters[i]);
    }
  }

  std::size_t first_fit(const Term& term, const Row& method, Arguments<Policy>& arguments) const {
    std::vector<std::string_view> known;  // what a name could have been
    bool takes_policy = false;
    for (std::size_t i = 0; i < method.parameters.size(); ++i) {
      const Parameter& parameter = method.parameters[i];
      if (arguments.values()[i]) continue;
      if (fits(term, parameter)) return i;
      takes_policy = takes_policy || parameter.kind == Kind::policy;
      known.insert(known.end(), parameter.words.begin(), parameter.words.end());
    }
    if (term.kind != Term::Kind::name) {
      fail(term.place,
           std::string(method.name) + " takes no further " +
               (term.kind == Term::Kind::number ? "number" : std::string(table_.noun)),
           parameters(method));
    }
    if (takes_policy) {
      const std::vector<std::string_view> methods = method_names();
      known.insert(known.end(), methods.begin(), methods.end());
    }
    fail(term.place, suggest(std::string(method.name) + " cannot take", term.name, known),
         parameters(method));
  }

  bool fits(const Term& term, const Parameter& parameter) const {
    if (term.kind == Term::Kind::number) return parameter.is_numeric();
    if (term.kind == Term::Kind::sum) return parameter.kind == Kind::policy;
    if (parameter.kind == Kind::word) return !term.has_arguments && parameter.has_word(term.name);
    return parameter.kind == Kind::policy && knows(term);
  }

  void bind_defaults(const Term& term, const Row& method, Arguments<Policy>& arguments) const {
    for (std::size_t i = 0; i < method.parameters.size(); ++i) {
      const Parameter& parameter = method.parameters[i];
      if (arguments.values()[i]) continue;
      if (parameter.fallback.empty()) {
        fail(term.place, std::string(method.name) + " needs " + std::string(parameter.name),
             parameters(method));
      }
      const Binder fallback(parameter.fallback, table_);
      arguments.values()[i] = fallback.value(parse_expression(parameter.fallback), parameter);
    }
  }

  Value value(const Term& term, const Parameter& parameter) const {
    switch (parameter.kind) {
      case Kind::number:
      case Kind::count:
        return number(term, parameter);
      case Kind::word:
        return word(term, parameter);
      case Kind::policy:
        break;
    }
    Built<Policy> built = policy(term);
    Value result;
    result.policy = std::move(built.policy);
    result.text = std::move(built.text);
    return result;
  }

  Value number(const Term& term, const Parameter& parameter) const {
    const std::string name(parameter.name);
    if (term.kind != Term::Kind::number) fail(term.place, name + " must be a number");
    const std::string is = name + " is " + show_number(term.number) + ", it must ";
    if (parameter.kind == Kind::count && term.number != std::floor(term.number)) {
      fail(term.place, is + "be a whole number");
    }
    if (vaecollapse::is_nan(term.number) || term.number < parameter.least ||
        term.number > parameter.most) {
      fail(term.place, is + (!vaecollapse::is_finite(parameter.most)
                                 ? "be at least " + show_number(parameter.least)
                                 : "lie between " + show_number(parameter.least) + " and " +
                                       show_number(parameter.most)));
    }
    Value result;
    result.number = term.number;
    result.text = parameter.kind == Kind::count
                      ? std::to_string(static_cast<std::uint64_t>(term.number))
                      : show_number(term.number);
    return result;
  }

  Value word(const Term& term, const Parameter& parameter) const {
    const std::string known = "known: " + list(parameter.words);
    if (term.kind != Term::Kind::name || term.has_arguments) {
      fail(term.place, std::string(parameter.name) + " must be a word", known);
    }
    const auto place = std::find(parameter.words.begin(), parameter.words.end(), term.name);
    if (place == parameter.words.end()) {
      fail(term.place, unknown(parameter.name, term.name, parameter.words), known);
    }
    Value result;
    result.word = *place;
    result.text = *place;
    return result;
  }

  Policy build(const Term& term, const Row& method, const Arguments<Policy>& arguments) const {
    try {
      return method.build(arguments);
    } catch (const vaecollapse::Error& error) {
      fail(term.place, error.what());
    }
  }

  std::string canonical(const Row& method, Arguments<Policy>& arguments) const {
    std::string text(method.name);
    for (std::size_t i = 0; i < method.parameters.size(); ++i) {
      text.append(i == 0 ? "(" : ",").append(method.parameters[i].name).append("=");
      text += arguments.values()[i]->text;
    }
    return method.parameters.empty() ? text : text + ")";
  }

  std::vector<std::string_view> method_names() const {
    std::vector<std::string_view> names;
    for (const Row& method : table_.methods) names.push_back(method.name);
    return names;
  }

  std::string names() const { return "known: " + list(method_names()); }

  std::string parameters(const Row& method) const {
    if (method.parameters.empty()) return std::string(method.name) + " has no parameters";
    std::string text = "parameters: ";
    for (const Parameter& parameter : method.parameters) {
      if (&parameter != &method.parameters.front()) text += ", ";
      text += show(parameter);
    }
    return text;
  }

  static std::string list(const std::vector<std::string_view>& names) {
    std::string text;
    for (const std::string_view name : names) {
      if (!text.empty()) text += ", ";
      text += name;
    }
    return text;
  }

  static std::string unknown(std::string_view noun, std::string_view name,
                             const std::vector<std::string_view>& known) {
    return suggest("unknown " + std::string(noun), name, known);
  }

  static std::string suggest(std::string problem, std::string_view name,
                             const std::vector<std::string_view>& known) {
    problem.append(" '").append(name).append("'");
    const std::string_view nearest = nearest_name(name, known);
    if (!nearest.empty()) problem.append(": did you mean '").append(nearest).append("'?");
    return problem;
  }

  std::string a_policy() const {
    const bool vowel =
        std::string_view("aeiou").find(table_.noun.front()) != std::string_view::npos;
    return (vowel ? "an " : "a ") + std::string(table_.noun);
  }

  [[noreturn]] void fail(std::size_t place, std::string_view problem,
                         std::string_view known = {}) const {
    vaecollapse::raise(ExpressionError(text_, place, problem, known));
  }

  std::string_view text_;
  const Table<Policy>& table_;
};

}  // namespace kit
