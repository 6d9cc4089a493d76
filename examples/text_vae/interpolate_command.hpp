// `text_vae interpolate`: the sentences along the line between two z, those of two sentences or two
// draws from the prior; a homotopy of Bowman et al. 2016.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vaecollapse/latent/interpolate.hpp>

#include "kit/mistakes.hpp"
#include "kit/search.hpp"
#include "text_vae/trained_model.hpp"

namespace text_vae {

struct InterpolateArguments {
  std::string model;
  std::optional<std::string> from, to;  ///< neither: draws from the prior
  std::uint64_t steps = 8;
  bool spherical = false;
  kit::Search search{.slack = 100};
  std::uint64_t seed = 1;
  bool json = false;
  std::uint64_t threads = 0;
};

/// The sentence at one point of the line.
struct Waypoint {
  double t = 0;  ///< 0 at the first z, 1 at the second
  Writing written;
};

/// `steps` + 1 points of the way from the first of two z to the second, both among them.
std::vector<Waypoint> walk(TrainedModel& model, const TrainedModel::Latents& ends,
                           std::uint64_t steps, vaecollapse::Interpolation interpolation,
                           const kit::Search& search);

/// Keeps what is wrong with the arguments, as far as it shows before anything is read.
void check(const InterpolateArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int interpolate_command(const InterpolateArguments& arguments);

}  // namespace text_vae
