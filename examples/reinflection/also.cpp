#include "also.hpp"

#include <vaecollapse/core/text.hpp>

namespace reinflection {

namespace {

using vaecollapse::reinflection::Task;

std::optional<AlsoFile> parse_also_file(std::string_view text) {
  const bool is_inflection = text.ends_with(":1");
  if (text.size() < 3 || (!is_inflection && !text.ends_with(":2"))) return std::nullopt;
  text.remove_suffix(2);
  if (text == "-") return std::nullopt;  // standard input can be read once, and others may want it
  return AlsoFile{std::string(text),
                  is_inflection ? Task::inflection : Task::labelled_reinflection};
}

}  // namespace

std::optional<std::vector<AlsoFile>> parse_also(std::string_view text) {
  std::vector<AlsoFile> files;
  if (text.empty()) return files;
  for (const std::string_view part : vaecollapse::split(text, ',')) {
    auto file = parse_also_file(part);
    if (!file) return std::nullopt;
    files.push_back(std::move(*file));
  }
  return files;
}

std::optional<std::string> read_also(std::string_view text) {
  return parse_also(text) ? std::optional(std::string(text)) : std::nullopt;
}

}  // namespace reinflection
