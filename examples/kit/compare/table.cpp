#include "kit/compare/table.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/io/file.hpp>
#include <vaecollapse/metrics/bootstrap.hpp>

#include "kit/compare/methods.hpp"
#include "kit/numbers.hpp"
#include "kit/standard_output.hpp"

namespace kit {

namespace {

using vaecollapse::Index;
using vaecollapse::Interval;

/// The runs of one method.
struct MethodRuns {
  std::string method;
  std::vector<const ComparedRun*> runs;
  bool is_ensemble = false;

  const ComparedRun* of_seed(std::uint64_t seed) const {
    const auto found = std::find_if(runs.begin(), runs.end(),
                                    [&](const ComparedRun* run) { return run->seed == seed; });
    return found == runs.end() ? nullptr : *found;
  }
};

/// The methods, and behind them the ensembles.
std::vector<MethodRuns> by_method(const Comparison& comparison) {
  std::vector<MethodRuns> methods;
  for (const ComparedRun& result : comparison.runs) {
    const auto found = std::find_if(methods.begin(), methods.end(), [&](const MethodRuns& one) {
      return one.method == result.method;
    });
    if (found != methods.end()) {
      found->runs.push_back(&result);
    } else {
      methods.push_back({result.method, {&result}});
    }
  }
  for (const ComparedRun& one : comparison.ensembles) methods.push_back({one.method, {&one}, true});
  return methods;
}

/// Makes intervals, of all measures and methods with the same draws.
class Intervals {
 public:
  /// \pre all runs have as many values
  Interval of(const std::vector<std::vector<double>>& runs) {
    std::vector<double> values;
    for (std::size_t row = 0; row < runs.front().size(); ++row) {
      for (const std::vector<double>& run : runs) values.push_back(run[row]);
    }
    const auto count = static_cast<Index>(runs.size());
    const auto rows = static_cast<Index>(runs.front().size());
    const auto& bootstrap = made_.try_emplace({count, rows}, count, rows).first->second;
    return bootstrap({values.data(), count, rows});
  }

 private:
  std::map<std::pair<Index, Index>, vaecollapse::Bootstrap> made_;
};

std::vector<std::vector<double>> values_of(const MethodRuns& method, std::size_t measure) {
  std::vector<std::vector<double>> values;
  for (const ComparedRun* run : method.runs) values.push_back(run->values[measure]);
  return values;
}

/// Of the seeds that both have.
std::vector<std::vector<double>> differences(const MethodRuns& method, const MethodRuns& baseline,
                                             std::size_t measure) {
  std::vector<std::vector<double>> all;
  for (const ComparedRun* run : method.runs) {
    const ComparedRun* other = baseline.of_seed(run->seed);
    if (other == nullptr) continue;
    all.push_back(run->values[measure]);
    const std::vector<double>& others = other->values[measure];
    for (std::size_t i = 0; i < others.size(); ++i) all.back()[i] -= others[i];
  }
  return all;
}

std::string show(double number, const Form& form) {
  return vaecollapse::formatted(form.has_sign ? "%+.*f" : "%.*f", form.digits, form.unit * number);
}

/// `93.6 [92.8, 94.4]`
std::string show(const Interval& interval, const Form& form) {
  return show(interval.mean, form) + " [" + show(interval.low, form) + ", " +
         show(interval.high, form) + "]";
}

bool is_shown(Where where, bool is_short) {
  return where == Where::everywhere || (where == Where::in_file && !is_short);
}

/// `yes`, `no`, or of several runs how many.
std::string collapsed(const MethodRuns& method) {
  const auto count = std::count_if(method.runs.begin(), method.runs.end(),
                                   [](const ComparedRun* run) { return run->has_collapsed; });
  const auto runs = static_cast<std::ptrdiff_t>(method.runs.size());
  if (count == 0) return "no";
  if (count == runs) return "COLLAPSED";
  return vaecollapse::formatted("%td of %td COLLAPSED", count, runs);
}

/// `healthy`, or of several runs with several verdicts `2 healthy, 1 collapsed`.
std::string verdicts(const MethodRuns& method) {
  std::vector<std::pair<std::string, int>> counts;
  for (const ComparedRun* run : method.runs) {
    const auto found = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& one) { return one.first == run->verdict; });
    found != counts.end() ? void(++found->second) : void(counts.emplace_back(run->verdict, 1));
  }
  if (counts.size() == 1) return counts.front().first;
  std::string text;
  for (const auto& [verdict, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + verdict;
  }
  return text;
}

bool has_verdicts(const Comparison& comparison) {
  return std::any_of(comparison.runs.begin(), comparison.runs.end(),
                     [](const ComparedRun& run) { return !run.verdict.empty(); });
}

double mean_seconds(const MethodRuns& method) {
  double sum = 0;
  for (const ComparedRun* run : method.runs) sum += run->seconds;
  return sum / static_cast<double>(method.runs.size());
}

using Cells = std::vector<std::string>;

/// Whether all runs of a method have values of a measure.
bool is_measured(const MethodRuns& method, std::size_t measure) {
  return std::all_of(method.runs.begin(), method.runs.end(),
                     [&](const ComparedRun* run) { return !run->values[measure].empty(); });
}

/// Fills a table, column by column.
class TableOfMethods {
 public:
  explicit TableOfMethods(const Comparison& comparison)
      : methods_(by_method(comparison)), cells_(methods_.size() + 1) {
    const auto found = std::find_if(methods_.begin(), methods_.end(), [](const MethodRuns& one) {
      return one.method == baseline_method;
    });
    if (found != methods_.end()) baseline_ = &*found;
  }

  template <class Cell>
  void add(const std::string& title, Cell&& cell) {
    cells_[0].push_back(title);
    for (std::size_t i = 0; i < methods_.size(); ++i) cells_[i + 1].push_back(cell(methods_[i]));
  }

  /// Whether there is a method with values of a measure.
  bool has(std::size_t measure) const {
    return std::any_of(methods_.begin(), methods_.end(), [&](const MethodRuns& method) {
      return !method.is_ensemble && is_measured(method, measure);
    });
  }

  void add_measure(std::size_t measure, const Measure& column) {
    add(std::string(column.title), [&](const MethodRuns& method) -> std::string {
      if (!is_measured(method, measure)) return "";
      return show(intervals_.of(values_of(method, measure)), column.form);
    });
  }

  /// The differences from the plain ELBO, if it is there.
  void add_difference(std::size_t measure, const Measure& column) {
    if (baseline_ == nullptr || !is_measured(*baseline_, measure)) return;
    Form form = column.form;
    form.has_sign = true;
    add("less " + std::string(baseline_method), [&](const MethodRuns& method) -> std::string {
      const bool is_compared = method.method != baseline_method && !method.is_ensemble;
      if (!is_compared || !is_measured(method, measure)) return "";
      const auto apart = differences(method, *baseline_, measure);
      return apart.empty() ? "" : show(intervals_.of(apart), form);
    });
  }

  std::vector<Cells> take() { return std::move(cells_); }

 private:
  std::vector<MethodRuns> methods_;
  const MethodRuns* baseline_ = nullptr;
  Intervals intervals_;
  std::vector<Cells> cells_;
};

/// The titles, then a row for each method.
std::vector<Cells> cells_of(const Comparison& comparison, bool is_short) {
  TableOfMethods table(comparison);
  table.add("method", [](const MethodRuns& method) { return method.method; });
  for (std::size_t i = 0; i < comparison.measures.size(); ++i) {
    const Measure& column = comparison.measures[i];
    if (!is_shown(column.shown, is_short) || !table.has(i)) continue;
    table.add_measure(i, column);
    if (is_shown(column.compared, is_short)) table.add_difference(i, column);
  }
  if (!is_short) {
    table.add("runs", [](const MethodRuns& method) { return std::to_string(method.runs.size()); });
    table.add("seconds", [](const MethodRuns& method) {
      return vaecollapse::formatted("%.0f", mean_seconds(method));
    });
  }
  has_verdicts(comparison) ? table.add("verdict", verdicts) : table.add("collapsed", collapsed);
  return table.take();
}

}  // namespace

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::string comparison_csv(const Comparison& comparison) {
  std::string text = "method,seed";
  for (const Measure& measure : comparison.measures) text.append(",").append(measure.column);
  const bool says_verdicts = has_verdicts(comparison);
  text += says_verdicts ? ",seconds,collapsed,verdict\n" : ",seconds,collapsed\n";
  for (const ComparedRun& run : comparison.runs) {
    text.append(run.method).append(",").append(std::to_string(run.seed));
    for (const std::vector<double>& values : run.values) {
      text.append(",").append(values.empty() ? "" : show_number(mean(values)));
    }
    text.append(vaecollapse::formatted(",%.3f,%s", run.seconds, run.has_collapsed ? "yes" : "no"));
    text.append(says_verdicts ? "," + run.verdict : "").append("\n");
  }
  return text;
}

std::vector<Cells> comparison_cells(const Comparison& comparison) {
  return cells_of(comparison, /*is_short=*/false);
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string text;
  std::size_t line = 0;
  for (const Cells& row : comparison_cells(comparison)) {
    text += "|";
    for (const std::string& cell : row) text.append(" ").append(cell).append(" |");
    text += "\n";
    if (line++ > 0) continue;
    text += "|";
    for (std::size_t i = 0; i < row.size(); ++i) text += i == 0 ? "---|" : "---:|";
    text += "\n";
  }
  return text;
}

std::string comparison_text(const Comparison& comparison) {
  const std::vector<Cells> table = cells_of(comparison, /*is_short=*/true);
  std::string text;
  for (const Cells& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::size_t width = 0;
      for (const Cells& other : table) width = std::max(width, other[i].size());
      line.append(i == 0 ? "" : "  ").append(row[i]).append(width - row[i].size(), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

void write_comparison(const std::filesystem::path& folder, const Comparison& comparison) {
  vaecollapse::write_file(folder / "compare.csv", comparison_csv(comparison));
  vaecollapse::write_file(folder / "compare.md", comparison_markdown(comparison));
  print(comparison_text(comparison));
  print("written to " + (folder / "compare.csv").string() + " and compare.md\n");
}

}  // namespace kit
