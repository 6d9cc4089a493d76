// metrics.jsonl: an epoch as one line of JSON, which holds every bit of its report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/train/report.hpp>

namespace vaecollapse::inline VAECOLLAPSE_ABI {

namespace detail {

/// Calls `visit(key, number)` for each figure of an epoch, which may be const.
template <class Epoch, class Visit>
void for_each_figure(Epoch& epoch, Visit&& visit) {
  visit("epoch", epoch.epoch);
  visit("step", epoch.step);
  visit("seconds", epoch.seconds);
  visit("examples_per_second", epoch.examples_per_second);
  visit("train_nll_nats", epoch.train_nll);
  visit("train_rate_nats", epoch.train_rate);
  visit("dev_nll_nats", epoch.dev_nll);
  visit("dev_rate_nats", epoch.dev_rate);
  visit("dev_elbo_nats", epoch.dev_elbo);
  visit("dev_accuracy", epoch.dev_accuracy);
  visit("dev_levenshtein", epoch.dev_levenshtein);
  visit("kl_weight", epoch.kl_weight);
  visit("multiplier", epoch.multiplier);
  visit("train_auxiliary_nats", epoch.train_auxiliary);
  visit("kl_per_dimension", epoch.kl_per_dimension);
  visit("rate_slope_nats_per_epoch", epoch.signs.rate_slope);
  visit("gradient_ratio", epoch.signs.gradient_ratio);
  visit("permutation_gap_nats", epoch.signs.permutation_gap);
  visit("amortisation_gap_nats", epoch.signs.amortisation_gap);
  visit("warnings", epoch.signs.warnings);
  visit("gradient_norm", epoch.gradient_norm);
  visit("gradient_norm_max", epoch.gradient_norm_max);
  visit("loss_spikes", epoch.loss_spikes);
  visit("best", epoch.best);
}

/// The same for the criterion, of which nothing is written where it is the usual one.
template <class Epoch, class Visit>
void for_criterion(Epoch& epoch, Visit&& visit) {
  visit("criterion", epoch.criterion);
  visit("criterion_value", epoch.criterion_value);
}

/// From JSON, which has no word for what is not finite but null.
struct FigureReader {
  const nlohmann::ordered_json& object;

  void operator()(const char* key, bool& value) const { object.at(key).get_to(value); }
  void operator()(const char* key, std::uint64_t& value) const { object.at(key).get_to(value); }
  void operator()(const char* key, double& value) const { value = number(object.at(key)); }
  void operator()(const char* key, std::optional<double>& value) const {
    value.reset();
    if (!object.at(key).is_null()) value = number(object.at(key));
  }
  void operator()(const char* key, std::vector<std::string>& texts) const {
    object.at(key).get_to(texts);
  }
  void operator()(const char* key, std::string& text) const { object.at(key).get_to(text); }
  void operator()(const char* key, std::vector<double>& values) const {
    values.clear();
    for (const auto& one : object.at(key)) values.push_back(number(one));
  }

  static double number(const nlohmann::ordered_json& json) {
    return json.is_null() ? not_a_number<double>() : json.get<double>();
  }
};

/// To JSON, in the order of the figures.
struct FigureWriter {
  using Json = nlohmann::ordered_json;
  Json& object;

  template <class T>
  void operator()(const char* key, const T& value) const {
    object[key] = value;
  }
  void operator()(const char* key, const double& value) const {
    object[key] = is_finite(value) ? Json(value) : Json();
  }
  void operator()(const char* key, const std::optional<double>& value) const {
    object[key] = value ? Json(*value) : Json();
  }
};

}  // namespace detail

/// One object in a line, with its end. Numbers read back as the same bits; what is not known or not
/// finite is null.
inline std::string epoch_to_json(const EpochReport& epoch) {
  auto object = nlohmann::ordered_json::object();
  detail::for_each_figure(epoch, detail::FigureWriter{object});
  if (!epoch.has_usual_criterion()) detail::for_criterion(epoch, detail::FigureWriter{object});
  return object.dump() + "\n";
}

/// `file` names the source in errors. \throws InputError for what `epoch_to_json` does not write
inline EpochReport epoch_from_json(std::string_view file, std::string_view line) {
  EpochReport epoch;
  try {
    const auto object = nlohmann::ordered_json::parse(line);
    detail::for_each_figure(epoch, detail::FigureReader{object});
    epoch.criterion_value = epoch.dev_accuracy;
    if (object.contains("criterion")) {
      detail::for_criterion(epoch, detail::FigureReader{object});
    }
  } catch (const nlohmann::ordered_json::exception&) {
    raise(InputError(file, 0, "an ill-formed epoch in the metrics",
                     "an object with every figure of an epoch"));
  }
  return epoch;
}

/// The whole file.
inline std::string metrics_json_lines(const std::vector<EpochReport>& epochs) {
  std::string text;
  for (const EpochReport& epoch : epochs) text += epoch_to_json(epoch);
  return text;
}

}  // namespace vaecollapse::inline VAECOLLAPSE_ABI
