#include "interpolate_command.hpp"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/utf8.hpp>
#include <vaecollapse/tasks/reinflection/corpus.hpp>

#include "asked_form.hpp"
#include "kit/standard_output.hpp"
#include "latent_line.hpp"

namespace reinflection {

namespace {

using vaecollapse::utf8::encode;

using vaecollapse::Interpolation;

std::string to_json(const InterpolateArguments& arguments, Interpolation path,
                    const std::vector<Waypoint>& way) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const auto& [t, guess] : way) {
    points.push_back(
        {{"t", t}, {"word", encode(guess.word)}, {"log_probability", guess.log_probability}});
  }
  const nlohmann::ordered_json object{
      {"from", arguments.from},
      {"to", arguments.to},
      {"tags", arguments.tags},
      {"interpolation", path == Interpolation::spherical ? "spherical" : "linear"},
      {"points", std::move(points)}};
  return object.dump(2) + "\n";
}

std::string to_text(const std::vector<Waypoint>& way) {
  std::string text = "   t     log p  word\n";
  for (const auto& [t, guess] : way) {
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "%.3f  %8.3f  ", t, guess.log_probability);
    text.append(numbers).append(encode(guess.word)).append("\n");
  }
  return text;
}

}  // namespace

std::vector<Waypoint> walk(TrainedModel& model, const std::u32string& from,
                           const std::u32string& to, const AskedForm& form, std::uint64_t steps,
                           vaecollapse::Interpolation interpolation) {
  const Description& description = model.description();
  const std::array ends{from, to};
  const vaecollapse::reinflection::Corpus corpus(ask_for(ends, form), description.vocabulary,
                                                 description.features);
  const Latents line = latent_line(model.codes(corpus), model.latent_shape(), steps, interpolation);
  // Where a word may end depends on how long its source is.
  const std::vector<std::u32string> words(steps + 1, from.size() > to.size() ? from : to);
  std::vector<Guess> guesses = say(model, ask_for(words, form), line);
  std::vector<Waypoint> way(words.size());
  for (std::size_t i = 0; i < way.size(); ++i) {
    way[i] = {static_cast<double>(i) / static_cast<double>(steps), std::move(guesses[i])};
  }
  return way;
}

void check(const InterpolateArguments& arguments, kit::Mistakes& mistakes) {
  mistakes.keep([&] { read_word("--from", arguments.from); });
  mistakes.keep([&] { read_word("--to", arguments.to); });
}

int interpolate_command(const InterpolateArguments& arguments) {
  kit::Mistakes mistakes;
  check(arguments, mistakes);
  mistakes.raise_if_any();
  TrainedModel model(arguments.model, arguments.threads, kit::Search{});
  const Description& description = model.description();
  const std::array words{as_rows(read_word("--from", arguments.from), description),
                         as_rows(read_word("--to", arguments.to), description)};
  const auto path = arguments.spherical || model.is_on_sphere() ? Interpolation::spherical
                                                                : Interpolation::linear;
  const std::vector<Waypoint> way = walk(
      model, words[0], words[1], read_form(arguments.tags, description), arguments.steps, path);
  note_unknown_characters(words, description);
  kit::print(arguments.json ? to_json(arguments, path, way) : to_text(way));
  return 0;
}

}  // namespace reinflection
