#include "text_vae/interpolate_command.hpp"

#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include <vaecollapse/core/text.hpp>

#include "kit/standard_output.hpp"
#include "text_vae/sentences.hpp"

namespace text_vae {

namespace {

using vaecollapse::Interpolation;

std::string way_to_json(const InterpolateArguments& arguments, Interpolation path,
                        const std::vector<Waypoint>& way) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const auto& [t, written] : way) {
    points.push_back(
        {{"t", t}, {"sentence", written.text}, {"log_probability", written.log_probability}});
  }
  const nlohmann::ordered_json object{
      {"source", arguments.from ? "posterior" : "prior"},
      {"from", arguments.from.value_or("")},
      {"to", arguments.to.value_or("")},
      {"interpolation", path == Interpolation::spherical ? "spherical" : "linear"},
      {"points", std::move(points)}};
  return object.dump(2) + "\n";
}

std::string way_to_text(const std::vector<Waypoint>& way) {
  std::string text = "   t     log p  sentence\n";
  for (const auto& [t, written] : way) {
    text +=
        vaecollapse::formatted("%.3f  %8.2f  ", t, written.log_probability) + written.text + "\n";
  }
  return text;
}

}  // namespace

std::vector<Waypoint> walk(TrainedModel& model, const TrainedModel::Latents& ends,
                           std::uint64_t steps, Interpolation interpolation,
                           const kit::Search& search) {
  const std::span<const float> numbers(ends.numbers);
  const std::size_t latent = numbers.size() / 2;
  TrainedModel::Latents line;
  std::vector<Waypoint> way;
  for (std::uint64_t i = 0; i <= steps; ++i) {
    way.push_back({static_cast<double>(i) / static_cast<double>(steps), {}});
    const std::vector<float> z = vaecollapse::interpolate(
        numbers.first(latent), numbers.subspan(latent), way.back().t, interpolation);
    line.numbers.insert(line.numbers.end(), z.begin(), z.end());
  }
  std::vector<Writing> written = model.decode(empty_sentences(way.size()), line, search);
  for (std::size_t i = 0; i < way.size(); ++i) way[i].written = std::move(written[i]);
  return way;
}

void check(const InterpolateArguments& arguments, kit::Mistakes& mistakes) {
  if (arguments.from.has_value() == arguments.to.has_value()) return;
  mistakes.add(std::string(arguments.from ? "--to" : "--from") +
               ": found nothing, expected a sentence, or neither, for two draws from the prior");
}

int interpolate_command(const InterpolateArguments& arguments) {
  kit::Mistakes mistakes;
  check(arguments, mistakes);
  mistakes.raise_if_any();
  TrainedModel model(arguments.model, arguments.threads, arguments.seed);
  model.require_z("interpolate");
  TrainedModel::Latents ends;
  if (!arguments.from) {
    ends = model.prior(empty_sentences(2));
  } else {
    ends = model.means(sentences_of("--from", {*arguments.from}, model.description()));
    const auto to = model.means(sentences_of("--to", {*arguments.to}, model.description()));
    ends.numbers.insert(ends.numbers.end(), to.numbers.begin(), to.numbers.end());
  }
  const auto path = arguments.spherical || model.is_on_sphere() ? Interpolation::spherical
                                                                : Interpolation::linear;
  const std::vector<Waypoint> way = walk(model, ends, arguments.steps, path, arguments.search);
  kit::print(arguments.json ? way_to_json(arguments, path, way) : way_to_text(way));
  return 0;
}

}  // namespace text_vae
