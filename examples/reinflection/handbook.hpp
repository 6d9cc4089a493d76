// What `reinflect explain` and docs/reference/policies say: of the policies, of the decoders, and
// of how a published system is reproduced.
#pragma once

#include "kit/explain/command.hpp"
#include "kit/explain/explanation.hpp"

namespace reinflection {

const kit::Handbook& handbook();

/// \return the program's exit status \throws Error for an unknown name
int explain_command(const kit::ExplainArguments& arguments);

}  // namespace reinflection
