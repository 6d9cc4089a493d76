// `text_vae compare`: methods x seeds on the same sentences, and the tables of what they come to.
// Each run of a seed starts from the same numbers: weights, order of sentences, and noise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kit/mistakes.hpp"
#include "kit/settings.hpp"
#include "text_vae/settings.hpp"

namespace text_vae {

struct CompareArguments {
  std::vector<kit::GivenSetting> settings;  ///< of all runs
  std::string methods = "all";
  std::string test;  ///< sentences that the runs are scored by; empty: dev
  std::uint64_t seeds = 3;
  double rate = 8;
  std::uint64_t samples = 50;  ///< of z, for each sentence
  std::uint64_t jobs = 0;      ///< runs at once; 0: one for each core
};

/// The settings that every run starts from: those of the trainer, but with the plain ELBO, and the
/// decoder reads every token.
Settings comparison_defaults();

/// Whether `--name` of the trainer is an option of `compare` too: all but the objective, which each
/// method sets. What a method sets besides, such as `--latent`, it sets whatever is given.
bool is_shared(const Setting& setting);

/// Keeps what is wrong with the arguments, as far as it shows before sentences are read.
void check(const CompareArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int compare_command(const CompareArguments& arguments);

}  // namespace text_vae
