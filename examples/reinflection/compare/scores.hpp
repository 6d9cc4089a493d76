// What `reinflect compare` measures of a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/diagnose/row_scores.hpp>
#include <vaecollapse/metrics/verdict.hpp>
#include <vaecollapse/tasks/reinflection/rows.hpp>

#include "kit/compare/run_result.hpp"
#include "latent_space.hpp"
#include "trained_model.hpp"

namespace reinflection {

class Ensemble;

struct Scores {
  vaecollapse::RowScores rows;  ///< of the dev rows; older programs kept no NLL with another z
  double active_units = 0;
  std::optional<double> lemma_purity{};  ///< empty: without --latent-data

  void write_figures(nlohmann::ordered_json& object) const;
  void read_figures(const nlohmann::ordered_json& object);
  void write_rows(nlohmann::ordered_json& object) const;
  bool read_rows(const nlohmann::ordered_json& object);

  /// By the figures that there are of the rows.
  vaecollapse::Verdict verdict() const { return rows.verdict(); }
  /// In the order of the measures.
  std::vector<std::vector<double>> values() const;
};

using RunResult = kit::RunResult<Scores>;

/// \param latent forms, by which lemma purity is measured; empty: none were given
Scores score(TrainedModel& model, const std::vector<vaecollapse::reinflection::Example>& dev,
             const LabelledWords& latent);

/// The same of models that guess together; the active units are those of all of them.
Scores score(Ensemble& models, const std::vector<vaecollapse::reinflection::Example>& dev);

std::vector<kit::Measure> measures();

/// One run in a line, without its end.
std::string result_line(const RunResult& result);

}  // namespace reinflection
