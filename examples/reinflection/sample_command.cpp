#include "sample_command.hpp"

#include <cstdio>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/check.hpp>
#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "asked_form.hpp"
#include "kit/standard_output.hpp"

namespace reinflection {

namespace {

using vaecollapse::utf8::encode;

/// Without a source nothing says how long a word may become.
constexpr std::uint64_t longest_sample = 60;

/// The sources of rows that are given a z from the prior. The decoder reads nothing of a source
/// but its z, and how many places that has; so words of unlike letters are as good.
std::vector<std::u32string> sources_for_prior(const SampleArguments& arguments,
                                              TrainedModel& model) {
  std::vector<vaecollapse::Index> places =
      model.numbers_of_places(static_cast<vaecollapse::Index>(arguments.count));
  if (places.empty() && arguments.places > 0) {
    vaecollapse::raise(vaecollapse::Error(
        "--places: found " + std::to_string(arguments.places) +
        ", expected none: the number of places is no choice of a model that was trained " +
        (model.latent_shape().is_sequence ? "with --slots" : "without --latent-per-place")));
  }
  std::vector<std::u32string> sources(arguments.count);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto count =
        arguments.places > 0 ? arguments.places : static_cast<std::uint64_t>(places[i]);
    // The end of a source has a place too.
    sources[i].assign(count - 1, U'a');
  }
  return sources;
}

std::string to_json(const SampleArguments& arguments, const std::vector<Guess>& words) {
  nlohmann::ordered_json samples = nlohmann::ordered_json::array();
  for (const auto& [word, log_probability] : words) {
    samples.push_back({{"word", encode(word)}, {"log_probability", log_probability}});
  }
  const nlohmann::ordered_json object{{"tags", arguments.tags},
                                      {"source", arguments.word.empty() ? "prior" : "posterior"},
                                      {"word", arguments.word},
                                      {"seed", arguments.seed},
                                      {"samples", std::move(samples)}};
  return object.dump(2) + "\n";
}

std::string to_text(const std::vector<Guess>& words) {
  std::string text = "   log p  word\n";
  for (const auto& [word, log_probability] : words) {
    char number[64];
    std::snprintf(number, sizeof number, "%8.3f  ", log_probability);
    text.append(number).append(encode(word)).append("\n");
  }
  return text;
}

}  // namespace

void check(const SampleArguments& arguments, kit::Mistakes& mistakes) {
  if (!arguments.word.empty()) mistakes.keep([&] { read_word("--word", arguments.word); });
  if (!arguments.word.empty() && arguments.places > 0) {
    mistakes.add(
        "--places: found it with --word, whose z has the places of that word, expected one "
        "of them");
  }
  const kit::Sampling& sampling = arguments.sampling;
  if (sampling.temperature > 0 || (sampling.top_k == 0 && sampling.top_p == 1)) return;
  mistakes.keep([&] {
    const char* option = sampling.top_k > 0 ? "--top-k" : "--top-p";
    vaecollapse::raise(vaecollapse::Error(
        std::string(option) +
        ": found it with --temperature 0, which draws no symbols; expected a --temperature above "
        "0, such as 1"));
  });
}

int sample_command(const SampleArguments& arguments) {
  kit::Mistakes mistakes;
  check(arguments, mistakes);
  mistakes.raise_if_any();
  const bool from_prior = arguments.word.empty();
  TrainedModel model(arguments.model, arguments.threads, kit::Search{.slack = longest_sample},
                     arguments.seed);
  const Description& description = model.description();
  const std::u32string word =
      from_prior ? U"" : as_rows(read_word("--word", arguments.word), description);
  const std::vector<std::u32string> sources =
      from_prior ? sources_for_prior(arguments, model)
                 : std::vector<std::u32string>(arguments.count, word);
  const auto rows = ask_for(sources, read_form(arguments.tags, description));
  const vaecollapse::reinflection::Corpus corpus(rows, description.vocabulary,
                                                 description.features);
  const Latents codes = from_prior ? model.prior_codes(corpus) : model.drawn_codes(corpus);
  const std::vector<Guess> words = say(model, rows, codes, arguments.sampling);
  note_unknown_characters(std::span(&word, 1), description);
  kit::print(arguments.json ? to_json(arguments, words) : to_text(words));
  return 0;
}

}  // namespace reinflection
