// `text_vae reconstruct`: sentences from the z of given ones: from the mean of the posterior, and
// from draws of it.
#pragma once

#include <cstdint>
#include <string>

#include "kit/mistakes.hpp"
#include "kit/search.hpp"

namespace text_vae {

struct ReconstructArguments {
  std::string model;
  std::string data;  ///< a file of sentences; or one of the command line:
  std::string sentence;
  std::uint64_t draws = 3;  ///< of z for each, beside the mean
  kit::Search search;
  std::uint64_t seed = 1;
  bool json = false;
  std::uint64_t threads = 0;
};

/// Keeps what is wrong with the arguments, as far as it shows before anything is read.
void check(const ReconstructArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int reconstruct_command(const ReconstructArguments& arguments);

}  // namespace text_vae
