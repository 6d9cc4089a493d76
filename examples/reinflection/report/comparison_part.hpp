// What a report says of a comparison, the folder that `reinflect compare` filled.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compare/scores.hpp"

namespace reinflection {

/// Who did not use z, and the best run, in a sentence. \pre there are results
std::string sentence_of(const std::vector<RunResult>& results);

/// An entry of `comparisons` in the data of a report; see page.hpp. The runs are those of
/// compare.csv. \throws InputError for a folder that has not all of them
nlohmann::ordered_json comparison_part(const std::filesystem::path& folder);

}  // namespace reinflection
