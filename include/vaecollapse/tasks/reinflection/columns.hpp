// Which columns the rows of a file have, and how their tags are written.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/tasks/reinflection/msd.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection {

/// The columns of the tasks of SIGMORPHON 2016. Counting them cannot tell: three may be task 1,
/// task 3, or task 2 without its answers; so the caller names the task.
enum class Task {
  inflection = 1,             ///< task 1: lemma, MSD, form
  labelled_reinflection = 2,  ///< task 2: source MSD, source, MSD, form
  reinflection = 3,           ///< task 3: source, MSD, form
};

/// Whether the column of answers, the target, may be missing, as it is in the `-covered` files.
enum class Answers { required, optional };

/// What a column holds.
enum class Column {
  source,       ///< the lemma or the given form
  tags,         ///< what to inflect for
  target,       ///< the form
  source_tags,  ///< of the given form: checked, and no more used
  skipped,      ///< anything
};

/// A column, and what messages call it.
struct NamedColumn {
  Column kind = Column::skipped;
  std::string_view name;

  friend bool operator==(const NamedColumn&, const NamedColumn&) = default;
};

/// The names by which columns are asked for, `source,tags,-,target`.
inline constexpr std::array column_names{
    NamedColumn{Column::source, "source"}, NamedColumn{Column::tags, "tags"},
    NamedColumn{Column::target, "target"}, NamedColumn{Column::source_tags, "source_tags"},
    NamedColumn{Column::skipped, "-"},
};

/// The columns of a row from left to right, and the syntax of its tags.
struct RowFormat {
  std::vector<NamedColumn> columns;
  TagSyntax tags;

  /// A task of SIGMORPHON 2016, whose tags are key=value with commas between.
  RowFormat(Task task = Task::reinflection) {
    switch (task) {
      case Task::inflection:
        columns = {{Column::source, "lemma"}, {Column::tags, "MSD"}, {Column::target, "form"}};
        return;
      case Task::labelled_reinflection:
        columns = {{Column::source_tags, "source MSD"}};
        break;
      case Task::reinflection:
        break;
    }
    columns.insert(columns.end(),
                   {{Column::source, "source"}, {Column::tags, "MSD"}, {Column::target, "form"}});
  }
  RowFormat(std::vector<NamedColumn> named, const TagSyntax& syntax)
      : columns(std::move(named)), tags(syntax) {}

  bool has(Column kind) const {
    return std::any_of(columns.begin(), columns.end(),
                       [&](const NamedColumn& column) { return column.kind == kind; });
  }
  /// The same without the target.
  RowFormat covered() const {
    RowFormat rest = *this;
    std::erase_if(rest.columns,
                  [](const NamedColumn& column) { return column.kind == Column::target; });
    return rest;
  }

  friend bool operator==(const RowFormat&, const RowFormat&) = default;
};

/// What is wrong with a list of columns, in the words of an `InputError`.
struct ColumnsFault {
  std::string found;
  std::string expected;
};

/// Reads `source,tags,-,target` into `columns`; returns the first fault, if there is one. There
/// must be a source, and only `-` may come twice.
inline std::optional<ColumnsFault> parse_columns(std::string_view list,
                                                 std::vector<NamedColumn>& columns) {
  const std::string expected =
      "source, target, tags, source_tags, each once at most and the source always, and - for a "
      "column to skip, with commas between";
  columns.clear();
  for (const std::string_view name : split(list, ',')) {
    const auto known = std::find_if(column_names.begin(), column_names.end(),
                                    [&](const NamedColumn& column) { return column.name == name; });
    if (known == column_names.end()) {
      return ColumnsFault{"the column " + detail::quoted(name), expected};
    }
    if (known->kind != Column::skipped &&
        std::find(columns.begin(), columns.end(), *known) != columns.end()) {
      return ColumnsFault{"the column " + detail::quoted(name) + " twice", expected};
    }
    columns.push_back(*known);
  }
  if (std::find(columns.begin(), columns.end(), column_names.front()) == columns.end()) {
    return ColumnsFault{"no source in " + detail::quoted(list), expected};
  }
  return std::nullopt;
}

/// Whether a character may stand between tags: one that is printed, and no letter, digit, bracket
/// or `=`, of which tags are made.
inline bool is_tag_separator(char one) {
  const bool is_word =
      (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z');
  return one >= ' ' && one <= '~' && !is_word &&
         std::string_view("(){}=\"").find(one) == std::string_view::npos;
}

/// `3 (source, MSD, form) separated by tabs`, or `2 or 3 (...)` where the target may be missing.
inline std::string describe_columns(const RowFormat& format, Answers answers) {
  const std::size_t count = format.columns.size();
  std::string text = std::to_string(count);
  if (answers == Answers::optional && format.has(Column::target)) {
    text = std::to_string(count - 1) + " or " + text;
  }
  text += " (";
  for (std::size_t i = 0; i < count; ++i) {
    text.append(i > 0 ? ", " : "").append(format.columns[i].name);
  }
  return text + ") separated by tabs";
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI::reinflection
