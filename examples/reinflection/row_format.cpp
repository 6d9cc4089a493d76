#include "row_format.hpp"

#include <utility>
#include <vector>

#include <vaecollapse/core/check.hpp>

#include "kit/mistakes.hpp"

namespace reinflection {

namespace {

using vaecollapse::Error;
using vaecollapse::raise;
using vaecollapse::reinflection::RowFormat;
using vaecollapse::reinflection::Task;

constexpr const char* unimorph_columns = "source,target,tags";
constexpr char unimorph_separator = ';';

/// \throws Error with the fault of an option's value, if there is one
void require_none(const char* option, const std::string& fault) {
  if (!fault.empty()) raise(Error(std::string(option) + ": " + fault));
}

std::vector<vaecollapse::reinflection::NamedColumn> columns_from(const std::string& list) {
  require_none("--columns", fault_of_columns(list));
  std::vector<vaecollapse::reinflection::NamedColumn> columns;
  vaecollapse::reinflection::parse_columns(list, columns);
  return columns;
}

char separator_from(const std::string& text) {
  require_none("--tag-separator", fault_of_separator(text));
  return text.front();
}

void set_format(RowFormat& format, std::string_view name) {
  if (name == "unimorph") {
    format = {columns_from(unimorph_columns), {unimorph_separator, /*bare=*/true}};
  } else {
    format = Task::reinflection;
  }
}

/// Whoever names columns or a separator has tags that may be bare; the tasks have none such.
void set_given(RowFormat& format, const std::string& columns, const std::string& separator) {
  format.tags.bare = format.tags.bare || !columns.empty() || !separator.empty();
  kit::Mistakes mistakes;
  if (!columns.empty()) mistakes.keep([&] { format.columns = columns_from(columns); });
  if (!separator.empty()) {
    mistakes.keep([&] { format.tags.separator = separator_from(separator); });
  }
  mistakes.raise_if_any();
}

void set_task(RowFormat& format, std::uint64_t task) {
  format.columns = RowFormat(static_cast<Task>(task)).columns;
}

/// Whether the rows are those of one of the tasks.
bool is_task(const RowFormat& format) { return !format.tags.bare; }

}  // namespace

std::string fault_of_columns(const std::string& list) {
  std::vector<vaecollapse::reinflection::NamedColumn> columns;
  const auto fault = vaecollapse::reinflection::parse_columns(list, columns);
  return fault ? "found " + fault->found + ", expected " + fault->expected : "";
}

std::string fault_of_separator(const std::string& text) {
  if (text.size() == 1 && vaecollapse::reinflection::is_tag_separator(text.front())) return "";
  return "found '" + text +
         "', expected one character such as ; or |, but no letter, digit, bracket, quotation mark "
         "or =";
}

RowFormat row_format(const Settings& settings) {
  RowFormat format;
  set_format(format, settings.format);
  if (settings.format != "unimorph") set_task(format, settings.task);
  set_given(format, settings.columns, settings.tag_separator);
  return format;
}

RowFormat row_format(const Settings& settings, const GivenFormat& given) {
  RowFormat format = row_format(settings);
  if (!given.format.empty()) set_format(format, given.format);
  if (given.task != 0) set_task(format, given.task);
  set_given(format, given.columns, given.tag_separator);
  return format;
}

RowFormat latent_row_format(const Settings& settings, const GivenFormat& given) {
  RowFormat format = row_format(settings, given);
  return is_task(format) ? RowFormat(Task::inflection) : format;
}

std::string options_for(const vaecollapse::reinflection::LikelyFormat& likely,
                        const RowFormat& own) {
  // Columns and a separator that have been named win over a format, and stay until named again.
  const bool is_unimorph =
      likely.columns == unimorph_columns && likely.separator == unimorph_separator;
  if (is_unimorph && is_task(own)) return "--format unimorph";
  std::string options = "--columns " + likely.columns;
  const bool is_default = likely.separator == ',' && own.tags.separator == ',';
  if (likely.has_tags() && !is_default) {
    options += " --tag-separator '" + std::string(1, likely.separator) + "'";
  }
  return options;
}

}  // namespace reinflection
