// `reinflect sample`: words from codes that are drawn from the prior, or from the posterior of a
// word.
#pragma once

#include <cstdint>
#include <string>

#include "kit/mistakes.hpp"
#include "trained_model.hpp"

namespace reinflection {

struct SampleArguments {
  std::string model;
  std::string tags;
  std::string word;  ///< whose posterior is drawn from; empty: the prior
  std::uint64_t count = 10;
  std::uint64_t places = 0;  ///< of a sequence of latents; 0: drawn from those of training
  std::uint64_t seed = 1;
  kit::Sampling sampling;
  bool json = false;
  std::uint64_t threads = 0;
};

/// Keeps what is wrong with the arguments, as far as it shows before anything is read.
void check(const SampleArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int sample_command(const SampleArguments& arguments);

}  // namespace reinflection
