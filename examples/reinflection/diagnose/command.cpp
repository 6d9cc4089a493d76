#include "diagnose/command.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "corpora.hpp"
#include "kit/counted.hpp"
#include "kit/report/epochs.hpp"
#include "kit/standard_output.hpp"
#include "latent_space.hpp"
#include "report/sentence.hpp"
#include "trained_model.hpp"

namespace reinflection {

namespace {

/// Of which the latent space is looked at by: neighbours are looked for among all pairs.
constexpr std::size_t most_words = 3000;

using Json = nlohmann::ordered_json;
using vaecollapse::Ablation;
using vaecollapse::Diagnosis;
using vaecollapse::Grouping;
using vaecollapse::InputError;
using vaecollapse::MeansOnGrid;
using vaecollapse::raise;
using vaecollapse::reinflection::Example;

template <class... Numbers>
void print(std::string& text, const char* format, Numbers... numbers) {
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
    const std::string name = one.label + ", " + kit::counted(one.values, "value");
    print(text, "%-22s         %6.1f %%   (%5.1f %%)            %6.1f %%  (%5.1f %%)       ",
          name.c_str(), 100 * one.purity, 100 * one.purity_chance, 100 * one.probe,
          100 * one.probe_chance);
    one.silhouette ? print(text, "%+6.2f\n", *one.silhouette) : print(text, "%6s\n", "-");
  }
}

/// The dimensions whose loss costs most, with what each says.
void print_dimensions(std::string& text, const Diagnosis& found) {
  constexpr std::size_t most = 10;
  std::vector<std::size_t> order(found.zeroed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return found.zeroed[a].nll_rise.value > found.zeroed[b].nll_rise.value;
  });
  print(text,
        "dimensions that matter most (on %lld rows)\n  z      KL   NLL without  accuracy without\n",
        static_cast<long long>(found.probe_rows));
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const std::size_t d = order[i];
    const bool has_kl = found.kl_per_dimension.size() == found.zeroed.size();
    print(text, "%3zu %7.3f      %+8.3f       %+7.2f %%\n", d,
          has_kl ? found.kl_per_dimension[d] : 0.0, found.zeroed[d].nll_rise.value,
          0.0 - 100 * found.zeroed[d].accuracy_fall.value);
  }
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

std::vector<Grouping> group_words(TrainedModel& model, const LabelledWords& words) {
  const Description& description = model.description();
  const vaecollapse::reinflection::Corpus corpus(words.words, description.vocabulary,
                                                 description.features);
  const std::vector<float> codes = model.codes(corpus);
  return vaecollapse::score_groupings(
      {codes.data(), static_cast<vaecollapse::Index>(codes.size()) / corpus.size(), corpus.size()},
      words.labellings);
}

/// How training ended, where a run's folder says it: a model is judged without it, too.
std::optional<double> gain_of(const std::string& model) {
  try {
    return kit::accuracy_gain(kit::read_epochs(kit::folder_of(model)));
  } catch (const InputError&) {
    return std::nullopt;
  }
}

void print_verdict(std::string& text, const Diagnosis& found) {
  print(text, "verdict: %s\n", std::string(name_of(found.verdict.health)).c_str());
  print(text, "task: %s\n", std::string(name_of(found.verdict.task)).c_str());
  for (const std::string& line : found.verdict.evidence) text += "  " + line + "\n";
  text += "  what usually helps: " + found.verdict.advice + "\n";
  for (const std::string& line : warnings(found)) text += "warning: " + line + "\n";
}

}  // namespace

std::string to_json(const Diagnosis& found, const std::vector<Grouping>& groupings) {
  const vaecollapse::Verdict& verdict = found.verdict;
  const auto& information = found.information;
  const Json object{
      {"rows", found.rows},
      {"rate_nats", found.elbo.rate},
      {"nll_nats", found.elbo.nll},
      {"elbo_nats", found.elbo.elbo()},
      {"kl_per_dimension", found.kl_per_dimension},
      {"active_units", found.active_units},
      {"active_units_rows_less_one", found.active_units_less_one},
      {"mutual_information_nats",
       {{"lower", information.lower.value},
        {"lower_standard_error", information.lower.standard_error},
        {"upper", information.upper.value},
        {"upper_standard_error", information.upper.standard_error},
        {"cap", information.cap}}},
      {"marginal_kl_nats", information.marginal_kl.value},
      {"marginal_kl_standard_error", information.marginal_kl.standard_error},
      {"iw_nll_nats", found.importance_weighted.nll.value},
      {"iw_nll_standard_error", found.importance_weighted.nll.standard_error},
      {"iw_perplexity", found.importance_weighted.perplexity},
      {"iw_samples", found.importance_weighted.samples},
      {"iw_effective_samples", found.importance_weighted.effective_samples},
      {"accuracy", found.accuracy},
      {"accuracy_z_permuted", found.accuracy_permuted()},
      {"accuracy_z_prior", found.accuracy_prior()},
      {"nll_z_permuted_nats", found.elbo.nll + found.permuted.nll_rise.value},
      {"nll_z_prior_nats", found.elbo.nll + found.prior.nll_rise.value},
      {"probe_rows", found.probe_rows},
      {"importance_per_dimension", importance_of(found.zeroed)},
      {"noise_cost_nats", found.noise_cost},
      {"posterior_gap_nats", found.posterior_gap},
      {"kl_price", found.kl_price},
      {"gradient_norms", {{"nll", found.nll_gradient}, {"kl", found.kl_gradient}}},
      {"decoder_sensitivity",
       {{"norm", found.sensitivity}, {"per_dimension", found.sensitivity_per_dimension}}},
      {"posterior_means", means_part(found.means)},
      {"groupings", groupings_part(groupings)},
      {"sentence", sentence_of(found, groupings)},
      {"verdict", name_of(verdict.health)},
      {"task", name_of(verdict.task)},
      {"accuracy_of_copies", found.baseline.accuracy.value()},
      {"evidence", verdict.evidence},
      {"missing", verdict.missing},
      {"advice", verdict.advice},
      {"warnings", warnings(found)}};
  return object.dump(2) + "\n";
}

std::string to_text(const Diagnosis& found, const std::vector<Grouping>& groupings) {
  const auto& information = found.information;
  const auto& weighted = found.importance_weighted;
  std::string text = sentence_of(found, groupings) + "\n";
  print_verdict(text, found);
  print(text, "\nrows                    %lld\n", static_cast<long long>(found.rows));
  print(text, "ELBO                    %.3f nats a word\n", found.elbo.elbo());
  print(text, "  NLL                   %.3f\n  rate                  %.3f\n", found.elbo.nll,
        found.elbo.rate);
  print(text, "NLL by %-16s %.3f +- %.3f (%.1f effective), %.3f a symbol's perplexity\n",
        kit::counted(static_cast<std::uint64_t>(weighted.samples), "sample").c_str(),
        weighted.nll.value, weighted.nll.standard_error, weighted.effective_samples,
        weighted.perplexity);
  print(text, "mutual information      %.3f +- %.3f to %.3f +- %.3f (the lower: at most %.3f)\n",
        information.lower.value, information.lower.standard_error, information.upper.value,
        information.upper.standard_error, information.cap);
  print(text, "KL(q(z) || p(z))        %.3f +- %.3f\n", information.marginal_kl.value,
        information.marginal_kl.standard_error);
  print(text, "active units            %lld of %zu (variance of means > 0.01)\n",
        static_cast<long long>(found.active_units), found.zeroed.size());
  print(text, "\n                        accuracy       NLL\n");
  const auto row = [&](const char* name, double accuracy, double nll) {
    print(text, "%-22s  %6.2f %%  %8.3f\n", name, 100 * accuracy, nll);
  };
  row("z of the word itself", found.accuracy, found.elbo.nll);
  row("z of another word", found.accuracy_permuted(),
      found.elbo.nll + found.permuted.nll_rise.value);
  row("z from the prior", found.accuracy_prior(), found.elbo.nll + found.prior.nll_rise.value);
  text += "\n";
  print_dimensions(text, found);
  if (found.means) {
    const auto& [model, inference, gap] = found.means->spread;
    print(text,
          "\nmeans of posteriors     the model's %.3f, the encoder's %.3f, apart %.3f (root mean "
          "squares of %lld rows)\n",
          model, inference, gap, static_cast<long long>(found.means->rows));
  }
  print(text, "\nbetter posteriors would save   %.3f nats at no more rate\n", found.posterior_gap);
  print(text, "the noise of z costs           %.3f nats\n", found.noise_cost);
  print(text,
        "price of the KL                %.3f nats of NLL that one nat of it more would save\n",
        found.kl_price);
  print(text,
        "a symbol's logits move by      %.3f for each unit that z moves (norm of dlogits/dz)\n",
        found.sensitivity);
  print_groupings(text, groupings);
  return text;
}

int status_of(const vaecollapse::Verdict& verdict) {
  if (verdict.has_collapsed()) return 3;
  return verdict.health == vaecollapse::Health::healthy ? 0 : 4;
}

int diagnose_command(const DiagnoseArguments& arguments) {
  TrainedModel model(arguments.model, arguments.threads, Search{});
  const Description& description = model.description();
  check_inputs({{"--data", arguments.data}, {"--latent-data", arguments.latent_data}});
  const Reading reading = reading_of(description.settings, arguments.format);
  const std::vector<Example> rows =
      load_data(arguments.data, reading, description, arguments.model);
  if (rows.size() < 2) {
    raise(InputError(shown_name(arguments.data), 0, "a single row",
                     "two at least, to exchange their z"));
  }
  const Known known{description.vocabulary, description.features};
  const FormFile forms{arguments.latent_data,
                       latent_reading_of(description.settings, arguments.format), known};
  const std::vector<Grouping> groupings =
      group_words(model, read_labelled_words(forms, arguments.data, rows, most_words));
  const Diagnosis found = model.diagnose(rows, arguments.options, gain_of(arguments.model));
  kit::print(arguments.json ? to_json(found, groupings) : to_text(found, groupings));
  return status_of(found.verdict);
}

}  // namespace reinflection
