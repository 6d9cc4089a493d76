#include "kit/report/sentence.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <vaecollapse/core/text.hpp>

#include "kit/counted.hpp"

namespace kit {

namespace {

using vaecollapse::Diagnosis;
using vaecollapse::Grouping;
using vaecollapse::RowKind;

/// `a, b and c`
std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 < names.size() ? ", " : " and ";
    text += names[i];
  }
  return text;
}

std::string groups_of(const std::vector<Grouping>& groupings) {
  std::vector<std::string> grouped, others;
  for (const Grouping& one : groupings) {
    (one.is_grouped() ? grouped : others).push_back(one.label);
  }
  if (groupings.empty()) return "the words looked at have no labels to be grouped by";
  if (grouped.empty()) {
    return "neighbours in z share no label much more often than by chance (" + list_of(others) +
           ")";
  }
  std::string text = "neighbours in z share their " + list_of(grouped);
  if (!others.empty()) text += ", not their " + list_of(others);
  return text;
}

/// As shown with so many places; a zero has no sign.
double rounded(double value, double places) {
  const double scale = std::pow(10, places);
  return std::round(scale * value) / scale + 0.0;
}

/// What the z of another word changes, by accuracy. None where that does not show what the verdict
/// says: no word is right with any z, or z is used and as many are right with another.
std::optional<std::string> change_of_accuracy(const Diagnosis& found) {
  if (found.kind == RowKind::sentence) return std::nullopt;
  const double own = rounded(100 * found.accuracy, 1);
  const double other = rounded(100 * (found.accuracy - found.permuted_z().accuracy_fall.value), 1);
  if (other < own)
    return vaecollapse::formatted("accuracy falls from %.1f %% to %.1f %%", own, other);
  const bool is_shown = found.verdict.has_collapsed() && other > 0;
  if (!is_shown) return std::nullopt;
  return vaecollapse::formatted("accuracy is %.1f %%, with the word's own %.1f %%", other, own);
}

/// The same by the NLL.
std::string change_of_nll(const Diagnosis& found) {
  const double own = rounded(found.elbo.nll, 2);
  const double other = rounded(found.elbo.nll + found.permuted_z().nll_rise.value, 2);
  const bool rises = other > own && !found.verdict.has_collapsed();
  const std::string row(name_of(found.kind));
  return rises ? vaecollapse::formatted("the NLL rises from %.2f to %.2f nats a %s", own, other,
                                        row.c_str())
               : vaecollapse::formatted("the NLL is %.2f nats a %s, with the %s's own %.2f", other,
                                        row.c_str(), row.c_str(), own);
}

/// What a reader must know beside the use of z: nothing where the task is learnt.
std::string task_of(const Diagnosis& found) {
  using vaecollapse::TaskProgress;
  const TaskProgress task = found.verdict.task;
  if (task == TaskProgress::unknown || task == TaskProgress::learnt) return "";
  const std::string name(name_of(task));
  if (found.kind == RowKind::sentence) return "; the task is " + name;
  return (task == TaskProgress::learning ? "; the model is " : "; the task is ") + name +
         vaecollapse::formatted(": %.1f %% are right", 100 * found.accuracy);
}

/// Where z is a sequence, the other word is one of as many places.
std::string of_what(const Diagnosis& found) {
  return found.use_of_places && found.use_of_places->permuted ? "of as many places " : "";
}

}  // namespace

std::string use_of(const vaecollapse::Verdict& verdict) {
  using vaecollapse::Health;
  switch (verdict.health) {
    case Health::healthy:
      return "z is used";
    case Health::collapsed:
      return "z is not used, the model has collapsed";
    case Health::rate_unused:
      return "z is not used, though it holds a rate";
    case Health::only_length_used:
      return "z is not used but for the number of its places";
    case Health::encoder_lags:
      return "z is used less than it could be, for the encoder lags";
    case Health::over_regularised:
      return "z is used less than it could be, for it is over-regularised";
    case Health::unknown:
      return "it is not known whether z is used";
  }
  return "";
}

std::string sentence_of(const Diagnosis& found, const std::vector<Grouping>& groupings) {
  const std::string change = change_of_accuracy(found).value_or(change_of_nll(found));
  std::string text = use_of(found.verdict) + ": with the z of another " +
                     std::string(name_of(found.kind)) + " " + of_what(found) + change;
  // A sentence has no labels.
  if (found.kind != RowKind::sentence) text += ", and " + groups_of(groupings);
  const bool is_grouped = std::any_of(groupings.begin(), groupings.end(),
                                      [](const Grouping& one) { return one.is_grouped(); });
  // Posterior means keep an order however small they are.
  if (is_grouped && found.verdict.has_collapsed()) text += ", which the decoder does not use";
  return text + task_of(found) + ".";
}

std::string use_of_z(const std::vector<RunUse>& runs) {
  std::vector<std::string> methods, collapsed;
  const auto add = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const RunUse& run : runs) {
    add(methods, run.method);
    if (run.has_collapsed) add(collapsed, run.method);
  }
  if (collapsed.empty()) return "z is used by every method of " + std::to_string(methods.size());
  return std::to_string(collapsed.size()) + " of " + counted(methods.size(), "method") +
         " did not use z in a run or more (" + list_of(collapsed) + ")";
}

}  // namespace kit
