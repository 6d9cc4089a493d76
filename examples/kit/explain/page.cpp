#include "kit/explain/page.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>

#include "kit/policies.hpp"

namespace kit {

namespace {

constexpr std::size_t terminal_width = 80, page_width = 100;

struct GroupTexts {
  std::string_view title;
  std::string_view letters;  ///< of the formulas
};

GroupTexts texts_of(Group group) {
  constexpr std::string_view letters =
      "R is the rate, the KL of a word's posterior from the prior in nats, and NLL the cost of "
      "reconstructing the word in nats; both are means over the batch.";
  switch (group) {
    case Group::objective:
      return {"Objectives", letters};
    case Group::schedule:
      return {"Schedules of the KL's weight",
              "w(t) is the weight at step t of the optimiser, f(KL) what the inner objective makes "
              "of the KL; for elbo that is the rate R. Both NLL and R are nats per word."};
    case Group::training:
      return {"The course of a training", ""};
    case Group::dropout:
      return {"Dropouts (in training only)", ""};
    case Group::decoder:
      return {"Decoders", ""};
    case Group::posterior:
      return {"Posteriors", ""};
    case Group::prior:
      return {"Priors", ""};
    case Group::head_transform:
      return {"Head transforms, between the posterior's head and its sample", ""};
    case Group::auxiliary:
      return {"Auxiliary losses", ""};
    case Group::reproduction:
      break;
  }
  return {"To reproduce a published system", ""};
}

std::optional<MethodSummary> method_of(const Explanation& explanation) {
  for (const MethodSummary& method : policies()) {
    if (method.name == explanation.expression) return method;
  }
  return std::nullopt;
}

/// `0.1`, `batch (or example)`, `none: it must be given`.
std::string default_of(const Parameter& parameter) {
  std::string text = parameter.fallback.empty() ? "none: it must be given" : parameter.fallback;
  std::string others;
  for (const std::string_view word : parameter.words) {
    if (word != parameter.fallback) others.append(others.empty() ? "" : ", ").append(word);
  }
  return others.empty() ? text : text + " (or " + others + ")";
}

std::string default_of(const Handbook& book, const Explanation& explanation,
                       std::string_view name) {
  if (const std::optional<MethodSummary> method = method_of(explanation)) {
    for (const Parameter& parameter : method->parameters) {
      if (parameter.name == name) return default_of(parameter);
    }
  } else if (const auto setting = book.default_of_setting(name)) {
    return *setting;
  }
  vaecollapse::raise(vaecollapse::Error("explain: " + std::string(explanation.name) +
                                        " has no parameter " + std::string(name)));
}

/// Words at most `width` columns wide, each line after `indent`.
std::string wrap(std::string_view text, std::size_t width, const std::string& indent = "") {
  std::string lines, line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) {
      lines.append(indent).append(line).append("\n");
      line.clear();
    }
    line.append(line.empty() ? "" : " ").append(word);
  }
  return lines + indent + line + "\n";
}

/// Lines as they stand, each after `indent`.
std::string indented(std::string_view text, std::string_view indent) {
  std::string lines(indent);
  for (const char byte : text) {
    lines += byte;
    if (byte == '\n') lines += indent;
  }
  return lines + "\n";
}

/// How it is asked for, a line each.
std::string uses(const Handbook& book, const Explanation& explanation) {
  const std::string program(book.program);
  std::string text = program + " train " + std::string(explanation.use);
  if (std::find(book.compared.begin(), book.compared.end(), explanation.name) !=
      book.compared.end()) {
    text += "\n" + program + " compare --methods " + std::string(explanation.name);
  }
  return text;
}

/// The expression with all its parameters, or nothing.
std::string signature(const Explanation& explanation) {
  const std::optional<MethodSummary> method = method_of(explanation);
  return method && !method->parameters.empty() ? show(*method) : "";
}

std::string in_backticks(std::string_view text) { return "`" + std::string(text) + "`"; }

/// A cell of a table in Markdown, which a bar would end.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char byte : text) safe.append(byte == '|' ? "\\" : "").push_back(byte);
  return " " + safe + " |";
}

std::string section(const char* title, std::string_view text) {
  return "\n## " + std::string(title) + "\n\n" + wrap(text, page_width);
}

std::string parameters_text(const Handbook& book, const Explanation& explanation) {
  std::string text;
  for (const ParameterText& parameter : explanation.parameters) {
    text.append("  ").append(parameter.name);
    if (!parameter.unit.empty()) text.append(", ").append(parameter.unit);
    text.append("; default ").append(default_of(book, explanation, parameter.name)).append("\n");
    text += wrap(parameter.about, terminal_width, "      ");
  }
  return text;
}

std::string parameters_markdown(const Handbook& book, const Explanation& explanation) {
  std::string text = "| parameter | unit | default | |\n|---|---|---|---|\n";
  for (const ParameterText& parameter : explanation.parameters) {
    text.append("|").append(cell(in_backticks(parameter.name))).append(cell(parameter.unit));
    text.append(cell(default_of(book, explanation, parameter.name))).append(cell(parameter.about));
    text += "\n";
  }
  return text;
}

std::string settings_text(const Explanation& explanation) {
  std::string text;
  for (const SettingText& one : explanation.settings) {
    text.append("  ").append(one.option).append(" ").append(one.value).append("\n");
    text += wrap(one.about, terminal_width, "      ");
  }
  return text;
}

std::string settings_markdown(const Explanation& explanation) {
  std::string text = "| option | value | |\n|---|---|---|\n";
  for (const SettingText& one : explanation.settings) {
    text.append("|").append(cell(in_backticks(one.option))).append(cell(in_backticks(one.value)));
    text.append(cell(one.about)).append("\n");
  }
  return text;
}

/// Calls `begin(texts)` at the beginning of each group, and `entry(explanation)` for each method.
template <class Begin, class Entry>
void for_each_by_group(const Handbook& book, Begin&& begin, Entry&& entry) {
  std::optional<Group> group;
  for (const Explanation& explanation : book.explanations) {
    if (explanation.group != group) begin(texts_of(explanation.group));
    group = explanation.group;
    entry(explanation);
  }
}

}  // namespace

std::vector<Explanation> with_policies(std::vector<Explanation> own) {
  std::vector<Explanation> all;
  for (const auto& part : {objective_explanations(), schedule_explanations(), plan_explanations(),
                           dropout_explanations(), std::move(own), latent_explanations()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const Explanation& one, const Explanation& other) {
    return one.group < other.group;
  });
  return all;
}

std::string explanation_text(const Handbook& book, const Explanation& explanation) {
  const std::string in = "  ";
  std::string text = std::string(explanation.name) + ": " + std::string(explanation.title) + "\n\n";
  text += wrap(explanation.what, terminal_width, in);
  text += "\nHow to choose it\n" + indented(uses(book, explanation), in);
  if (!explanation.cpp.empty()) {
    text += wrap("in C++: " + std::string(explanation.cpp), terminal_width, in);
  }
  if (!explanation.formula.empty()) {
    text += "\nFormula\n" + indented(explanation.formula, "    ");
    const std::string_view letters = texts_of(explanation.group).letters;
    if (!letters.empty()) text += wrap(letters, terminal_width, in);
  }
  if (!explanation.parameters.empty()) {
    text += "\nParameters\n";
    const std::string whole = signature(explanation);
    if (!whole.empty()) text += "    " + whole + "\n";
    text += parameters_text(book, explanation);
  }
  if (!explanation.settings.empty()) text += "\nSettings\n" + settings_text(explanation);
  if (!explanation.measured.empty()) {
    text += "\nMeasured\n" + indented(explanation.measured, in);
  }
  text += "\nWhen it helps\n" + wrap(explanation.helps, terminal_width, in);
  text += "\nWhen it hurts\n" + wrap(explanation.hurts, terminal_width, in);
  return text + "\nSource\n" + wrap(explanation.source, terminal_width, in);
}

std::string explanation_markdown(const Handbook& book, const Explanation& explanation) {
  const std::string name(explanation.name);
  std::string text = "# " + name + ": " + std::string(explanation.title) + "\n\n" +
                     wrap(explanation.what, page_width) + "\n```\n" + uses(book, explanation) +
                     "\n```\n";
  if (!explanation.cpp.empty()) text += "\nIn C++: " + in_backticks(explanation.cpp) + "\n";
  if (!explanation.formula.empty()) {
    text += "\n## Formula\n\n```\n" + std::string(explanation.formula) + "\n```\n";
    const std::string_view letters = texts_of(explanation.group).letters;
    if (!letters.empty()) text += "\n" + wrap(letters, page_width);
  }
  if (!explanation.parameters.empty()) {
    text += "\n## Parameters\n\n";
    const std::string whole = signature(explanation);
    if (!whole.empty()) text += "`" + whole + "`\n\n";
    text += parameters_markdown(book, explanation);
  }
  if (!explanation.settings.empty()) {
    text += "\n## Settings\n\n" + settings_markdown(explanation);
  }
  if (!explanation.measured.empty()) {
    text += "\n## Measured\n\n```\n" + std::string(explanation.measured) + "\n```\n";
  }
  return text + section("When it helps", explanation.helps) +
         section("When it hurts", explanation.hurts) + section("Source", explanation.source);
}

std::string list_text(const Handbook& book) {
  std::string text;
  for_each_by_group(
      book,
      [&](const GroupTexts& group) {
        text.append(text.empty() ? "" : "\n").append(group.title).append("\n");
      },
      [&](const Explanation& explanation) {
        text.append("  ").append(explanation.name).append(": ");
        text.append(explanation.title).append("\n");
      });
  return text + "\n" + std::string(book.program) + " explain METHOD says more.\n";
}

std::string list_markdown(const Handbook& book) {
  const std::string explain = std::string(book.program) + " explain";
  std::string text =
      "# Methods\n\n" +
      wrap("One page for each, made by `" + explain + " METHOD --markdown`; `" + explain +
               " METHOD` prints the same as text. scripts/policy_pages.sh writes them anew.",
           page_width);
  for_each_by_group(
      book,
      [&](const GroupTexts& group) { text.append("\n## ").append(group.title).append("\n\n"); },
      [&](const Explanation& explanation) {
        const std::string name(explanation.name);
        text += "- [" + name + "](" + name + ".md): " + std::string(explanation.title) + "\n";
      });
  return text;
}

}  // namespace kit
