#include "text_vae/sample_command.hpp"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/text.hpp>

#include "kit/standard_output.hpp"
#include "text_vae/sentences.hpp"
#include "text_vae/trained_model.hpp"

namespace text_vae {

namespace {

/// Where the z of samples come from.
const char* source_of(const SampleArguments& arguments, const Description& description) {
  if (description.settings.is_language_model()) return "none";
  return arguments.sentence ? "posterior" : "prior";
}

std::string samples_to_json(const SampleArguments& arguments, const char* source,
                            const std::vector<Writing>& sentences) {
  nlohmann::ordered_json samples = nlohmann::ordered_json::array();
  for (const auto& [text, log_probability] : sentences) {
    samples.push_back({{"sentence", text}, {"log_probability", log_probability}});
  }
  const nlohmann::ordered_json object{{"source", source},
                                      {"sentence", arguments.sentence.value_or("")},
                                      {"seed", arguments.seed},
                                      {"samples", std::move(samples)}};
  return object.dump(2) + "\n";
}

std::string samples_to_text(const std::vector<Writing>& sentences) {
  std::string text = "   log p  sentence\n";
  for (const auto& [sentence, log_probability] : sentences) {
    text += vaecollapse::formatted("%8.2f  ", log_probability) + sentence + "\n";
  }
  return text;
}

}  // namespace

void check(const SampleArguments& arguments, kit::Mistakes& mistakes) {
  const kit::Sampling& sampling = arguments.sampling;
  const bool draws = !arguments.greedy && sampling.temperature > 0;
  const bool limits = sampling.top_k > 0 || sampling.top_p < 1;
  if (!draws && limits) {
    mistakes.add(std::string(sampling.top_k > 0 ? "--top-k" : "--top-p") + ": found it with " +
                 (arguments.greedy ? "--greedy" : "--temperature 0") +
                 ", which draws no tokens; expected one of them");
  }
  if (arguments.greedy && sampling.temperature != SampleArguments().sampling.temperature) {
    mistakes.add("--temperature: found it with --greedy, expected one of them");
  }
}

int sample_command(const SampleArguments& arguments) {
  kit::Mistakes mistakes;
  check(arguments, mistakes);
  mistakes.raise_if_any();
  TrainedModel model(arguments.model, arguments.threads, arguments.seed);
  const Description& description = model.description();
  if (arguments.sentence) model.require_z("sample --sentence");
  const auto corpus = arguments.sentence ? sentences_of("--sentence", {*arguments.sentence},
                                                        description, arguments.count)
                                         : empty_sentences(arguments.count);
  const TrainedModel::Latents z = arguments.sentence ? model.draws(corpus) : model.prior(corpus);
  kit::Sampling sampling = arguments.sampling;
  if (arguments.greedy) sampling.temperature = 0;
  const std::vector<Writing> sentences = model.sample(corpus, z, sampling, arguments.longest);
  kit::print(arguments.json
                 ? samples_to_json(arguments, source_of(arguments, description), sentences)
                 : samples_to_text(sentences));
  return 0;
}

}  // namespace text_vae
