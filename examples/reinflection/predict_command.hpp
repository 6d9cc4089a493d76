// `reinflect predict`: forms for rows that come from a file or standard input, as TSV on standard
// output. Rows are read, guessed and written a few at a time, so memory does not grow with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kit/search.hpp"
#include "row_format.hpp"

namespace reinflection {

struct PredictArguments {
  std::vector<std::string> models;  ///< several guess together
  std::string input;                ///< `-`: standard input
  GivenFormat format;
  kit::Search search;
  bool scores = false;  ///< adds a column: log p of the guess, in nats
  std::uint64_t threads = 0;
};

/// \return the program's exit status \throws Error
int predict_command(const PredictArguments& arguments);

}  // namespace reinflection
