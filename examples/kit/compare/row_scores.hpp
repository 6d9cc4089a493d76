// Scores of rows in a `result.json`.
#pragma once

#include <initializer_list>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/row_scores.hpp>

namespace kit {

/// Adds a key for each column that is known.
void write_row_scores(nlohmann::ordered_json& rows, const vaecollapse::RowScores& scores);

/// Reads the columns that are there. \throws nlohmann::json::exception for what is no numbers
/// \return whether all columns of `needed` are there, and all that are there are of one size, which
/// is not 0
bool read_row_scores(const nlohmann::ordered_json& rows, vaecollapse::RowScores& scores,
                     std::initializer_list<std::vector<double> vaecollapse::RowScores::*> needed);

}  // namespace kit
