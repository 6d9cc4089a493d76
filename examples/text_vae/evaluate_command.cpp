#include "text_vae/evaluate_command.hpp"

#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/finite.hpp>
#include <vaecollapse/core/text.hpp>
#include <vaecollapse/metrics/estimate.hpp>
#include <vaecollapse/metrics/mutual_information.hpp>
#include <vaecollapse/metrics/use_of_z.hpp>

#include "kit/counted.hpp"
#include "kit/diagnosis_text.hpp"
#include "kit/json_numbers.hpp"
#include "kit/standard_output.hpp"
#include "text_vae/sentences.hpp"
#include "text_vae/trained_model.hpp"

namespace text_vae {

namespace {

using vaecollapse::Estimate;
using vaecollapse::formatted;
using vaecollapse::SentenceFigures;

/// By how much the NLL rises with the z of another sentence.
std::optional<Estimate> rise_of(const SentenceFigures& figures) {
  const auto& [nll, rate, iw_nll, nll_permuted] = figures.costs;
  if (nll_permuted.empty()) return std::nullopt;
  return vaecollapse::mean_difference(nll_permuted, nll);
}

/// A single sentence has no standard error.
std::string with_error(const Estimate& mean) {
  return formatted("%.3f", mean.value) + (vaecollapse::is_nan(mean.standard_error)
                                              ? std::string()
                                              : formatted(" +- %.3f", mean.standard_error));
}

}  // namespace

std::string to_json(const SentenceFigures& figures) {
  using Json = nlohmann::ordered_json;
  const bool is_sampled = figures.samples > 0;
  const std::optional<Estimate> rise = rise_of(figures);
  const Json object{
      {"elbo_nats", figures.elbo().elbo()},
      {"nll_nats", figures.elbo().nll},
      {"rate_nats", figures.elbo().rate},
      {"iw_nll_nats", figures.iw_nll().value},
      {"iw_nll_standard_error", kit::number_or_null(figures.iw_nll().standard_error)},
      {"iw_samples", is_sampled ? Json(figures.samples) : Json()},
      {"iw_effective_samples", is_sampled ? Json(figures.effective_samples) : Json()},
      {"perplexity", figures.perplexity()},
      {"perplexity_elbo", figures.perplexity_elbo()},
      {"mutual_information_nats",
       figures.information ? kit::to_json(*figures.information) : Json()},
      {"active_units", figures.active_units ? Json(*figures.active_units) : Json()},
      {"nll_rise_z_permuted_nats", rise ? Json(rise->value) : Json()},
      {"nll_rise_z_permuted_standard_error", rise ? Json(rise->standard_error) : Json()},
      {"sentences", figures.sentences()},
      {"words", figures.words}};
  return object.dump(2) + "\n";
}

std::string to_text(const SentenceFigures& figures, std::uint64_t latent) {
  const auto count = [](auto number) { return static_cast<long long>(number); };
  std::string text =
      formatted("sentences               %lld, of %lld tokens\n", count(figures.sentences()),
                count(figures.words)) +
      formatted("ELBO                    %.3f nats a sentence\n", figures.elbo().elbo()) +
      formatted("  NLL                   %.3f\n  rate                  %.3f\n", figures.elbo().nll,
                figures.elbo().rate);
  const Estimate nll = figures.iw_nll();
  if (figures.samples == 0) {
    text += "NLL, without z exact    " + with_error(nll) + "\n" +
            formatted("perplexity              %.2f a token, ends counted\n", figures.perplexity());
    return text;
  }
  text += formatted("NLL by %-16s ", kit::counted(figures.samples, "sample").c_str()) +
          with_error(nll) + formatted(" (%.1f effective)\n", figures.effective_samples) +
          formatted("perplexity              %.2f a token, ends counted; by the ELBO %.2f\n",
                    figures.perplexity(), figures.perplexity_elbo());
  if (figures.information) text += kit::to_text(*figures.information);
  if (figures.active_units) {
    text += formatted("active units            %lld of %lld (variance of means > 0.01)\n",
                      count(*figures.active_units), count(latent));
  }
  if (const auto rise = rise_of(figures)) {
    text +=
        formatted("z of another sentence   NLL %+.3f +- %.3f\n", rise->value, rise->standard_error);
  }
  return text;
}

int evaluate_command(const EvaluateArguments& arguments) {
  TrainedModel model(arguments.model, arguments.threads);
  const Description& description = model.description();
  const auto corpus = read_sentences(arguments.data, description);
  const SentenceFigures figures =
      model.figures(corpus, {.samples = static_cast<std::uint32_t>(arguments.samples)});
  if (figures.information) {
    if (const auto warning = cap_warning(*figures.information)) {
      std::fprintf(stderr, "note: %s\n", warning->c_str());
    }
  }
  kit::print(arguments.json ? to_json(figures) : to_text(figures, description.settings.latent));
  return 0;
}

}  // namespace text_vae
