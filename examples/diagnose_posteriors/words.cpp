#include "words.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <optional>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/metrics/verdict.hpp>

#include "kit/diagnosis_text.hpp"
#include "kit/report/sentence.hpp"

namespace posteriors {

namespace {

using Json = nlohmann::ordered_json;
using vaecollapse::Estimate;
using vaecollapse::formatted;
using vaecollapse::Health;
using vaecollapse::MaybeEstimate;
using vaecollapse::PosteriorDiagnosis;
using vaecollapse::with_article;

/// A zero has no sign.
double plain(double value) { return value == 0 ? 0 : value; }

bool is_known(const MaybeEstimate& own, const MaybeEstimate& change) { return own && change; }

/// What decides the verdict, in words; with what is unknown, why.
std::string reason(const PosteriorDiagnosis& found, const std::string& row) {
  const bool is_in_length =
      found.permuted_in_length.nll_rise || found.permuted_in_length.accuracy_fall;
  const auto& [nll_rise, accuracy_fall, distance_rise] =
      is_in_length ? found.permuted_in_length : found.permuted;
  const std::string a_row = with_article(row);
  const std::string other_row = row + (is_in_length ? " of as many places" : "");
  const char* of = other_row.c_str();
  const bool is_unknown = found.verdict.health == Health::unknown;
  if (is_unknown && nll_rise) {
    return formatted(
        "with the z of another %s the NLL changes by %+.2f +- %.2f nats, which so few "
        "%ss do not show for certain",
        of, nll_rise->value, nll_rise->standard_error, row.c_str());
  }
  if (is_unknown) {
    return found.rate ? formatted(
                            "it holds %.2f nats %s, and only nll and nll_permuted show whether the "
                            "decoder reads them",
                            found.rate->value, a_row.c_str())
                      : "neither its rate nor what another z costs is known";
  }
  if (is_known(found.nll, nll_rise)) {
    const double own = found.nll->value, other = own + nll_rise->value;
    const bool rises = found.verdict.uses_z.value_or(false);
    return rises ? formatted("with the z of another %s the NLL rises from %.2f to %.2f nats %s", of,
                             own, other, a_row.c_str())
                 : formatted("with the z of another %s the NLL is %.2f nats, with its own %.2f", of,
                             other, own);
  }
  if (found.accuracy && accuracy_fall) {
    return formatted("with the z of another %s accuracy is %.1f %%, with its own %.1f %%", of,
                     100 * (found.accuracy->value - accuracy_fall->value),
                     100 * found.accuracy->value);
  }
  return formatted("the rate is %.2f nats %s", found.rate ? found.rate->value : 0.0, a_row.c_str());
}

std::string sentence(const Findings& findings) {
  return kit::use_of(findings.diagnosis.verdict) + ": " + reason(findings.diagnosis, findings.row) +
         ".";
}

void add_estimate(std::string& text, const char* name, const MaybeEstimate& estimate,
                  const std::string& unit = "") {
  if (!estimate) return;
  text += formatted("%-22s  %.3f +- %.3f%s\n", name, plain(estimate->value),
                    estimate->standard_error, unit.c_str());
}

void add_figures(std::string& text, const PosteriorDiagnosis& found, const std::string& row) {
  text += formatted("\n%-22s  %lld\n", "rows", static_cast<long long>(found.rows));
  add_estimate(text, "rate (KL)", found.rate, " nats " + with_article(row));
  add_estimate(text, "NLL", found.nll, " nats " + with_article(row));
  if (found.rate && found.nll) {
    text += formatted("%-22s  %.3f\n", "ELBO", -found.rate->value - found.nll->value);
  }
  if (found.places) {
    if (found.places->length) {
      text += formatted("%-22s  %.3f\n", "  number of places", *found.places->length);
    }
    text +=
        formatted("%-22s  %.3f, %.3f for each of %.2f places\n", "  places",
                  found.places->of_places, found.places->per_place(), found.places->mean_places);
  }
  if (found.importance_weighted) {
    text += formatted(
        "%-22s  %.3f +- %.3f (%.1f effective of %lld)\n", "NLL by draws of z",
        found.importance_weighted->nll.value, found.importance_weighted->nll.standard_error,
        found.importance_weighted->effective_samples, static_cast<long long>(found.samples));
  }
  if (found.information) text += kit::to_text(*found.information);
  if (found.information && found.information_rows < found.rows) {
    text += formatted("%-22s  of %lld of the rows\n", "",
                      static_cast<long long>(found.information_rows));
  }
  add_estimate(text, "KL(q(z) || p(z))", found.marginal_kl);
  if (found.active_units) {
    text += formatted("%-22s  %lld of %lld (variance of means > 0.01)\n", "active units",
                      static_cast<long long>(*found.active_units),
                      static_cast<long long>(found.latent));
  }
}

/// The NLL and the accuracy, by the z that the decoder gets.
void add_ablations(std::string& text, const Findings& findings) {
  const PosteriorDiagnosis& found = findings.diagnosis;
  if (!found.nll && !found.accuracy) return;
  text += "\n                               NLL   accuracy\n";
  const auto add = [&](const std::string& name, std::optional<double> nll,
                       std::optional<double> accuracy) {
    if (!nll && !accuracy) return;
    text += formatted("%-22s  ", name.c_str());
    text += nll ? formatted("%10.3f", *nll) : formatted("%10s", "-");
    text += accuracy ? formatted("  %7.2f %%\n", 100 * *accuracy) : "\n";
  };
  const auto shifted = [](const MaybeEstimate& own, const MaybeEstimate& change, double sign) {
    return is_known(own, change) ? std::optional(own->value + sign * change->value) : std::nullopt;
  };
  const auto value = [](const MaybeEstimate& own) {
    return own ? std::optional(own->value) : std::nullopt;
  };
  add("z of the " + findings.row + " itself", value(found.nll), value(found.accuracy));
  add("z of another " + findings.row, shifted(found.nll, found.permuted.nll_rise, 1),
      shifted(found.accuracy, found.permuted.accuracy_fall, -1));
  add("z of as many places", shifted(found.nll, found.permuted_in_length.nll_rise, 1),
      shifted(found.accuracy, found.permuted_in_length.accuracy_fall, -1));
  add("z from the prior", shifted(found.nll, found.prior_nll_rise, 1), std::nullopt);
}

/// The dimensions with most KL.
void add_dimensions(std::string& text, const PosteriorDiagnosis& found) {
  if (found.kl_per_dimension.empty()) return;
  constexpr std::size_t most = 10;
  std::vector<std::size_t> order(found.kl_per_dimension.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return found.kl_per_dimension[a].value > found.kl_per_dimension[b].value;
  });
  text += "\ndimensions with most KL\n  z      KL                  variance of means\n";
  double others = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Estimate& kl = found.kl_per_dimension[order[i]];
    if (i >= most) {
      others += kl.value;
      continue;
    }
    const std::string variance = found.variance_of_means.empty()
                                     ? "-"
                                     : formatted("%.4f", found.variance_of_means[order[i]]);
    text += formatted("%3zu %7.3f +- %-6.3f      %10s\n", order[i], plain(kl.value),
                      kl.standard_error, variance.c_str());
  }
  if (order.size() > most) {
    text += formatted("the other %zu together: %.3f\n", order.size() - most, plain(others));
  }
}

void add_absent(std::string& text, const Findings& findings) {
  if (!findings.absent.empty()) text += "\nnot in the file\n";
  for (const AbsentTensor& one : findings.absent) {
    text += formatted("  %-14s  %s\n", one.name.c_str(), one.shows.c_str());
  }
  if (findings.passed_over.empty()) return;
  text += "\nnot read:";
  for (const std::string& name : findings.passed_over) {
    text += (&name == &findings.passed_over.front() ? " " : ", ") + name;
  }
  text += "\n";
}

Json value_of(const MaybeEstimate& estimate) {
  return estimate ? Json(estimate->value) : Json(nullptr);
}

Json error_of(const MaybeEstimate& estimate) {
  return estimate ? Json(estimate->standard_error) : Json(nullptr);
}

template <class Number>
Json number_or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

/// A figure with another z.
Json changed(const MaybeEstimate& own, const MaybeEstimate& change, double sign) {
  return is_known(own, change) ? Json(own->value + sign * change->value) : Json(nullptr);
}

Json information_of(const PosteriorDiagnosis& found) {
  if (!found.information) return nullptr;
  Json object = kit::to_json(*found.information);
  object["rows"] = found.information_rows;
  return object;
}

/// The keys are those of `reinflect diagnose --json`.
Json places_of(const PosteriorDiagnosis& found) {
  if (!found.places) return nullptr;
  const vaecollapse::KlOfPlaces& kl = *found.places;
  const auto& [nll_rise, accuracy_fall, distance_rise] = found.permuted_in_length;
  return {{"rate_of_length_nats", number_or_null(kl.length)},
          {"rate_of_global_nats", nullptr},
          {"rate_of_places_nats", kl.of_places},
          {"places_per_row", kl.mean_places},
          {"nats_per_place", kl.per_place()},
          {"kl_per_place", kl.places},
          {"rows_per_place", kl.rows},
          {"rows_alone_in_length", found.alone},
          {"z_permuted_in_length",
           {{"nll_nats", changed(found.nll, nll_rise, 1)},
            {"nll_rise_nats", value_of(nll_rise)},
            {"nll_rise_standard_error", error_of(nll_rise)},
            {"accuracy", changed(found.accuracy, accuracy_fall, -1)}}}};
}

Json dimensions_of(const PosteriorDiagnosis& found, double Estimate::*member) {
  if (found.kl_per_dimension.empty()) return nullptr;
  Json all = Json::array();
  for (const Estimate& kl : found.kl_per_dimension) all.push_back(kl.*member);
  return all;
}

void add_figures(Json& object, const PosteriorDiagnosis& found) {
  const auto& weighted = found.importance_weighted;
  object.update({
      {"rows", found.rows},
      {"latent", found.latent},
      {"rate_nats", value_of(found.rate)},
      {"rate_standard_error", error_of(found.rate)},
      {"nll_nats", value_of(found.nll)},
      {"nll_standard_error", error_of(found.nll)},
      {"elbo_nats", is_known(found.rate, found.nll) ? Json(-found.rate->value - found.nll->value)
                                                    : Json(nullptr)},
      {"kl_per_dimension", dimensions_of(found, &Estimate::value)},
      {"kl_per_dimension_standard_errors", dimensions_of(found, &Estimate::standard_error)},
      {"variance_of_means",
       found.variance_of_means.empty() ? Json(nullptr) : Json(found.variance_of_means)},
      {"active_units", number_or_null(found.active_units)},
      {"active_units_rows_less_one", number_or_null(found.active_units_less_one)},
      {"mutual_information_nats", information_of(found)},
      {"marginal_kl_nats", value_of(found.marginal_kl)},
      {"marginal_kl_standard_error", error_of(found.marginal_kl)},
      {"iw_nll_nats", weighted ? Json(weighted->nll.value) : Json(nullptr)},
      {"iw_nll_standard_error", weighted ? Json(weighted->nll.standard_error) : Json(nullptr)},
      {"iw_samples", weighted ? Json(found.samples) : Json(nullptr)},
      {"iw_effective_samples", weighted ? Json(weighted->effective_samples) : Json(nullptr)},
      {"accuracy", value_of(found.accuracy)},
      {"accuracy_z_permuted", changed(found.accuracy, found.permuted.accuracy_fall, -1)},
      {"nll_z_permuted_nats", changed(found.nll, found.permuted.nll_rise, 1)},
      {"nll_z_permuted_rise_standard_error", error_of(found.permuted.nll_rise)},
      {"nll_z_prior_nats", changed(found.nll, found.prior_nll_rise, 1)},
      {"places", places_of(found)},
  });
}

}  // namespace

std::string advice(const PosteriorDiagnosis& found) {
  using vaecollapse::TaskProgress;
  const vaecollapse::Verdict& verdict = found.verdict;
  switch (verdict.health) {
    case Health::collapsed:
      return "hold the rate up (free bits over all dimensions together, or a weight of the KL that "
             "is steered to a rate) and weaken the decoder (word dropout, less of its history); an "
             "annealed weight of the KL alone delays a collapse, and often only that";
    case Health::rate_unused:
      return "weaken the decoder, so that it needs z (word dropout, less of its history), take "
             "away any other way from the input to it, and let z into every step; floors under "
             "each dimension are met by noise, so take one over all";
    case Health::only_length_used:
      return "hold the rate of the places up, and weaken the decoder (word dropout, less of its "
             "history), so that it needs more of z than the number of its places";
    case Health::unknown:
      return found.permuted.nll_rise || found.permuted_in_length.nll_rise
                 ? "store more rows"
                 : "store nll and nll_permuted of each row, too";
    default:
      break;
  }
  const bool is_unlearnt =
      verdict.task == TaskProgress::not_learnt || verdict.task == TaskProgress::partly_learnt;
  return is_unlearnt ? "z is in use, but the task is not learnt: train for longer, or let z hold "
                       "more"
                     : verdict.advice;
}

std::string text_of(const Findings& findings) {
  const PosteriorDiagnosis& found = findings.diagnosis;
  std::string text = sentence(findings) + "\n" + kit::to_text(found.verdict, found.warnings);
  add_figures(text, found, findings.row);
  add_ablations(text, findings);
  add_dimensions(text, found);
  add_absent(text, findings);
  return text;
}

Json json_of(const Findings& findings) {
  const vaecollapse::Verdict& verdict = findings.diagnosis.verdict;
  Json absent = Json::array();
  for (const AbsentTensor& one : findings.absent) {
    absent.push_back({{"tensor", one.name}, {"shows", one.shows}});
  }
  Json object = Json::object();
  add_figures(object, findings.diagnosis);
  object.update({{"sentence", sentence(findings)},
                 {"verdict", name_of(verdict.health)},
                 {"task", name_of(verdict.task)},
                 {"evidence", verdict.evidence},
                 {"missing", verdict.missing},
                 {"absent", absent},
                 {"not_read", findings.passed_over},
                 {"advice", verdict.advice},
                 {"warnings", findings.diagnosis.warnings}});
  return object;
}

}  // namespace posteriors
