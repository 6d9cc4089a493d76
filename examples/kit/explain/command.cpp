#include "kit/explain/command.hpp"

#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>

#include "kit/explain/page.hpp"
#include "kit/expression_syntax.hpp"
#include "kit/options.hpp"
#include "kit/standard_output.hpp"

namespace kit {

namespace {

/// By its name, or by what the little language calls it.
const Explanation& explanation_named(const Handbook& book, const std::string& name) {
  const std::vector<Explanation>& all = book.explanations;
  for (const Explanation& one : all) {
    if (one.name == name) return one;
  }
  std::vector<std::string_view> known;
  for (const Explanation& one : all) {
    for (const std::string_view other : {one.expression, one.also}) {
      if (!other.empty() && other == name) return one;
      if (!other.empty()) known.push_back(other);
    }
    known.push_back(one.name);
  }
  const std::string_view nearest = nearest_name(name, known);
  const std::string program(book.program);
  vaecollapse::raise(
      vaecollapse::Error(program + " explain: found the unknown method '" + name + "', expected " +
                         (nearest.empty() ? "what " + program + " explain lists"
                                          : "'" + std::string(nearest) + "' perhaps")));
}

std::string text_for(const Handbook& book, const ExplainArguments& arguments) {
  if (arguments.method.empty()) return arguments.markdown ? list_markdown(book) : list_text(book);
  const Explanation& explanation = explanation_named(book, arguments.method);
  return arguments.markdown ? explanation_markdown(book, explanation)
                            : explanation_text(book, explanation);
}

}  // namespace

void describe_explain(CLI::App& app, ExplainArguments& arguments) {
  app.add_option("method", arguments.method, "its name; without one, all are listed")
      ->type_name("METHOD");
  add_flag(app, "--markdown", arguments.markdown, "print the page of the documentation");
}

int explain(const Handbook& book, const ExplainArguments& arguments) {
  print(text_for(book, arguments));
  return 0;
}

}  // namespace kit
