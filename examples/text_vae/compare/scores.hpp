// What `text_vae compare` measures of a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/evaluate/sentence_figures.hpp>
#include <vaecollapse/metrics/verdict.hpp>

#include "kit/compare/run_result.hpp"

namespace text_vae {

/// What is compared; of a model without z there is no more than its NLL.
struct Scores {
  vaecollapse::SentenceCosts costs{};
  double perplexity = 0;
  double perplexity_elbo = 0;
  double effective_samples = 0;         ///< of z, the mean over sentences
  std::optional<double> information{};  ///< the leave-in estimate \unit nats
  std::optional<double> information_upper{};
  std::optional<double> active_units{};

  Scores() = default;
  explicit Scores(const vaecollapse::SentenceFigures& figures);

  void write_figures(nlohmann::ordered_json& object) const;
  void read_figures(const nlohmann::ordered_json& object);
  void write_rows(nlohmann::ordered_json& object) const;
  bool read_rows(const nlohmann::ordered_json& object);

  bool has_z() const { return !costs.nll_permuted.empty(); }
  /// Of z; not known of a model without.
  vaecollapse::Verdict verdict() const;
  std::string verdict_name() const;
  /// By how much the NLL of each sentence rises with the z of another; empty without z.
  std::vector<double> rise() const;
  /// In the order of the measures.
  std::vector<std::vector<double>> values() const;
};

using RunResult = kit::RunResult<Scores>;

std::vector<kit::Measure> measures();

/// One run in a line, without its end.
std::string result_line(const RunResult& result);

}  // namespace text_vae
