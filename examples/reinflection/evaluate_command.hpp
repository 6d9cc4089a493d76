// `reinflect evaluate`: the scores of a model on a file with answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vaecollapse/metrics/kl_of_places.hpp>
#include <vaecollapse/tasks/reinflection/scores.hpp>

#include "row_format.hpp"
#include "trained_model.hpp"

namespace reinflection {

struct EvaluateArguments {
  std::vector<std::string> models;  ///< several guess together
  std::string data;
  GivenFormat format;
  vaecollapse::reinflection::Scoring scoring = vaecollapse::reinflection::Scoring::per_row;
  kit::Search search;
  bool permute_z = false;
  bool json = false;
  std::uint64_t threads = 0;
};

struct Evaluation {
  vaecollapse::reinflection::Scores scores;  ///< from z = mu
  vaecollapse::ElboTerms elbo;
  /// The accuracy from one z drawn for each row: all that the decoder then knows of the source is
  /// sampled. Empty where each row has the z of another.
  std::optional<double> accuracy_drawn{};
  std::optional<vaecollapse::KlOfPlaces> places{};  ///< of a sequence of latents
  std::string_view track{};                         ///< of the model's training
  std::vector<std::string> members{};               ///< of an ensemble; a single model is not named
};

/// The evaluation as a JSON object, or as lines to read.
std::string to_json(const Evaluation& evaluation);
std::string to_text(const Evaluation& evaluation);

/// \return the program's exit status \throws Error
int evaluate_command(const EvaluateArguments& arguments);

}  // namespace reinflection
