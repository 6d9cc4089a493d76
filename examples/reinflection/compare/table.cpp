#include "compare/table.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/metrics/bootstrap.hpp>

#include "compare/methods.hpp"
#include "kit/numbers.hpp"
#include "kit/terminal.hpp"

namespace reinflection {

namespace {

using vaecollapse::Index;
using vaecollapse::Interval;

/// The runs of one method.
struct MethodRuns {
  std::string method;
  std::vector<const RunResult*> runs;

  const RunResult* of_seed(std::uint64_t seed) const {
    const auto found = std::find_if(runs.begin(), runs.end(),
                                    [&](const RunResult* run) { return run->seed == seed; });
    return found == runs.end() ? nullptr : *found;
  }
};

std::vector<MethodRuns> by_method(const std::vector<RunResult>& results) {
  std::vector<MethodRuns> methods;
  for (const RunResult& result : results) {
    const auto found = std::find_if(methods.begin(), methods.end(), [&](const MethodRuns& one) {
      return one.method == result.method;
    });
    if (found != methods.end()) {
      found->runs.push_back(&result);
    } else {
      methods.push_back({result.method, {&result}});
    }
  }
  return methods;
}

/// One value for each row of a run, or a single one of the whole run.
using Measure = std::vector<double> (*)(const RunResult&);

std::vector<double> accuracy(const RunResult& run) { return run.rows.right; }
std::vector<double> levenshtein(const RunResult& run) { return run.rows.distance; }
std::vector<double> nll(const RunResult& run) { return run.rows.nll; }
std::vector<double> rate(const RunResult& run) { return run.rows.rate; }
std::vector<double> elbo(const RunResult& run) { return run.rows.elbo(); }
std::vector<double> permuted(const RunResult& run) { return run.rows.right_permuted; }
std::vector<double> active_units(const RunResult& run) { return {run.active_units}; }
std::vector<double> purity(const RunResult& run) { return {*run.lemma_purity}; }

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

std::vector<std::vector<double>> values_of(const MethodRuns& method, Measure measure) {
  std::vector<std::vector<double>> values;
  for (const RunResult* run : method.runs) values.push_back(measure(*run));
  return values;
}

/// Of the seeds that both have.
std::vector<std::vector<double>> differences(const MethodRuns& method, const MethodRuns& baseline,
                                             Measure measure) {
  std::vector<std::vector<double>> all;
  for (const RunResult* run : method.runs) {
    const RunResult* other = baseline.of_seed(run->seed);
    if (other == nullptr) continue;
    all.push_back(measure(*run));
    const std::vector<double> others = measure(*other);
    for (std::size_t i = 0; i < others.size(); ++i) all.back()[i] -= others[i];
  }
  return all;
}

/// How a measure is shown.
struct Form {
  double unit = 1;  ///< 100 for shares in per cent
  int digits = 2;
  bool has_sign = false;
};

std::string show(double number, const Form& form) {
  return kit::format(form.has_sign ? "%+.*f" : "%.*f", form.digits, form.unit * number);
}

/// `93.6 [92.8, 94.4]`
std::string show(const Interval& interval, const Form& form) {
  return show(interval.mean, form) + " [" + show(interval.low, form) + ", " +
         show(interval.high, form) + "]";
}

/// A line of a terminal has room for a few columns only.
enum class Where { nowhere, in_file, everywhere };

bool is_shown(Where where, bool is_short) {
  return where == Where::everywhere || (where == Where::in_file && !is_short);
}

struct Column {
  std::string_view title;
  Measure measure;
  Form form;
  Where shown;
  Where compared;  ///< with the plain ELBO, in a column of its own
};

constexpr std::string_view purity_title = "lemma purity";

std::vector<Column> columns() {
  const Form per_cent{.unit = 100, .digits = 1};
  return {{"accuracy %", accuracy, per_cent, Where::everywhere, Where::everywhere},
          {"Levenshtein", levenshtein, {.digits = 3}, Where::everywhere, Where::in_file},
          {"NLL, nats", nll, {}, Where::in_file, Where::nowhere},
          {"rate, nats", rate, {}, Where::everywhere, Where::nowhere},
          {"ELBO, nats", elbo, {}, Where::in_file, Where::in_file},
          {"active units", active_units, {.digits = 1}, Where::in_file, Where::nowhere},
          {"accuracy %, z permuted", permuted, per_cent, Where::in_file, Where::nowhere},
          {purity_title, purity, {.digits = 3}, Where::everywhere, Where::nowhere}};
}

/// `yes`, `no`, or of several runs how many.
std::string collapsed(const MethodRuns& method) {
  const auto count = std::count_if(method.runs.begin(), method.runs.end(),
                                   [](const RunResult* run) { return run->has_collapsed(); });
  const auto runs = static_cast<std::ptrdiff_t>(method.runs.size());
  if (count == 0) return "no";
  if (count == runs) return "COLLAPSED";
  return kit::format("%td of %td COLLAPSED", count, runs);
}

double mean_seconds(const MethodRuns& method) {
  double sum = 0;
  for (const RunResult* run : method.runs) sum += run->seconds;
  return sum / static_cast<double>(method.runs.size());
}

using Cells = std::vector<std::string>;

/// The titles, then a row for each method.
std::vector<Cells> cells_of(const std::vector<RunResult>& results, bool is_short) {
  const std::vector<MethodRuns> methods = by_method(results);
  const auto baseline = std::find_if(methods.begin(), methods.end(), [](const MethodRuns& one) {
    return one.method == baseline_method;
  });
  const bool has_purity = std::all_of(results.begin(), results.end(), [](const RunResult& run) {
    return run.lemma_purity.has_value();
  });
  Intervals intervals;
  std::vector<Cells> table(methods.size() + 1);
  const auto add = [&](const std::string& title, auto&& cell) {
    table[0].push_back(title);
    for (std::size_t i = 0; i < methods.size(); ++i) table[i + 1].push_back(cell(methods[i]));
  };
  add("method", [](const MethodRuns& method) { return method.method; });
  for (const Column& column : columns()) {
    if (!is_shown(column.shown, is_short)) continue;
    if (column.title == purity_title && !has_purity) continue;
    add(std::string(column.title), [&](const MethodRuns& method) {
      return show(intervals.of(values_of(method, column.measure)), column.form);
    });
    if (!is_shown(column.compared, is_short) || baseline == methods.end()) continue;
    add("less " + std::string(baseline_method), [&](const MethodRuns& method) -> std::string {
      if (method.method == baseline_method) return "";
      Form form = column.form;
      form.has_sign = true;
      const auto apart = differences(method, *baseline, column.measure);
      return apart.empty() ? "" : show(intervals.of(apart), form);
    });
  }
  if (!is_short) {
    add("runs", [](const MethodRuns& method) { return std::to_string(method.runs.size()); });
    add("seconds",
        [](const MethodRuns& method) { return kit::format("%.0f", mean_seconds(method)); });
  }
  add("collapsed", collapsed);
  return table;
}

}  // namespace

std::string comparison_csv(const std::vector<RunResult>& results) {
  std::string text =
      "method,seed,accuracy,levenshtein,nll_nats,rate_nats,elbo_nats,active_units,"
      "accuracy_z_permuted,lemma_purity,seconds,collapsed\n";
  for (const RunResult& run : results) {
    text.append(run.method).append(",").append(std::to_string(run.seed));
    for (const Measure measure : {accuracy, levenshtein, nll, rate, elbo, active_units, permuted}) {
      text.append(",").append(kit::show_number(mean(measure(run))));
    }
    text.append(",").append(run.lemma_purity ? kit::show_number(*run.lemma_purity) : "");
    text.append(kit::format(",%.3f,%s\n", run.seconds, run.has_collapsed() ? "yes" : "no"));
  }
  return text;
}

std::vector<Cells> comparison_cells(const std::vector<RunResult>& results) {
  return cells_of(results, /*is_short=*/false);
}

std::string comparison_markdown(const std::vector<RunResult>& results) {
  std::string text;
  std::size_t line = 0;
  for (const Cells& row : comparison_cells(results)) {
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

std::string comparison_text(const std::vector<RunResult>& results) {
  const std::vector<Cells> table = cells_of(results, /*is_short=*/true);
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

}  // namespace reinflection
