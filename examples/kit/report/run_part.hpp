// What a report says of one run. A program hands over figures and words as plain data.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/team.hpp>
#include <vaecollapse/core/view.hpp>
#include <vaecollapse/diagnose/diagnosis.hpp>
#include <vaecollapse/diagnose/groupings.hpp>

#include "kit/report/epochs.hpp"

namespace kit {

/// A row that the model gets wrong.
struct ErrorRow {
  long line = 0;
  std::string source, tags;
  std::u32string right, guess;
};

/// What the model decodes on the way between two words.
struct InterpolatedWord {
  double t = 0;  ///< 0 at the first word, 1 at the second
  std::string word;
  double log_probability = 0;  ///< \unit nats
};
struct InterpolatedWords {
  std::string from, to, tags;
  std::vector<InterpolatedWord> points;
};

/// What it decodes from z of the prior.
struct SampledWords {
  std::string tags;
  std::vector<std::string> words;
};

/// How the decoder weighs the tags before each symbol.
struct AttendedTags {
  std::string source;
  std::vector<std::string> tags, symbols;
  std::vector<std::vector<float>> weights;  ///< of all tags, for each symbol
};

/// How the decoder weighs the places of z before each symbol.
struct AttendedPlaces {
  std::string source;
  std::vector<std::string> places, symbols;
  std::vector<std::vector<float>> weights;  ///< of all places, for each symbol
};

/// The words of the latent maps, which are those of `points_part`. What is of no use to a program
/// stays empty.
struct RunOfReport {
  std::filesystem::path folder;
  std::string train_command;
  nlohmann::ordered_json config;
  EpochFigures epochs;
  vaecollapse::Diagnosis diagnosis;
  std::vector<float> codes;  ///< \shape [latent x points]
  std::vector<vaecollapse::Labelling> labellings;
  std::vector<std::string> predictions;  ///< for each point
  std::size_t rows = 0;                  ///< that `errors` are of
  std::vector<ErrorRow> errors;          ///< all of them
  std::vector<InterpolatedWords> interpolations;
  std::vector<SampledWords> samples;
  std::optional<std::vector<AttendedTags>> attention;          ///< none for a model without
  std::optional<std::vector<AttendedPlaces>> place_attention;  ///< none where z is one vector
};

/// The entry of `runs` in the data of a report, but for its name; see page.hpp.
/// \param points how many words the maps have, six at least \param team draws the maps
nlohmann::ordered_json run_part(RunOfReport run, vaecollapse::Index points,
                                vaecollapse::Team& team);

}  // namespace kit
