// `text_vae train`: checks everything, then trains.
#pragma once

#include "kit/mistakes.hpp"
#include "kit/train.hpp"

namespace text_vae {

/// Keeps what is wrong with the arguments, as far as it shows before files are read.
void check_train(const kit::TrainArguments& arguments, kit::Mistakes& mistakes);

/// \return the program's exit status \throws Error
int train_command(const kit::TrainArguments& arguments);

}  // namespace text_vae
