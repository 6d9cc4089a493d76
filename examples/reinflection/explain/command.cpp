#include "explain/command.hpp"

#include <string_view>
#include <vector>

#include <vaecollapse/core/check.hpp>

#include "explain/page.hpp"
#include "kit/expression_syntax.hpp"
#include "kit/standard_output.hpp"

namespace reinflection {

namespace {

/// By its name, or by what the little language calls it.
Explanation explanation_named(const std::string& name) {
  const std::vector<Explanation> all = explanations();
  for (const Explanation& one : all) {
    if (one.name == name) return one;
  }
  std::vector<std::string_view> known;
  for (const Explanation& one : all) {
    for (const std::string_view other : {one.expression, one.system}) {
      if (!other.empty() && other == name) return one;
      if (!other.empty()) known.push_back(other);
    }
    known.push_back(one.name);
  }
  const std::string_view nearest = kit::nearest_name(name, known);
  vaecollapse::raise(
      vaecollapse::Error("reinflect explain: found the unknown method '" + name + "', expected " +
                         (nearest.empty() ? "what reinflect explain lists"
                                          : "'" + std::string(nearest) + "' perhaps")));
}

std::string text_for(const ExplainArguments& arguments) {
  if (arguments.method.empty()) return arguments.markdown ? list_markdown() : list_text();
  const Explanation explanation = explanation_named(arguments.method);
  return arguments.markdown ? explanation_markdown(explanation) : explanation_text(explanation);
}

}  // namespace

int explain_command(const ExplainArguments& arguments) {
  kit::print(text_for(arguments));
  return 0;
}

}  // namespace reinflection
