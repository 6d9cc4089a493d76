// The command line of diagnose_posteriors.
#pragma once

#include "kit/command_line.hpp"

namespace posteriors {

/// \throws Error with every mistake in a line of its own
kit::Command parse_command_line(int count, const char* const* arguments);

}  // namespace posteriors
