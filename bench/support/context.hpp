// What was measured, on what, built how: at the head of every benchmark's output.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace vaecollapse::bench {

/// Names and values: versions, commit, compiler and flags, processor, instruction set, and the peak
/// of multiply-adds measured now, on one thread and on all. \cost a tenth of a second
std::vector<std::pair<std::string, std::string>> describe_context();

}  // namespace vaecollapse::bench
