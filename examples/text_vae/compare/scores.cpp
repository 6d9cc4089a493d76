#include "text_vae/compare/scores.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/diagnose/row_scores.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>

#include "kit/json_numbers.hpp"
#include "kit/terminal.hpp"

namespace text_vae {

namespace {

using kit::Where;
using vaecollapse::SentenceCosts;
using Column = std::vector<double> SentenceCosts::*;

/// By their names in the file.
constexpr std::array<std::pair<const char*, Column>, 4> cost_columns{
    {{"nll", &SentenceCosts::nll},
     {"rate", &SentenceCosts::rate},
     {"iw_nll", &SentenceCosts::iw_nll},
     {"nll_permuted", &SentenceCosts::nll_permuted}}};

std::optional<double> number_in(const nlohmann::ordered_json& object, const char* key) {
  const auto& number = object.at(key);
  return number.is_null() ? std::nullopt : std::optional(number.get<double>());
}

std::vector<double> one_or_none(const std::optional<double>& number) {
  return number ? std::vector<double>{*number} : std::vector<double>();
}

}  // namespace

Scores::Scores(const vaecollapse::SentenceFigures& figures)
    : costs(figures.costs),
      perplexity(figures.perplexity()),
      perplexity_elbo(figures.perplexity_elbo()),
      effective_samples(figures.effective_samples) {
  if (figures.information) {
    information = figures.information->lower.value;
    information_upper = figures.information->upper.value;
  }
  if (figures.active_units) active_units = static_cast<double>(*figures.active_units);
}

void Scores::write_figures(nlohmann::ordered_json& object) const {
  object["perplexity"] = perplexity;
  object["perplexity_elbo"] = perplexity_elbo;
  object["effective_samples"] = effective_samples;
  object["mutual_information"] = kit::number_or_null(information);
  object["mutual_information_upper"] = kit::number_or_null(information_upper);
  object["active_units"] = kit::number_or_null(active_units);
}

void Scores::read_figures(const nlohmann::ordered_json& object) {
  object.at("perplexity").get_to(perplexity);
  object.at("perplexity_elbo").get_to(perplexity_elbo);
  object.at("effective_samples").get_to(effective_samples);
  information = number_in(object, "mutual_information");
  information_upper = number_in(object, "mutual_information_upper");
  active_units = number_in(object, "active_units");
}

void Scores::write_rows(nlohmann::ordered_json& object) const {
  for (const auto& [name, column] : cost_columns) object[name] = costs.*column;
}

bool Scores::read_rows(const nlohmann::ordered_json& object) {
  for (const auto& [name, column] : cost_columns) object.at(name).get_to(costs.*column);
  const std::size_t size = costs.nll.size();
  return size > 0 && costs.rate.size() == size && costs.iw_nll.size() == size &&
         (costs.nll_permuted.size() == size || !has_z());
}

vaecollapse::Verdict Scores::verdict() const {
  if (!has_z()) return {};
  vaecollapse::RowScores rows;
  rows.nll = costs.nll;
  rows.rate = costs.rate;
  rows.nll_permuted = costs.nll_permuted;
  return rows.verdict(vaecollapse::RowKind::sentence);
}

std::string Scores::verdict_name() const {
  return has_z() ? std::string(name_of(verdict().health)) : "no z";
}

std::vector<double> Scores::rise() const {
  std::vector<double> rise = costs.nll_permuted;
  for (std::size_t i = 0; i < rise.size(); ++i) rise[i] -= costs.nll[i];
  return rise;
}

std::vector<std::vector<double>> Scores::values() const {
  std::vector<double> elbo;
  for (std::size_t i = 0; i < costs.nll.size(); ++i) elbo.push_back(-costs.nll[i] - costs.rate[i]);
  return {costs.iw_nll,
          {perplexity},
          std::move(elbo),
          has_z() ? costs.rate : std::vector<double>(),
          one_or_none(information),
          one_or_none(information_upper),
          one_or_none(active_units),
          rise(),
          {perplexity_elbo},
          has_z() ? std::vector<double>{effective_samples} : std::vector<double>()};
}

std::vector<kit::Measure> measures() {
  return {
      {"IW-NLL, nats", "iw_nll_nats", {}, Where::in_file, Where::in_file},
      {"perplexity", "perplexity", {}, Where::everywhere, Where::in_file},
      {"ELBO, nats", "elbo_nats", {}, Where::in_file, Where::nowhere},
      {"KL, nats", "rate_nats", {}, Where::everywhere, Where::nowhere},
      {"MI, nats", "mutual_information_nats", {}, Where::everywhere, Where::nowhere},
      {"MI at most", "mutual_information_upper_nats", {}, Where::in_file, Where::nowhere},
      {"active units", "active_units", {.digits = 1}, Where::in_file, Where::nowhere},
      {"z permuted, nats",
       "nll_rise_z_permuted_nats",
       {.has_sign = true},
       Where::everywhere,
       Where::nowhere},
      {"perplexity by the ELBO", "perplexity_elbo", {}, Where::in_file, Where::nowhere},
      {"effective samples", "effective_samples", {.digits = 1}, Where::in_file, Where::nowhere}};
}

std::string result_line(const RunResult& result) {
  const Scores& scores = result.scores;
  std::string line =
      result.method +
      vaecollapse::formatted(", seed %llu", static_cast<unsigned long long>(result.seed)) +
      vaecollapse::formatted(": NLL %.2f, perplexity %.2f", kit::mean(scores.costs.iw_nll),
                             scores.perplexity);
  if (scores.has_z()) {
    line += vaecollapse::formatted(", KL %.2f, MI %.2f, z permuted %+.2f, ",
                                   kit::mean(scores.costs.rate), scores.information.value_or(0),
                                   kit::mean(scores.rise())) +
            scores.verdict_name();
  }
  return line + ", in " + kit::show_duration(result.seconds);
}

}  // namespace text_vae
