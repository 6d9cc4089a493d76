// `reinflect evaluate`: the scores of a model on a file with answers.
#pragma once

#include <cstdint>
#include <string>

#include <vaecollapse/tasks/reinflection/scores.hpp>

#include "row_format.hpp"
#include "trained_model.hpp"

namespace reinflection {

struct EvaluateArguments {
  std::string model;
  std::string data;
  GivenFormat format;
  vaecollapse::reinflection::Scoring scoring = vaecollapse::reinflection::Scoring::per_row;
  Search search;
  bool permute_z = false;
  bool json = false;
  std::uint64_t threads = 0;
};

struct Evaluation {
  vaecollapse::reinflection::Scores scores;
  vaecollapse::ElboTerms elbo;
};

/// The evaluation as a JSON object, or as lines to read.
std::string to_json(const Evaluation& evaluation);
std::string to_text(const Evaluation& evaluation);

/// \return the program's exit status \throws Error
int evaluate_command(const EvaluateArguments& arguments);

}  // namespace reinflection
