#include "kit/method_summary.hpp"

namespace kit {

std::string show(const Parameter& parameter) {
  std::string text(parameter.name);
  if (!parameter.fallback.empty()) text.append("=").append(parameter.fallback);
  for (const std::string_view word : parameter.words) {
    if (word != parameter.fallback) text.append("|").append(word);
  }
  return text;
}

std::string show(const MethodSummary& method) {
  std::string text(method.name);
  const char* separator = "(";
  for (const Parameter& parameter : method.parameters) {
    text.append(separator).append(show(parameter));
    separator = ",";
  }
  return method.parameters.empty() ? text : text + ")";
}

std::string help(const std::vector<MethodSummary>& methods) {
  std::string text;
  for (const MethodSummary& method : methods) {
    text.append("  ").append(show(method)).append(": ").append(method.about).append("\n");
  }
  return text;
}

}  // namespace kit
