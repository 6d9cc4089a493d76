// `reinflect compare`: methods x seeds on the same rows, and the tables of what they come to. Each
// run of a seed starts from the same numbers: weights, order of rows, and noise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kit/mistakes.hpp"
#include "settings.hpp"

namespace reinflection {

struct CompareArguments {
  std::vector<kit::GivenSetting> settings;  ///< of all runs
  std::string methods = "all";
  std::uint64_t seeds = 3;
  double rate = 60;
  std::uint64_t jobs = 0;   ///< runs at once; 0: one for each core
  std::string latent_data;  ///< a file of task 1, or nothing
  bool ensembles = false;   ///< a row of the tables for the seeds of each method together
};

/// The settings that every run starts from: those of the trainer, but without copies of the
/// targets, which would double the time.
Settings comparison_defaults();

/// Whether `--name` of the trainer is an option of `compare` too: what the methods set is not.
bool is_shared(const Setting& setting);

/// Keeps what is wrong with the arguments, as far as it shows before rows are read.
void check(const CompareArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int compare_command(const CompareArguments& arguments);

}  // namespace reinflection
