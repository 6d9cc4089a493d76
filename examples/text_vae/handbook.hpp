// What `text_vae explain` says: of the policies, and of what a model of sentences has besides.
#pragma once

#include "kit/explain/command.hpp"
#include "kit/explain/explanation.hpp"

namespace text_vae {

const kit::Handbook& handbook();

/// \return the program's exit status \throws Error for an unknown name
int explain_command(const kit::ExplainArguments& arguments);

}  // namespace text_vae
