// What a report says of the comparisons of this program.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compare/scores.hpp"

namespace reinflection {

/// Who did not use z, and the best run, in a sentence. \pre there are results
std::string sentence_of(const std::vector<RunResult>& results);

/// An entry of `comparisons` in the data of a report. \throws InputError
nlohmann::ordered_json comparison_part(const std::filesystem::path& folder);

}  // namespace reinflection
