// `text_vae sample`: sentences from draws of z, by drawing tokens or taking the likeliest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kit/mistakes.hpp"
#include "kit/search.hpp"

namespace text_vae {

struct SampleArguments {
  std::string model;
  std::optional<std::string> sentence;  ///< whose posterior z is drawn from; none: the prior
  std::uint64_t count = 10;
  kit::Sampling sampling{.temperature = 1};
  bool greedy = false;          ///< the likeliest token each time
  std::uint64_t longest = 100;  ///< tokens of a sentence
  std::uint64_t seed = 1;
  bool json = false;
  std::uint64_t threads = 0;
};

/// Keeps what is wrong with the arguments, as far as it shows before anything is read.
void check(const SampleArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int sample_command(const SampleArguments& arguments);

}  // namespace text_vae
