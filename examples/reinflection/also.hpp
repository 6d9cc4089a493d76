// `--also`: files with rows of the other tasks, to train on beside those of `--train`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/tasks/reinflection/columns.hpp>

namespace reinflection {

struct AlsoFile {
  std::string file;
  vaecollapse::reinflection::Task task{};
};

inline constexpr std::string_view also_expected =
    "FILE:1 or FILE:2 by the task of its rows, or several of them with commas between";

/// The files of a list; nothing for what `also_expected` does not name.
std::optional<std::vector<AlsoFile>> parse_also(std::string_view text);

/// The text itself, where it is such a list or empty.
std::optional<std::string> read_also(std::string_view text);

}  // namespace reinflection
