// `reinflect train`: checks everything, then trains.
#pragma once

#include <string>
#include <vector>

#include "kit/mistakes.hpp"
#include "settings.hpp"

namespace reinflection {

struct TrainArguments {
  std::string config;
  std::string resume;  ///< the folder of a run to go on with; empty: a new run
  std::vector<kit::GivenSetting> settings;
  bool overwrite = false;
};

/// Keeps what is wrong with the arguments, as far as it shows before rows are read.
void check(const TrainArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int train_command(const TrainArguments& arguments);

}  // namespace reinflection
