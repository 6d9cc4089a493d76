// `reinflect interpolate`: words along the line between the codes of two words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <vaecollapse/latent/interpolate.hpp>

#include "asked_form.hpp"
#include "kit/mistakes.hpp"
#include "trained_model.hpp"

namespace reinflection {

struct InterpolateArguments {
  std::string model;
  std::string from, to;
  std::string tags;
  std::uint64_t steps = 8;
  bool spherical = false;
  bool json = false;
  std::uint64_t threads = 0;
};

/// The word at one point of the line.
struct Waypoint {
  double t = 0;  ///< 0 at the first word, 1 at the second
  Guess guess;
};

/// `steps` + 1 points of the way between the posterior means of two words, both ends among them,
/// and what the model says there when it is asked for a form. \throws Error
std::vector<Waypoint> walk(TrainedModel& model, const std::u32string& from,
                           const std::u32string& to, const AskedForm& form, std::uint64_t steps,
                           vaecollapse::Interpolation interpolation);

/// Keeps what is wrong with the arguments, as far as it shows before anything is read.
void check(const InterpolateArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int interpolate_command(const InterpolateArguments& arguments);

}  // namespace reinflection
