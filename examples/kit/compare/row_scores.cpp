#include "kit/compare/row_scores.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace kit {

namespace {

using vaecollapse::RowScores;
using Column = std::vector<double> RowScores::*;

/// By their names in the file.
constexpr std::array<std::pair<const char*, Column>, 10> columns{
    {{"right", &RowScores::right},
     {"distance", &RowScores::distance},
     {"right_permuted", &RowScores::right_permuted},
     {"distance_permuted", &RowScores::distance_permuted},
     {"nll", &RowScores::nll},
     {"rate", &RowScores::rate},
     {"nll_permuted", &RowScores::nll_permuted},
     {"places", &RowScores::places},
     {"length_rate", &RowScores::length_rate},
     {"nll_permuted_in_length", &RowScores::nll_permuted_in_length}}};

}  // namespace

void write_row_scores(nlohmann::ordered_json& rows, const RowScores& scores) {
  for (const auto& [name, column] : columns) {
    if (!(scores.*column).empty()) rows[name] = scores.*column;
  }
}

bool read_row_scores(const nlohmann::ordered_json& rows, RowScores& scores,
                     std::initializer_list<Column> needed) {
  std::size_t size = 0;
  for (const auto& [name, column] : columns) {
    if (!rows.contains(name)) continue;
    std::vector<double>& values = scores.*column;
    rows.at(name).get_to(values);
    size = std::max(size, values.size());
  }
  return size > 0 && std::all_of(columns.begin(), columns.end(), [&](const auto& one) {
           const std::size_t found = (scores.*one.second).size();
           const bool is_needed =
               std::find(needed.begin(), needed.end(), one.second) != needed.end();
           return found == size || (found == 0 && !is_needed);
         });
}

}  // namespace kit
