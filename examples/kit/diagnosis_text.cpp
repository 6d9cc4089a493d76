#include "kit/diagnosis_text.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/text.hpp>

#include "kit/counted.hpp"
#include "kit/json_numbers.hpp"
#include "kit/places_text.hpp"
#include "kit/report/sentence.hpp"

namespace kit {

using Json = nlohmann::ordered_json;

namespace {

using vaecollapse::Ablation;
using vaecollapse::Diagnosis;
using vaecollapse::Estimate;
using vaecollapse::Grouping;
using vaecollapse::ImportanceWeightedNll;
using vaecollapse::MeansOnGrid;

template <class... Numbers>
void append(std::string& text, const char* format, Numbers... numbers) {
  if constexpr (sizeof...(numbers) == 0) {
    text += format;
  } else {
    char line[512];
    std::snprintf(line, sizeof line, format, numbers...);
    text += line;
  }
}

Json importance_of(const std::vector<Ablation>& zeroed) {
  Json all = Json::array();
  for (const Ablation& one : zeroed) {
    all.push_back({{"nll_rise_nats", one.nll_rise.value},
                   {"standard_error", one.nll_rise.standard_error},
                   {"accuracy_fall", one.accuracy_fall.value}});
  }
  return all;
}

Json groupings_part(const std::vector<Grouping>& groupings) {
  Json all = Json::array();
  for (const Grouping& one : groupings) {
    all.push_back({{"label", one.label},
                   {"values", one.values},
                   {"purity", one.purity},
                   {"purity_chance", one.purity_chance},
                   {"silhouette", one.silhouette ? Json(*one.silhouette) : Json()},
                   {"probe", one.probe},
                   {"probe_chance", one.probe_chance},
                   {"is_grouped", one.is_grouped()}});
  }
  return all;
}

void print_groupings(std::string& text, const std::vector<Grouping>& groupings) {
  if (groupings.empty()) return;
  text +=
      "\nwhat z groups (means of the posterior)\n"
      "                        neighbours alike (by chance)   guessed linearly (by chance)   "
      "silhouette\n";
  for (const Grouping& one : groupings) {
    const std::string name = one.label + ", " + counted(one.values, "value");
    append(text, "%-22s         %6.1f %%   (%5.1f %%)            %6.1f %%  (%5.1f %%)       ",
           name.c_str(), 100 * one.purity, 100 * one.purity_chance, 100 * one.probe,
           100 * one.probe_chance);
    one.silhouette ? append(text, "%+6.2f\n", *one.silhouette) : append(text, "%6s\n", "-");
  }
}

/// Whether a row is right or wrong: a sentence is neither.
bool has_answers(const Diagnosis& found) { return found.kind == vaecollapse::RowKind::answer; }

/// The dimensions whose loss costs most, with what each says.
void print_dimensions(std::string& text, const Diagnosis& found) {
  constexpr std::size_t most = 10;
  std::vector<std::size_t> order(found.zeroed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return found.zeroed[a].nll_rise.value > found.zeroed[b].nll_rise.value;
  });
  append(text, "dimensions that matter most (on %lld rows)\n  z      KL   NLL without%s\n",
         static_cast<long long>(found.probe_rows), has_answers(found) ? "  accuracy without" : "");
  const bool has_kl = found.kl_per_dimension.size() == found.zeroed.size();
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const std::size_t d = order[i];
    append(text, "%3zu ", d);
    has_kl ? append(text, "%7.3f", found.kl_per_dimension[d]) : append(text, "%7s", "-");
    append(text, "      %+8.3f", found.zeroed[d].nll_rise.value);
    if (has_answers(found)) {
      append(text, "       %+7.2f %%", 0.0 - 100 * found.zeroed[d].accuracy_fall.value);
    }
    text += "\n";
  }
}

/// A member of what may be missing.
template <class T, class Number>
Json of(const std::optional<T>& whole, Number T::*member) {
  return whole ? Json((*whole).*member) : Json(nullptr);
}

Json means_part(const std::optional<MeansOnGrid>& means) {
  if (!means) return nullptr;
  return {{"rows", means->rows},
          {"model", means->spread.model},
          {"encoder", means->spread.inference},
          {"apart", means->spread.gap},
          {"edge_mass", means->edge_mass},
          {"grid_too_coarse", means->is_too_coarse}};
}

std::string active_of_global(const Diagnosis& found) {
  if (!found.global) return "";
  return vaecollapse::formatted(" in places, %lld of %zu in the global z",
                                static_cast<long long>(found.global->active_units),
                                found.use_of_places->zeroed_global.size());
}

std::string row_of(const Diagnosis& found) { return std::string(name_of(found.kind)); }

void print_rate(std::string& text, const Diagnosis& found) {
  const auto& weighted = found.importance_weighted;
  append(text, "\nrows                    %lld\n", static_cast<long long>(found.rows));
  append(text, "ELBO                    %.3f nats a %s\n", found.elbo.elbo(),
         row_of(found).c_str());
  append(text, "  NLL                   %.3f\n  rate                  %.3f\n", found.elbo.nll,
         found.elbo.rate);
  if (found.places) text += rate_of_places(found);
  if (weighted) {
    append(text, "NLL by %-16s %.3f +- %.3f (%.1f effective), %.3f a symbol's perplexity\n",
           counted(static_cast<std::uint64_t>(weighted->samples), "sample").c_str(),
           weighted->nll.value, weighted->nll.standard_error, weighted->effective_samples,
           weighted->perplexity);
  }
  text += found.use_of_places ? information_in_use(found) : to_text(found.information);
  if (found.marginal_kl) {
    append(text, "KL(q(z) || p(z))        %.3f +- %.3f\n", found.marginal_kl->value,
           found.marginal_kl->standard_error);
  }
  append(text, "active units            %lld of %zu%s (variance of means > 0.01)\n",
         static_cast<long long>(found.active_units), found.zeroed.size(),
         active_of_global(found).c_str());
  if (found.places) text += kl_by_place(found);
}

/// What is right, and what it costs, by the z that the decoder gets.
void print_ablations(std::string& text, const Diagnosis& found) {
  if (found.use_of_places) {
    text += ablations_of_places(found);
    return;
  }
  append(text, "\n                        %s     NLL\n", has_answers(found) ? "accuracy  " : "");
  const auto row = [&](const char* name, double accuracy, double nll) {
    append(text, "%-22s  ", name);
    if (has_answers(found)) append(text, "%6.2f %%  ", 100 * accuracy);
    append(text, "%8.3f\n", nll);
  };
  row(has_answers(found) ? "z of the word itself" : "z of the sentence", found.accuracy,
      found.elbo.nll);
  row(("z of another " + row_of(found)).c_str(), found.accuracy_permuted(),
      found.elbo.nll + found.permuted.nll_rise.value);
  if (found.prior) row("z from the prior", *found.accuracy_prior(), *found.nll_prior());
}

void print_posteriors(std::string& text, const Diagnosis& found) {
  if (found.means) {
    const auto& [model, inference, gap] = found.means->spread;
    append(text,
           "\nmeans of posteriors     the model's %.3f, the encoder's %.3f, apart %.3f (root mean "
           "squares of %lld rows)\n",
           model, inference, gap, static_cast<long long>(found.means->rows));
  }
  text += "\n";
  if (found.posterior_gap) {
    append(text, "better posteriors would save   %.3f nats at no higher rate\n",
           *found.posterior_gap);
  }
  append(text, "the noise of z costs           %.3f nats\n", found.noise_cost);
  if (found.kl_price) {
    append(text,
           "price of the KL                %.3f nats of NLL that one nat of it more would save\n",
           *found.kl_price);
  }
  append(text,
         "a symbol's logits move by      %.3f for each unit that z moves (norm of dlogits/dz)\n",
         found.sensitivity);
}

}  // namespace

Json to_json(const vaecollapse::MutualInformation& information) {
  return {{"lower", information.lower.value},
          {"lower_standard_error", information.lower.standard_error},
          {"upper", information.upper.value},
          {"upper_standard_error", information.upper.standard_error},
          {"cap", information.cap}};
}

std::string to_text(const vaecollapse::MutualInformation& information) {
  std::string text;
  append(text, "mutual information      %.3f +- %.3f to %.3f +- %.3f (the lower: at most %.3f)\n",
         information.lower.value, information.lower.standard_error, information.upper.value,
         information.upper.standard_error, information.cap);
  return text;
}

std::string to_text(const vaecollapse::Verdict& verdict, const std::vector<std::string>& warnings) {
  std::string text = "verdict: " + std::string(name_of(verdict.health)) + "\n";
  text += "task: " + std::string(name_of(verdict.task)) + "\n";
  for (const std::string& line : verdict.evidence) text += "  " + line + "\n";
  text += "  what usually helps: " + verdict.advice + "\n";
  for (const std::string& line : warnings) text += "warning: " + line + "\n";
  return text;
}

std::string to_json(const Diagnosis& found, const std::vector<Grouping>& groupings) {
  const vaecollapse::Verdict& verdict = found.verdict;
  const auto& weighted = found.importance_weighted;
  const auto of_iw_nll = [&](double Estimate::*figure) {
    return weighted ? Json(weighted->nll.*figure) : Json();
  };
  const Json object{
      {"rows", found.rows},
      {"rate_nats", found.elbo.rate},
      {"nll_nats", found.elbo.nll},
      {"elbo_nats", found.elbo.elbo()},
      {"kl_per_dimension",
       found.kl_per_dimension.empty() ? Json(nullptr) : Json(found.kl_per_dimension)},
      {"active_units", found.active_units},
      {"active_units_rows_less_one", found.active_units_less_one},
      {"mutual_information_nats", to_json(found.information)},
      {"marginal_kl_nats", of(found.marginal_kl, &Estimate::value)},
      {"marginal_kl_standard_error", of(found.marginal_kl, &Estimate::standard_error)},
      {"iw_nll_nats", of_iw_nll(&Estimate::value)},
      {"iw_nll_standard_error", of_iw_nll(&Estimate::standard_error)},
      {"iw_perplexity", of(weighted, &ImportanceWeightedNll::perplexity)},
      {"iw_samples", of(weighted, &ImportanceWeightedNll::samples)},
      {"iw_effective_samples", of(weighted, &ImportanceWeightedNll::effective_samples)},
      {"accuracy", found.accuracy},
      {"accuracy_z_permuted", found.accuracy_permuted()},
      {"accuracy_z_prior", number_or_null(found.accuracy_prior())},
      {"nll_z_permuted_nats", found.elbo.nll + found.permuted.nll_rise.value},
      {"nll_z_prior_nats", number_or_null(found.nll_prior())},
      {"probe_rows", found.probe_rows},
      {"importance_per_dimension", importance_of(found.zeroed)},
      {"noise_cost_nats", found.noise_cost},
      {"posterior_gap_nats", number_or_null(found.posterior_gap)},
      {"kl_price", number_or_null(found.kl_price)},
      {"gradient_norms",
       {{"nll", number_or_null(found.nll_gradient)}, {"kl", number_or_null(found.kl_gradient)}}},
      {"decoder_sensitivity",
       {{"norm", found.sensitivity}, {"per_dimension", found.sensitivity_per_dimension}}},
      {"posterior_means", means_part(found.means)},
      {"places", places_part(found)},
      {"groupings", groupings_part(groupings)},
      {"sentence", sentence_of(found, groupings)},
      {"verdict", name_of(verdict.health)},
      {"task", name_of(verdict.task)},
      {"accuracy_of_copies", number_or_null(found.baseline.accuracy)},
      {"evidence", verdict.evidence},
      {"missing", verdict.missing},
      {"left_out", found.left_out},
      {"advice", verdict.advice},
      {"warnings", warnings(found)}};
  return object.dump(2) + "\n";
}

std::string to_text(const Diagnosis& found, const std::vector<Grouping>& groupings) {
  std::string text = sentence_of(found, groupings) + "\n";
  text += to_text(found.verdict, warnings(found));
  print_rate(text, found);
  print_ablations(text, found);
  text += "\n";
  print_dimensions(text, found);
  text += global_dimensions(found);
  print_posteriors(text, found);
  for (const std::string& line : found.left_out) text += "left out: " + line + "\n";
  print_groupings(text, groupings);
  return text;
}

int status_of(const vaecollapse::Verdict& verdict) {
  if (verdict.has_collapsed()) return 3;
  return verdict.health == vaecollapse::Health::healthy ? 0 : 4;
}

}  // namespace kit
