#include "kit/places_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <vaecollapse/core/text.hpp>
#include <vaecollapse/diagnose/use_of_places.hpp>
#include <vaecollapse/metrics/kl_of_places.hpp>

#include "kit/counted.hpp"
#include "kit/json_numbers.hpp"

namespace kit {

using Json = nlohmann::ordered_json;

namespace {

using vaecollapse::Ablation;
using vaecollapse::Diagnosis;
using vaecollapse::formatted;
using vaecollapse::KlOfPlaces;
using vaecollapse::UseOfPlaces;

/// The figures after a change.
Json changed(const Diagnosis& found, const std::optional<Ablation>& change) {
  if (!change) return nullptr;
  return {{"nll_nats", found.elbo.nll + change->nll_rise.value},
          {"nll_rise_nats", change->nll_rise.value},
          {"nll_rise_standard_error", change->nll_rise.standard_error},
          {"accuracy", found.accuracy - change->accuracy_fall.value}};
}

Json global_part(const Diagnosis& found, const UseOfPlaces& use) {
  if (!found.global) return nullptr;
  Json importance = Json::array();
  for (const Ablation& one : use.zeroed_global) {
    importance.push_back({{"nll_rise_nats", one.nll_rise.value},
                          {"standard_error", one.nll_rise.standard_error},
                          {"accuracy_fall", one.accuracy_fall.value}});
  }
  return {{"rate_nats", number_or_null(found.places->global)},
          {"kl_per_dimension", found.global->kl_per_dimension.empty()
                                   ? Json(nullptr)
                                   : Json(found.global->kl_per_dimension)},
          {"active_units", found.global->active_units},
          {"importance_per_dimension", std::move(importance)},
          {"sensitivity_per_dimension", use.global_sensitivity},
          {"z_permuted", changed(found, use.global_permuted)},
          {"places_permuted", changed(found, use.places_permuted)}};
}

/// Numbers, so many a line, each line with the places that it is of.
std::string numbered(const std::vector<double>& numbers) {
  constexpr std::size_t in_line = 8;
  std::string text;
  for (std::size_t first = 0; first < numbers.size(); first += in_line) {
    const std::size_t last = std::min(first + in_line, numbers.size());
    text += formatted("  %3zu .. %-3zu ", first + 1, last);
    for (std::size_t i = first; i < last; ++i) text += formatted(" %7.2f", numbers[i]);
    text += "\n";
  }
  return text;
}

std::string ablation_row(const char* name, double accuracy, double nll) {
  return formatted("%-40s  %6.2f %%  %8.3f\n", name, 100 * accuracy, nll);
}

}  // namespace

Json places_part(const Diagnosis& found) {
  if (!found.places || !found.use_of_places) return nullptr;
  const KlOfPlaces& kl = *found.places;
  const UseOfPlaces& use = *found.use_of_places;
  return {{"rate_of_length_nats", number_or_null(kl.length)},
          {"rate_of_global_nats", number_or_null(kl.global)},
          {"rate_of_places_nats", kl.of_places},
          {"places_per_row", kl.mean_places},
          {"nats_per_place", kl.per_place()},
          {"kl_per_place", kl.places},
          {"rows_per_place", kl.rows},
          {"used_nats", use.used(found.elbo.rate)},
          {"z_permuted_in_length", changed(found, use.permuted)},
          {"rows_alone_in_length", use.alone},
          {"z_zero", changed(found, use.zeroed)},
          {"without_mean", changed(found, use.without_mean)},
          {"without_attended", changed(found, use.without_attended)},
          {"global", global_part(found, use)}};
}

std::string rate_of_places(const Diagnosis& found) {
  const KlOfPlaces& kl = *found.places;
  std::string text;
  if (kl.length) text += formatted("    number of places    %.3f\n", *kl.length);
  if (kl.global) text += formatted("    global z            %.3f\n", *kl.global);
  text += formatted("    places              %.3f, %.3f for each of %.2f places a word\n",
                    kl.of_places, kl.per_place(), kl.mean_places);
  return text;
}

std::string kl_by_place(const Diagnosis& found) {
  return "KL by place, mean over the words that have it\n" + numbered(found.places->places);
}

std::string information_in_use(const Diagnosis& found) {
  return formatted(
      "mutual information      at most %.3f (the rate); %.3f in use (by which the NLL rises "
      "without z)\n",
      found.elbo.rate, found.use_of_places->used(found.elbo.rate));
}

std::string ablations_of_places(const Diagnosis& found) {
  const UseOfPlaces& use = *found.use_of_places;
  std::string text = formatted("\n%-40s  accuracy       NLL\n", "");
  const auto add = [&](const char* name, const std::optional<Ablation>& change) {
    if (!change) return;
    text += ablation_row(name, found.accuracy - change->accuracy_fall.value,
                         found.elbo.nll + change->nll_rise.value);
  };
  add("z of the word itself", Ablation{});
  add("z of another word", found.permuted);
  add("z of another word of as many places", use.permuted);
  add("z from the prior, of as many places", found.prior);
  add("z = 0 in every place", use.zeroed);
  add("the global z of another word", use.global_permuted);
  add("the places of another word with as many", use.places_permuted);
  add("without the mean over places", use.without_mean);
  add("without attention to places", use.without_attended);
  if (use.alone > 0) {
    text += counted(static_cast<std::uint64_t>(use.alone), "word") +
            " left out: no other has as many places\n";
  }
  return text;
}

std::string global_dimensions(const Diagnosis& found) {
  if (!found.global) return "";
  constexpr std::size_t most = 10;
  const std::vector<Ablation>& zeroed = found.use_of_places->zeroed_global;
  std::vector<std::size_t> order(zeroed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return zeroed[a].nll_rise.value > zeroed[b].nll_rise.value;
  });
  std::string text =
      "dimensions of the global z that matter most\n  z      KL   NLL without  accuracy without\n";
  const std::vector<double>& kl = found.global->kl_per_dimension;
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const std::size_t d = order[i];
    text += formatted("%3zu ", d) + (d < kl.size() ? formatted("%7.3f", kl[d]) : "      -") +
            formatted("      %+8.3f       %+7.2f %%\n", zeroed[d].nll_rise.value,
                      0.0 - 100 * zeroed[d].accuracy_fall.value);
  }
  return text;
}

}  // namespace kit
